// CONFIG.
#include <set>

#include "command/config_parameter.hpp"
#include "core/text.hpp"
#include "fake_door.hpp"

using core::Bytes;
using unit::ok;

namespace {

class Config : public unit::DoorSession {
protected:
    std::string get(Bytes name) {
        std::string reply = run({"CONFIG", "GET", name});
        std::string start = "*2\r\n" + bulk(name);
        EXPECT_EQ(reply.substr(0, start.size()), start);
        size_t value = reply.find("\r\n", start.size()) + 2;
        return reply.substr(value, reply.size() - 2 - value);
    }
    std::string set(Bytes name, Bytes value) { return run({"CONFIG", "SET", name, value}); }
    // What a value reads like once it is set.
    std::string round_trip(Bytes name, Bytes value) {
        EXPECT_EQ(set(name, value), ok) << name << " " << value;
        return get(name);
    }
    void expect_refusal(Bytes name, Bytes value, Bytes reason) {
        std::string before = get(name);
        EXPECT_EQ(set(name, value), "-ERR CONFIG SET failed (possibly related to argument '" +
                                        std::string(name) + "') - " + std::string(reason) + "\r\n");
        EXPECT_EQ(get(name), before);
    }
};

}  // namespace

// The table

TEST(ConfigParameters, AreSound) {
    std::set<std::string> names;
    for (const auto& parameter : command::config::parameters()) {
        for (Bytes name : {Bytes(parameter.name), Bytes(parameter.alias)})
            if (!name.empty()) {
                EXPECT_EQ(name, core::to_lower(name));
                EXPECT_TRUE(names.insert(std::string(name)).second) << name;
                EXPECT_EQ(command::config::find(core::to_upper(name)), &parameter);
            }
        EXPECT_EQ(parameter.reason[0] != '\0', parameter.change == command::config::Change::fixed)
            << parameter.name;
        auto value = command::config::canonical(parameter, parameter.initial, parameter.initial);
        ASSERT_TRUE(value.ok()) << parameter.name;
        EXPECT_EQ(*value, parameter.initial) << parameter.name;
    }
    EXPECT_EQ(command::config::find("nosuch"), nullptr);
    EXPECT_EQ(command::config::find(""), nullptr);
}

// GET

TEST_F(Config, IsFoundByPatterns) {
    EXPECT_EQ(run("CONFIG GET hash-max-*-entries"),
              strings({"hash-max-listpack-entries", "128", "hash-max-ziplist-entries", "128"}));
    EXPECT_EQ(run("CONFIG GET HZ maxmemory-S* hz Hz [h]z"),
              strings({"HZ", "10", "maxmemory-samples", "5"}));
    EXPECT_EQ(run("CONFIG GET nosuch"), strings({}));
    client.protocol = 3;
    EXPECT_EQ(run("CONFIG GET save"), "%1\r\n$4\r\nsave\r\n$0\r\n\r\n");
}

TEST_F(Config, HidesWhatRedisHides) {
    EXPECT_EQ(run("CONFIG GET watchdog-perio?"), strings({}));
    EXPECT_EQ(get("watchdog-period"), "0");
}

TEST_F(Config, TellsSettingsInRedissWords) {
    server.settings = {{"kv.port", "6380"},
                       {"kv.listen_addresses", "localhost, 10.0.0.1,::1"},
                       {"kv.unix_socket_permissions", "448"},
                       {"kv.enable_debug_command", "local"},
                       {"kv.output_buffer_limit", "pubsub 1mb 2kb 3"},
                       {"synchronous_commit", "remote_apply"},
                       {"data_directory", "/data"}};
    EXPECT_EQ(get("port"), "6380");
    EXPECT_EQ(get("bind"), "localhost 10.0.0.1 ::1");
    EXPECT_EQ(get("unixsocketperm"), "700");
    EXPECT_EQ(get("enable-debug-command"), "local");
    EXPECT_EQ(get("client-output-buffer-limit"),
              "normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 2048 3");
    EXPECT_EQ(get("appendfsync"), "always");
    EXPECT_EQ(get("dir"), "/data");
    EXPECT_EQ(get("timeout"), "0");
    server.settings["synchronous_commit"] = "off";
    EXPECT_EQ(get("appendfsync"), "everysec");
}

// SET

TEST_F(Config, RemembersWhatHasNoMeaning) {
    EXPECT_EQ(round_trip("maxmemory-policy", "AllKeys-LRU"), "allkeys-lru");
    EXPECT_EQ(round_trip("lua-time-limit", "100"), "100");
    EXPECT_EQ(get("busy-reply-threshold"), "100");
    EXPECT_EQ(round_trip("activerehashing", "NO"), "no");
    EXPECT_EQ(round_trip("HASH-max-listpack-value", "1kb"), "1024");
    EXPECT_EQ(get("hash-max-ziplist-value"), "1024");
    EXPECT_TRUE(server.changes.empty());
}

TEST_F(Config, ChangesSettings) {
    server.settings["kv.timeout"] = "0";
    EXPECT_EQ(round_trip("timeout", "300"), "300");
    EXPECT_EQ(round_trip("client-query-buffer-limit", "2mb"), "2097152");
    EXPECT_EQ(round_trip("bind", "127.0.0.1 -::1 *"), "127.0.0.1 ::1 *");
    EXPECT_EQ(round_trip("appendfsync", "everysec"), "everysec");
    EXPECT_EQ(round_trip("appendfsync", "always"), "always");
    EXPECT_EQ(round_trip("timeout", "300"), "300");
    EXPECT_EQ(server.changes,
              (std::vector<std::string>{"kv.timeout=300", "kv.query_buffer_limit=2097152",
                                        "kv.listen_addresses=127.0.0.1, ::1, *",
                                        "synchronous_commit=off", "synchronous_commit=on"}));
    EXPECT_TRUE(server.remembered().empty());
}

TEST_F(Config, LeavesAloneWhatIsAlreadySo) {
    server.settings["synchronous_commit"] = "remote_apply";
    EXPECT_EQ(set("appendfsync", "always"), ok);
    EXPECT_EQ(server.settings["synchronous_commit"], "remote_apply");
}

TEST_F(Config, SetsSeveralOrNone) {
    server.settings = {{"kv.timeout", "1"}, {"kv.max_clients", "100"}, {"kv.port", "6380"}};
    EXPECT_EQ(run("CONFIG SET timeout 5 hz 20 maxclients 50"), ok);
    server.changes.clear();
    EXPECT_EQ(run("CONFIG SET timeout 6 maxmemory x"),
              "-ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must "
              "be a memory value\r\n");
    EXPECT_TRUE(server.changes.empty());

    server.refused = "kv.port";
    EXPECT_EQ(run("CONFIG SET timeout 7 hz 30 maxclients 50 port 1 tcp-keepalive 1"),
              "-ERR CONFIG SET failed (possibly related to argument 'port') - the server is "
              "tired\r\n");
    EXPECT_EQ(server.changes, (std::vector<std::string>{"kv.timeout=7", "kv.timeout=5"}));
    EXPECT_EQ(get("hz"), "20");
    EXPECT_EQ(get("maxclients"), "50");
}

TEST_F(Config, NamesTheFirstFault) {
    EXPECT_EQ(set("NoSuch", "1"),
              "-ERR Unknown option or number of arguments for CONFIG SET - 'NoSuch'\r\n");
    EXPECT_EQ(run("CONFIG SET hz 10 foo 1 daemonize yes"),
              "-ERR Unknown option or number of arguments for CONFIG SET - 'foo'\r\n");
    EXPECT_EQ(run("CONFIG SET hz x Daemonize x foo 1"),
              "-ERR CONFIG SET failed (possibly related to argument 'Daemonize') - can't set "
              "immutable config\r\n");
    EXPECT_EQ(run("CONFIG SET hz 10 HZ 11"),
              "-ERR CONFIG SET failed (possibly related to argument 'HZ') - duplicate "
              "parameter\r\n");
    EXPECT_EQ(run("CONFIG SET HZ x"),
              "-ERR CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be "
              "parsed into an integer\r\n");
    EXPECT_EQ(run("CONFIG SET Lua-time-limit x"),
              "-ERR CONFIG SET failed (possibly related to argument 'lua-time-limit') - argument "
              "couldn't be parsed into an integer\r\n");
    EXPECT_EQ(run("CONFIG SET hz 10 timeout"), unit::syntax_error);
    EXPECT_EQ(run("CONFIG SET hz"), "-ERR wrong number of arguments for 'config|set' command\r\n");
}

TEST_F(Config, RefusesWhatCannotBe) {
    for (Bytes name : {"databases", "unixsocket", "logfile", "replicaof", "enable-debug-command"})
        expect_refusal(name, "1", "can't set immutable config");
    expect_refusal("dir", "/", "can't set protected config");
    expect_refusal("dbfilename", "x", "can't set protected config");
    expect_refusal("requirepass", "secret",
                   "users are roles of PostgreSQL: ALTER ROLE ... PASSWORD");
    expect_refusal("maxmemory", "100mb", "keys are not evicted");
    expect_refusal("notify-keyspace-events", "KEA", "keyspace notifications are not offered");
    expect_refusal("appendonly", "no",
                   "PostgreSQL logs every change; kv.set_storage makes a database one that does "
                   "not");
    expect_refusal("appendfsync", "no",
                   "PostgreSQL writes its log to disk at least every other second");
    expect_refusal("save", "900 1", "PostgreSQL saves by itself, at its checkpoints");
    for (Bytes name : {"requirepass", "notify-keyspace-events", "save"})
        EXPECT_EQ(set(name, ""), ok) << name;
    EXPECT_EQ(set("maxmemory", "0mb"), ok);
    EXPECT_EQ(set("appendonly", "YES"), ok);
    EXPECT_TRUE(server.remembered().empty());
    EXPECT_TRUE(server.changes.empty());
}

// Values, as Redis takes and prints them

TEST_F(Config, HasNumbers) {
    for (Bytes value : {"x", "", "05", " 5", "1.5"})
        expect_refusal("repl-timeout", value, "argument couldn't be parsed into an integer");
    expect_refusal("repl-timeout", "0", "argument must be between 1 and 2147483647 inclusive");
    expect_refusal("slowlog-log-slower-than", "-2",
                   "argument must be between -1 and 9223372036854775807 inclusive");
    EXPECT_EQ(round_trip("repl-timeout", "2147483647"), "2147483647");
    EXPECT_EQ(round_trip("list-max-listpack-size", "-5"), "-5");
    EXPECT_EQ(round_trip("hz", "0"), "1");
    EXPECT_EQ(round_trip("hz", "1000"), "500");
    expect_refusal("hz", "-1", "argument must be between 0 and 2147483647 inclusive");
}

TEST_F(Config, HasSizes) {
    EXPECT_EQ(round_trip("hll-sparse-max-bytes", "1k"), "1000");
    EXPECT_EQ(round_trip("hll-sparse-max-bytes", "1KB"), "1024");
    EXPECT_EQ(round_trip("hll-sparse-max-bytes", "2gb"), "2147483648");
    for (Bytes value : {"x", "-1", "1.5", "1t", " 1"})
        expect_refusal("hll-sparse-max-bytes", value, "argument must be a memory value");
    expect_refusal("proto-max-bulk-len", "1",
                   "argument must be between 1048576 and 9223372036854775807 inclusive");
    expect_refusal("maxmemory-clients", "x", "argument must be a memory or percent value");
    expect_refusal("maxmemory-clients", "-5%", "argument must be a memory or percent value");
    expect_refusal("maxmemory-clients", "101%", "percentage argument must be less or equal to 100");
    expect_refusal("maxmemory-clients", "5%",
                   "each client is bounded, by client-query-buffer-limit and "
                   "client-output-buffer-limit");
    EXPECT_EQ(set("maxmemory-clients", "0"), ok);
}

TEST_F(Config, HasWords) {
    expect_refusal("activerehashing", "on", "argument must be 'yes' or 'no'");
    expect_refusal("loglevel", "loud",
                   "argument(s) must be one of the following: debug, verbose, notice, warning, "
                   "nothing");
    EXPECT_EQ(round_trip("shutdown-on-sigint", "Now SAVE"), "save now");
    EXPECT_EQ(round_trip("shutdown-on-sigint", "default"), "default");
    expect_refusal("shutdown-on-sigint", "save nosave",
                   "shutdown options SAVE and NOSAVE can't be used simultaneously");
    for (Bytes value : {"", "save foo", "save "})
        expect_refusal("shutdown-on-sigint", value,
                       "argument(s) must be one of the following: default, save, nosave, now, "
                       "force");
    expect_refusal("cluster-announce-hostname", "a_b",
                   "Hostnames may only contain alphanumeric characters, hyphens or dots");
    expect_refusal("cluster-announce-hostname", std::string(256, 'a'),
                   "Hostnames must be less than 256 characters");
    EXPECT_EQ(round_trip("cluster-announce-hostname", "Host-1.example"), "Host-1.example");
    expect_refusal("notify-keyspace-events", "Q",
                   "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
    EXPECT_EQ(round_trip("masteruser", ""), "");
}

TEST_F(Config, HasLists) {
    for (Bytes value : {"900", "900  1", "0 1", "1 -1", "x 1", " "})
        expect_refusal("save", value, "Invalid save parameters");
    EXPECT_EQ(round_trip("latency-tracking-info-percentiles", "50 99.90 1e2 0"), "50 99.9 100 0");
    EXPECT_EQ(round_trip("latency-tracking-info-percentiles", ""), "");
    for (Bytes value : {"x", "nan", " 5", "5 "})
        expect_refusal("latency-tracking-info-percentiles", value,
                       "Invalid latency-tracking-info-percentiles parameters");
    for (Bytes value : {"101", "-1"})
        expect_refusal(
            "latency-tracking-info-percentiles", value,
            "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
    EXPECT_EQ(round_trip("oom-score-adj-values", "-5 0 2000"), "-5 0 2000");
    expect_refusal("oom-score-adj-values", "1 2", "wrong number of arguments");
    for (Bytes value : {"0 1 2001", "0 1 x", "-2001 0 0"})
        expect_refusal("oom-score-adj-values", value,
                       "Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
}

TEST_F(Config, HasOutputBufferLimits) {
    EXPECT_EQ(round_trip("client-output-buffer-limit", "normal 1mb 2k 5"),
              "normal 1048576 2000 5 slave 268435456 67108864 60 pubsub 33554432 8388608 60");
    EXPECT_EQ(round_trip("client-output-buffer-limit", "Replica 1 2 3 slave 4 5 6"),
              "normal 1048576 2000 5 slave 4 5 6 pubsub 33554432 8388608 60");
    EXPECT_EQ(set("client-output-buffer-limit", ""), ok);
    expect_refusal("client-output-buffer-limit", "normal 1 1",
                   "Wrong number of arguments in buffer limit configuration.");
    for (Bytes value : {"foo 1 1 1", "master 1 1 1"})
        expect_refusal("client-output-buffer-limit", value,
                       "Invalid client class specified in buffer limit configuration.");
    for (Bytes value : {"normal -1 1 1", "normal 1 x 1", "normal 1 1 -1", "normal 1 1 x"})
        expect_refusal("client-output-buffer-limit", value,
                       "Error in hard, soft or soft_seconds setting in buffer limit "
                       "configuration.");
}

// The rest

TEST_F(Config, IsWrittenAndResetByTheServer) {
    EXPECT_EQ(run("CONFIG REWRITE"), ok);
    EXPECT_EQ(server.writes, 1);
    EXPECT_EQ(run("CONFIG RESETSTAT"), ok);
    EXPECT_EQ(server.resets, 1);
    EXPECT_TRUE(run("CONFIG HELP").ends_with("+HELP\r\n+    Prints this help.\r\n"));
}
