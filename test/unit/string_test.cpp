// Commands that read or replace whole strings.
#include "session.hpp"

namespace unit {

using Strings = Session;

TEST_F(Strings, GetAndSet) {
    EXPECT_EQ(run("GET k"), null);
    EXPECT_EQ(run("SET k v"), ok);
    EXPECT_EQ(run("GET k"), bulk("v"));
    EXPECT_EQ(run("SET k ''"), ok);
    EXPECT_EQ(run("GET k"), bulk(""));
    EXPECT_EQ(run({"SET", Bytes("\0", 1), Bytes("a\0b", 3)}), ok);
    EXPECT_EQ(run({"GET", Bytes("\0", 1)}), bulk(Bytes("a\0b", 3)));
}

TEST_F(Strings, DatabasesAreApart) {
    run("SET k v");
    database = 1;
    EXPECT_EQ(run("GET k"), null);
}

TEST_F(Strings, SetReplacesWhateverIsThere) {
    store.databases[0]["l"] = {store::Type::list, store::Encoding::plain, "", store::never, 0};
    EXPECT_EQ(run("GET l"), wrong_type);
    EXPECT_EQ(run("SET l v"), ok);
    EXPECT_EQ(run("TYPE l"), "+string\r\n");
}

TEST_F(Strings, SetRemovesTheExpiryUnlessTold) {
    run("SET k v EX 10");
    EXPECT_EQ(run("PTTL k"), integer(10000));
    EXPECT_EQ(run("SET k w KEEPTTL"), ok);
    EXPECT_EQ(run("PTTL k"), integer(10000));
    EXPECT_EQ(run("SET k w"), ok);
    EXPECT_EQ(run("PTTL k"), integer(-1));
    EXPECT_EQ(run("SET new v KEEPTTL"), ok);
    EXPECT_EQ(run("PTTL new"), integer(-1));
}

TEST_F(Strings, SetForgetsTheExpiryOfAnExpiredKey) {
    run("SET k v PX 10");
    store.clock += 11;
    EXPECT_EQ(run("SET k w KEEPTTL"), ok);
    EXPECT_EQ(run("PTTL k"), integer(-1));
}

TEST_F(Strings, SetTellsTheExpiryInFourWays) {
    run("SET k v ex 7");
    EXPECT_EQ(run("PTTL k"), integer(7000));
    run("SET k v Px 7");
    EXPECT_EQ(run("PTTL k"), integer(7));
    run("SET k v EXAT 1700000001");
    EXPECT_EQ(run("PTTL k"), integer(1000));
    run("SET k v PXAT 1700000000001");
    EXPECT_EQ(run("PTTL k"), integer(1));
    run("SET k v EX 10 EX 20");
    EXPECT_EQ(run("PTTL k"), integer(20000));
}

TEST_F(Strings, SetInThePastDeletes) {
    run("SET k v");
    EXPECT_EQ(run("SET k w EXAT 1"), ok);
    EXPECT_EQ(run("GET k"), null);
    EXPECT_EQ(run("DBSIZE"), integer(0));
    EXPECT_EQ(run("SET k w PXAT 1700000000000"), ok);  // right now
    EXPECT_EQ(run("DBSIZE"), integer(0));
}

TEST_F(Strings, SetChecksTheExpiry) {
    std::string invalid = error("ERR invalid expire time in 'set' command");
    EXPECT_EQ(run("SET k v EX 0"), invalid);
    EXPECT_EQ(run("SET k v PX -1"), invalid);
    EXPECT_EQ(run("SET k v EXAT 0"), invalid);
    EXPECT_EQ(run("SET k v EX 9223372036854775807"), invalid);
    EXPECT_EQ(run("SET k v EX 9223372036854775"), invalid);
    EXPECT_EQ(run("SET k v PX 9223372036854775807"), invalid);
    EXPECT_EQ(run("SET k v EX abc"), not_an_integer);
    EXPECT_EQ(run("SET k v EX abc XX GET"), not_an_integer);
    EXPECT_EQ(run("SET k v PXAT 9223372036854775807"), ok);
    EXPECT_EQ(run("PEXPIRETIME k"), integer(9223372036854775806));
}

TEST_F(Strings, SetChecksTheSyntaxFirst) {
    for (const char* options :
         {"foo", "EX", "EX 0 foo", "EX foo bar", "EX 10 PX 10", "PXAT 10 EXAT 10", "NX XX", "XX NX",
          "KEEPTTL EX 10", "EX 10 KEEPTTL", "PERSIST", "NX EX", "GET EX"})
        EXPECT_EQ(run(std::string("SET k v ") + options), syntax_error) << options;
}

TEST_F(Strings, SetUnderACondition) {
    EXPECT_EQ(run("SET k v XX"), null);
    EXPECT_EQ(run("SET k v NX"), ok);
    EXPECT_EQ(run("SET k w NX"), null);
    EXPECT_EQ(run("GET k"), bulk("v"));
    EXPECT_EQ(run("SET k w xx"), ok);
    EXPECT_EQ(run("GET k"), bulk("w"));
}

TEST_F(Strings, SetReturnsTheOldValue) {
    EXPECT_EQ(run("SET k v XX GET"), null);
    EXPECT_EQ(run("GET k"), null);
    EXPECT_EQ(run("SET k v GET"), null);
    EXPECT_EQ(run("SET k w GET"), bulk("v"));
    EXPECT_EQ(run("SET k x NX GET"), bulk("w"));
    EXPECT_EQ(run("GET k"), bulk("w"));
    EXPECT_EQ(run("SET new v NX GET"), null);
    EXPECT_EQ(run("GET new"), bulk("v"));
    store.databases[0]["l"] = {store::Type::list, store::Encoding::plain, "", store::never, 0};
    EXPECT_EQ(run("SET l v GET"), wrong_type);
    EXPECT_EQ(run("SET l v NX GET"), wrong_type);
    EXPECT_EQ(run("SET l v EX 0 GET"), error("ERR invalid expire time in 'set' command"));
}

TEST_F(Strings, SetexAndPsetex) {
    EXPECT_EQ(run("SETEX k 7 v"), ok);
    EXPECT_EQ(run("PTTL k"), integer(7000));
    EXPECT_EQ(run("PSETEX k 7 w"), ok);
    EXPECT_EQ(run("PTTL k"), integer(7));
    EXPECT_EQ(run("GET k"), bulk("w"));
    EXPECT_EQ(run("SETEX k 0 v"), error("ERR invalid expire time in 'setex' command"));
    EXPECT_EQ(run("PSETEX k -1 v"), error("ERR invalid expire time in 'psetex' command"));
    EXPECT_EQ(run("SETEX k abc v"), not_an_integer);
}

TEST_F(Strings, Setnx) {
    EXPECT_EQ(run("SETNX k v"), integer(1));
    EXPECT_EQ(run("SETNX k w"), integer(0));
    EXPECT_EQ(run("GET k"), bulk("v"));
    run("SET gone v PX 1");
    store.clock += 2;
    EXPECT_EQ(run("SETNX gone w"), integer(1));
    EXPECT_EQ(run("PTTL gone"), integer(-1));
}

TEST_F(Strings, Getset) {
    EXPECT_EQ(run("GETSET k v"), null);
    run("EXPIRE k 10");
    EXPECT_EQ(run("GETSET k w"), bulk("v"));
    EXPECT_EQ(run("GET k"), bulk("w"));
    EXPECT_EQ(run("TTL k"), integer(-1));
    store.databases[0]["l"] = {store::Type::list, store::Encoding::plain, "", store::never, 0};
    EXPECT_EQ(run("GETSET l w"), wrong_type);
}

TEST_F(Strings, Getdel) {
    run("SET k v");
    EXPECT_EQ(run("GETDEL k"), bulk("v"));
    EXPECT_EQ(run("GETDEL k"), null);
    store.databases[0]["l"] = {store::Type::list, store::Encoding::plain, "", store::never, 0};
    EXPECT_EQ(run("GETDEL l"), wrong_type);
}

TEST_F(Strings, GetexSetsTheExpiry) {
    run("SET k v");
    EXPECT_EQ(run("GETEX k EX 10"), bulk("v"));
    EXPECT_EQ(run("PTTL k"), integer(10000));
    EXPECT_EQ(run("GETEX k"), bulk("v"));
    EXPECT_EQ(run("PTTL k"), integer(10000));
    EXPECT_EQ(run("GETEX k PXAT 1700000000005"), bulk("v"));
    EXPECT_EQ(run("PTTL k"), integer(5));
    EXPECT_EQ(run("GETEX k PERSIST PERSIST"), bulk("v"));
    EXPECT_EQ(run("PTTL k"), integer(-1));
    EXPECT_EQ(run("GETEX k EXAT 1"), bulk("v"));
    EXPECT_EQ(run("EXISTS k"), integer(0));
    run("SET k v");
    EXPECT_EQ(run("GETEX k PXAT 1700000000000"), bulk("v"));  // right now
    EXPECT_EQ(run("EXISTS k"), integer(0));
}

TEST_F(Strings, GetexChecksItsOptions) {
    run("SET k v");
    for (const char* options :
         {"foo", "EX", "EX 10 PERSIST", "PERSIST EX 10", "KEEPTTL", "NX", "GET", "EX 10 PX 10"})
        EXPECT_EQ(run(std::string("GETEX k ") + options), syntax_error) << options;
    EXPECT_EQ(run("GETEX k EX 0"), error("ERR invalid expire time in 'getex' command"));
    EXPECT_EQ(run("GETEX k EX abc"), not_an_integer);
}

TEST_F(Strings, GetexLooksAtTheKeyBeforeTheNumber) {
    EXPECT_EQ(run("GETEX missing EX 0"), null);
    EXPECT_EQ(run("GETEX missing EX abc"), null);
    store.databases[0]["l"] = {store::Type::list, store::Encoding::plain, "", store::never, 0};
    EXPECT_EQ(run("GETEX l EX abc"), wrong_type);
    EXPECT_EQ(run("GETEX l"), wrong_type);
}

TEST_F(Strings, Mget) {
    run("MSET a 1 b 2");
    store.databases[0]["l"] = {store::Type::list, store::Encoding::plain, "", store::never, 0};
    EXPECT_EQ(run("MGET b missing a l a"),
              "*5\r\n" + bulk("2") + null + bulk("1") + null + bulk("1"));
}

TEST_F(Strings, MsetWritesKeysInOrderAndTheLastValueWins) {
    run("SET a old EX 10");
    EXPECT_EQ(run("MSET b 1 a 2 c 3 b 4"), ok);
    EXPECT_EQ(run("MGET a b c"), strings({"2", "4", "3"}));
    EXPECT_EQ(run("TTL a"), integer(-1));
    EXPECT_EQ(store.changed_keys, (std::vector<std::string>{"a", "a", "b", "c"}));
    EXPECT_EQ(run("MSET a 1 b"), error("ERR wrong number of arguments for 'mset' command"));
}

TEST_F(Strings, MsetnxWritesAllOrNothing) {
    EXPECT_EQ(run("MSETNX b 1 a 2 b 3"), integer(1));
    EXPECT_EQ(run("MGET a b"), strings({"2", "3"}));
    EXPECT_EQ(run("MSETNX c 1 a 9"), integer(0));
    EXPECT_EQ(run("EXISTS c"), integer(0));
    EXPECT_EQ(run("GET a"), bulk("2"));
    EXPECT_EQ(run("MSETNX a 1 b"), error("ERR wrong number of arguments for 'msetnx' command"));
}

}  // namespace unit
