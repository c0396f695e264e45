// hiredis at work: blocking calls, pipelines, transactions, binary data, reconnection.
#define _POSIX_C_SOURCE 200809L
#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int count, failed;
static redisContext *context;
static int port;

static void ok(bool good, const char *name) {
    ++count;
    failed += !good;
    printf("%s %d - %s\n", good ? "ok" : "not ok", count, name);
    fflush(stdout);
}

static redisReply *checked(redisReply *reply) {
    if (reply == NULL) {
        printf("Bail out! %s\n", context->errstr);
        exit(1);
    }
    return reply;
}

#define ask(...) checked(redisCommand(context, __VA_ARGS__))

static bool is_text(const redisReply *reply, const char *text) {
    return (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS) &&
           reply->len == strlen(text) && memcmp(reply->str, text, reply->len) == 0;
}

static bool is_error(const redisReply *reply, const char *beginning) {
    return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, beginning, strlen(beginning)) == 0;
}

static void expect_text(redisReply *reply, const char *text, const char *name) {
    ok(is_text(reply, text), name);
    freeReplyObject(reply);
}

static void expect_integer(redisReply *reply, long long number, const char *name) {
    ok(reply->type == REDIS_REPLY_INTEGER && reply->integer == number, name);
    freeReplyObject(reply);
}

static void expect_nil(redisReply *reply, const char *name) {
    ok(reply->type == REDIS_REPLY_NIL, name);
    freeReplyObject(reply);
}

static void expect_error(redisReply *reply, const char *beginning, const char *name) {
    ok(is_error(reply, beginning), name);
    freeReplyObject(reply);
}

// The texts of an array, ended by NULL.
static void expect_array(redisReply *reply, const char *const *texts, const char *name) {
    size_t length = 0;
    bool same = reply->type == REDIS_REPLY_ARRAY;
    while (texts[length] != NULL) ++length;
    same = same && reply->elements == length;
    for (size_t i = 0; same && i < length; ++i) same = is_text(reply->element[i], texts[i]);
    ok(same, name);
    freeReplyObject(reply);
}

static void connect_to_server(void) {
    context = redisConnect("127.0.0.1", port);
    if (context == NULL || context->err) {
        printf("Bail out! %s\n", context ? context->errstr : "no memory");
        exit(1);
    }
}

static void strings(void) {
    expect_text(ask("SET %s %s EX %d", "string", "value", 100), "OK", "SET with EX");
    expect_text(ask("GET string"), "value", "GET");
    expect_nil(ask("SET string other NX"), "SET with NX");
    expect_text(ask("SET short value PX 50"), "OK", "SET with PX");
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    expect_nil(ask("GET short"), "the key is gone");
    expect_integer(ask("INCRBY number %lld", 9007199254740993LL), 9007199254740993LL, "INCRBY beyond a double");
    expect_text(ask("MSET a 1 b 2 c 3"), "OK", "MSET");
    expect_array(ask("MGET a b c"), (const char *const[]){"1", "2", "3", NULL}, "MGET");
    expect_integer(ask("DEL a b c missing"), 3, "DEL");
}

static void binary(void) {
    char bytes[256];
    for (int i = 0; i < 256; ++i) bytes[i] = (char)i;
    expect_text(ask("SET %b %b", bytes, sizeof bytes, bytes, sizeof bytes), "OK", "a key and a value of every byte");
    redisReply *reply = ask("GET %b", bytes, sizeof bytes);
    ok(reply->len == sizeof bytes && memcmp(reply->str, bytes, sizeof bytes) == 0, "come back");
    freeReplyObject(reply);

    size_t size = 5000000;
    char *large = malloc(size);
    memset(large, 'x', size);
    expect_text(ask("SET large %b", large, size), "OK", "5 MB");
    reply = ask("GET large");
    ok(reply->len == size && memcmp(reply->str, large, size) == 0, "come back too");
    freeReplyObject(reply);
    free(large);
}

static void collections(void) {
    expect_integer(ask("HSET hash a 1 b 2"), 2, "HSET");
    expect_text(ask("HGET hash b"), "2", "HGET");
    expect_integer(ask("RPUSH list a b c d"), 4, "RPUSH");
    expect_array(ask("LRANGE list 1 -1"), (const char *const[]){"b", "c", "d", NULL}, "LRANGE");
    expect_text(ask("LPOP list"), "a", "LPOP");
    expect_integer(ask("SADD set a b c a"), 3, "SADD");
    expect_integer(ask("SISMEMBER set b"), 1, "SISMEMBER");
    expect_integer(ask("ZADD zset 1 one 2.5 two -inf least"), 3, "ZADD");
    expect_array(ask("ZRANGE zset 0 -1 WITHSCORES"),
                 (const char *const[]){"least", "-inf", "one", "1", "two", "2.5", NULL}, "ZRANGE with scores");
    expect_array(ask("ZPOPMAX zset"), (const char *const[]){"two", "2.5", NULL}, "ZPOPMAX");
}

static void pipelines(void) {
    const int length = 10000;
    for (int i = 0; i < length; ++i) redisAppendCommand(context, "INCR piped:%d", i % 10);
    bool right = true;
    for (int i = 0; i < length; ++i) {
        redisReply *reply = NULL;
        if (redisGetReply(context, (void **)&reply) != REDIS_OK) checked(NULL);
        right = right && reply->type == REDIS_REPLY_INTEGER && reply->integer == i / 10 + 1;
        freeReplyObject(reply);
    }
    ok(right, "a pipeline of 10,000 commands");
}

static void transactions(void) {
    expect_text(ask("MULTI"), "OK", "MULTI");
    expect_text(ask("SET in transaction"), "QUEUED", "a command is queued");
    expect_text(ask("LPUSH in wrong"), "QUEUED", "and one that will fail");
    redisReply *reply = ask("EXEC");
    ok(reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 && is_text(reply->element[0], "OK") &&
           is_error(reply->element[1], "WRONGTYPE"), "EXEC");
    freeReplyObject(reply);

    freeReplyObject(ask("SET watched 0"));
    expect_text(ask("WATCH watched"), "OK", "WATCH");
    redisContext *other = redisConnect("127.0.0.1", port);
    freeReplyObject(redisCommand(other, "INCR watched"));
    freeReplyObject(ask("MULTI"));
    freeReplyObject(ask("SET watched 100"));
    expect_nil(ask("EXEC"), "EXEC after a change by another");
    freeReplyObject(ask("WATCH watched"));
    freeReplyObject(ask("MULTI"));
    freeReplyObject(ask("INCR watched"));
    reply = ask("EXEC");
    ok(reply->elements == 1 && reply->element[0]->integer == 2, "EXEC of the second try");
    freeReplyObject(reply);
    redisFree(other);
}

static void scans(void) {
    bool seen[500] = {false};
    for (int i = 0; i < 500; ++i) freeReplyObject(ask("SET scan:%d %d", i, i));
    char cursor[32] = "0";
    int rounds = 0;
    do {
        redisReply *reply = ask("SCAN %s MATCH scan:* COUNT 20", cursor);
        snprintf(cursor, sizeof cursor, "%s", reply->element[0]->str);
        for (size_t i = 0; i < reply->element[1]->elements; ++i)
            seen[atoi(reply->element[1]->element[i]->str + strlen("scan:")) % 500] = true;
        freeReplyObject(reply);
    } while (strcmp(cursor, "0") != 0 && ++rounds < 10000);
    int found = 0;
    for (int i = 0; i < 500; ++i) found += seen[i];
    ok(found == 500 && rounds > 1, "SCAN visits 500 keys in several calls");
}

static void errors(void) {
    freeReplyObject(ask("SET string value"));
    expect_error(ask("LPUSH string a"), "WRONGTYPE", "a wrong type");
    expect_error(ask("INCR string"), "ERR value is not an integer", "not a number");
    expect_error(ask("GET"), "ERR wrong number of arguments", "too few arguments");
    expect_error(ask("NOSUCHCOMMAND"), "ERR unknown command", "no command");
    ok(context->err == 0, "errors leave the connection as it is");
}

static void connections(void) {
    freeReplyObject(ask("SET place zero"));
    expect_text(ask("SELECT 9"), "OK", "SELECT");
    expect_nil(ask("GET place"), "another database");
    expect_text(ask("CLIENT SETNAME hiredis"), "OK", "CLIENT SETNAME");
    expect_text(ask("CLIENT GETNAME"), "hiredis", "CLIENT GETNAME");
    redisReply *reply = ask("CLIENT INFO");
    ok(reply->type == REDIS_REPLY_STRING && strstr(reply->str, "name=hiredis") && strstr(reply->str, "db=9"), "CLIENT INFO");
    freeReplyObject(reply);
    expect_text(ask("QUIT"), "OK", "QUIT");
    reply = redisCommand(context, "PING");
    ok(reply == NULL && context->err != 0, "the connection ends");
    ok(redisReconnect(context) == REDIS_OK, "it is made anew");
    expect_text(ask("GET place"), "zero", "in the first database");
    expect_text(ask("FLUSHALL"), "OK", "FLUSHALL");
    expect_integer(ask("DBSIZE"), 0, "DBSIZE");
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    port = atoi(argv[1]);
    connect_to_server();
    freeReplyObject(ask("FLUSHALL"));
    strings();
    binary();
    collections();
    pipelines();
    transactions();
    scans();
    errors();
    connections();
    redisFree(context);
    printf("1..%d\n", count);
    return failed > 0;
}
