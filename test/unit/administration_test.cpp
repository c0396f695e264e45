// What is done to the server as a whole: persistence, replication, DEBUG, and what is not there.
#include "command/digest.hpp"
#include "core/sha1.hpp"
#include "fake_door.hpp"

using core::Bytes;
using Administration = unit::DoorSession;

namespace {

constexpr const char* elsewhere = "-ERR Replication is PostgreSQL's: ";

}  // namespace

TEST(Sha1, IsThatOfTheStandard) {
    EXPECT_EQ(command::hexadecimal(core::sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(command::hexadecimal(core::sha1("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    EXPECT_EQ(command::hexadecimal(
                  core::sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    EXPECT_EQ(command::hexadecimal(core::sha1(std::string(1'000'000, 'a'))),
              "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST_F(Administration, TellsTheTime) {
    std::string time = run("TIME");
    EXPECT_TRUE(time.starts_with("*2\r\n$10\r\n")) << time;
}

TEST_F(Administration, SavesByCheckpoints) {
    server.told = {{"persistence", "rdb_last_save_time", "1700000000"}};
    EXPECT_EQ(run("LASTSAVE"), integer(1'700'000'000));
    EXPECT_EQ(run("SAVE"), unit::ok);
    EXPECT_EQ(server.flushes, 1);
    EXPECT_EQ(run("BGSAVE"), "+Background saving started\r\n");
    EXPECT_EQ(run("BGSAVE SCHEDULE"), "+Background saving started\r\n");
    EXPECT_EQ(run("BGREWRITEAOF"), "+Background append only file rewriting started\r\n");
    EXPECT_EQ(server.checkpoints, 4);
    EXPECT_EQ(run("BGSAVE now"), unit::syntax_error);
    EXPECT_EQ(run("BGSAVE SCHEDULE now"), unit::syntax_error);
    EXPECT_EQ(server.checkpoints, 4);
}

TEST_F(Administration, IsNotShutDown) {
    EXPECT_TRUE(run("SHUTDOWN").starts_with("-ERR The server is part of PostgreSQL"));
    EXPECT_TRUE(run("SHUTDOWN NOSAVE NOW FORCE").starts_with("-ERR The server is part"));
    EXPECT_EQ(run("SHUTDOWN ABORT"), "-ERR No shutdown in progress.\r\n");
    for (const char* line :
         {"SHUTDOWN now now later", "SHUTDOWN SAVE NOSAVE", "SHUTDOWN ABORT NOW"})
        EXPECT_EQ(run(line), unit::syntax_error) << line;
}

TEST_F(Administration, HasNoClustersNorModules) {
    for (const char* line : {"CLUSTER INFO", "CLUSTER HELP", "CLUSTER SLOTS", "CLUSTER KEYSLOT k",
                             "READONLY", "READWRITE", "ASKING"})
        EXPECT_EQ(run(line), "-ERR This instance has cluster support disabled\r\n") << line;
    EXPECT_EQ(run("MODULE LIST"), strings({}));
}

TEST_F(Administration, DrawsAndTellsTheVersion) {
    std::string picture = run("LOLWUT");
    EXPECT_NE(picture.find("Redis ver. 7.2.4\n"), std::string::npos);
    EXPECT_NE(picture, run("LOLWUT VERSION 5 1 2"));
    EXPECT_EQ(run("LOLWUT VERSION x"), unit::not_an_integer);
}

TEST_F(Administration, HasTheRoleOfAPrimary) {
    server.told = {{"replication", "role", "master"},
                   {"replication", "slave0", "ip=10.0.0.2,port=5,state=online,offset=7,lag=0"},
                   {"replication", "master_repl_offset", "9"}};
    EXPECT_EQ(run("ROLE"), "*3\r\n$6\r\nmaster\r\n:9\r\n*1\r\n" + strings({"10.0.0.2", "5", "7"}));
    EXPECT_EQ(run("REPLICAOF no one"), unit::ok);
    EXPECT_TRUE(run("REPLICAOF a 6379").starts_with(elsewhere));
    EXPECT_TRUE(run("SLAVEOF a 6379").starts_with(elsewhere));
    EXPECT_TRUE(run("FAILOVER").starts_with(elsewhere));
    EXPECT_EQ(run("FAILOVER ABORT"), "-ERR No failover in progress.\r\n");
    for (const char* line : {"SYNC", "PSYNC ? -1", "REPLCONF listening-port 1"})
        EXPECT_TRUE(run(line).starts_with(elsewhere)) << line;
}

TEST_F(Administration, HasTheRoleOfAStandby) {
    server.told = {{"replication", "role", "slave"},
                   {"replication", "master_host", "10.0.0.1"},
                   {"replication", "master_port", "5432"},
                   {"replication", "master_link_status", "up"},
                   {"replication", "slave_repl_offset", "7"}};
    EXPECT_EQ(run("ROLE"),
              "*5\r\n$5\r\nslave\r\n$8\r\n10.0.0.1\r\n:5432\r\n$9\r\nconnected\r\n:7\r\n");
    EXPECT_TRUE(run("REPLICAOF NO ONE").starts_with(elsewhere));
}

TEST_F(Administration, WaitsForStandbys) {
    server.told = {{"replication", "slave0", "ip=a,port=1,state=online,offset=9,lag=0"},
                   {"replication", "slave1", "ip=b,port=2,state=online,offset=5,lag=0"},
                   {"replication", "master_repl_offset", "9"}};
    EXPECT_EQ(run("WAIT 1 0"), integer(1));
    EXPECT_EQ(server.flushes, 1);
    EXPECT_FALSE(client.wait);

    EXPECT_EQ(run("WAIT 2 100"), "");
    ASSERT_TRUE(client.wait);
    EXPECT_EQ(client.wait->until, store.clock + 100);
    EXPECT_GT(client.wait->repeat_at, store.clock);
    server.told[2].value = "20";  // what others write later does not count
    EXPECT_EQ(run("WAIT 2 100"), "");
    server.told[1].value = "ip=b,port=2,state=online,offset=9,lag=0";
    EXPECT_EQ(run("WAIT 2 100"), integer(2));
    EXPECT_FALSE(client.wait);
    EXPECT_EQ(server.flushes, 2);
}

TEST_F(Administration, WaitsNoLongerThanItMay) {
    server.told = {{"replication", "master_repl_offset", "9"}};
    EXPECT_EQ(run("WAIT 1 100"), "");
    store.clock += 99;
    EXPECT_EQ(run("WAIT 1 100"), "");
    EXPECT_EQ(client.wait->repeat_at, store.clock + 1);
    store.clock += 1;
    EXPECT_EQ(run("WAIT 1 100"), integer(0));

    EXPECT_EQ(run("WAITAOF 1 1 0"), "");
    client.wait->until = 0;  // as CLIENT UNBLOCK does
    EXPECT_EQ(run("WAITAOF 1 1 0"), "*2\r\n:1\r\n:0\r\n");

    client.is_executing = true;
    EXPECT_EQ(run("WAIT 1 0"), integer(0));
    EXPECT_FALSE(client.wait);
}

TEST_F(Administration, RefusesToWaitForNonsense) {
    EXPECT_EQ(run("WAIT a 1"), unit::not_an_integer);
    EXPECT_EQ(run("WAIT 1 a"), "-ERR timeout is not an integer or out of range\r\n");
    EXPECT_EQ(run("WAIT 1 -1"), "-ERR timeout is negative\r\n");
    EXPECT_EQ(run("WAITAOF 2 0 0"), "-ERR value is out of range, value must between 0 and 1\r\n");
    EXPECT_EQ(run("WAITAOF 0 -1 0"), "-ERR value is out of range, must be positive\r\n");
    EXPECT_FALSE(client.wait);
}

TEST_F(Administration, HasFunctionsAndScriptsInEmptySets) {
    EXPECT_EQ(run("FUNCTION LIST LIBRARYNAME a WITHCODE"), strings({}));
    EXPECT_EQ(run("FUNCTION LIST a"), "-ERR Unknown argument a\r\n");
    EXPECT_EQ(run("FUNCTION LIST WITHCODE WITHCODE"), "-ERR Unknown argument WITHCODE\r\n");
    EXPECT_EQ(run("FUNCTION LIST LIBRARYNAME"), "-ERR library name argument was not given\r\n");
    EXPECT_EQ(run("FUNCTION FLUSH ASYNC"), unit::ok);
    EXPECT_EQ(run("FUNCTION FLUSH now"), "-ERR FUNCTION FLUSH only supports SYNC|ASYNC option\r\n");
    EXPECT_EQ(run("FUNCTION Flush SYNC now"),
              "-ERR unknown subcommand or wrong number of arguments for 'Flush'. Try FUNCTION HELP."
              "\r\n");
    EXPECT_EQ(run("FUNCTION STATS"),
              "*4\r\n$14\r\nrunning_script\r\n$-1\r\n$7\r\nengines\r\n*0\r\n");
    EXPECT_TRUE(run("FUNCTION DUMP").starts_with(std::string("$10\r\n\t\0", 7)));
    EXPECT_EQ(run("FUNCTION DELETE a"), "-ERR Library not found\r\n");
    EXPECT_EQ(run("FUNCTION KILL"), "-NOTBUSY No scripts in execution right now.\r\n");
    EXPECT_EQ(run("SCRIPT EXISTS a b"), "*2\r\n:0\r\n:0\r\n");
    EXPECT_EQ(run("SCRIPT FLUSH"), unit::ok);
    EXPECT_EQ(run("SCRIPT FLUSH SYNC now"), "-ERR SCRIPT FLUSH only support SYNC|ASYNC option\r\n");
    EXPECT_TRUE(run("EVAL x 0").starts_with("-ERR unknown command"));
}

class Debug : public unit::DoorSession {
protected:
    Debug() { server.settings["kv.enable_debug_command"] = "yes"; }
};

TEST_F(Debug, IsForWhoMay) {
    const std::string refused = "-ERR DEBUG command not allowed.";
    EXPECT_EQ(run("DEBUG RELOAD"), unit::ok);
    server.settings["kv.enable_debug_command"] = "no";
    EXPECT_TRUE(run("DEBUG RELOAD").starts_with(refused));
    EXPECT_TRUE(run("DEBUG nosuch").starts_with(refused));
    server.settings["kv.enable_debug_command"] = "local";
    EXPECT_EQ(run("DEBUG RELOAD"), unit::ok);
    client.address = "10.0.0.2:5";
    EXPECT_TRUE(run("DEBUG RELOAD").starts_with(refused));
    client.is_unix_socket = true;
    EXPECT_EQ(run("DEBUG RELOAD"), unit::ok);
}

TEST_F(Debug, RefusesWhatIsNotThere) {
    EXPECT_EQ(
        run("DEBUG JMAP"),
        "-ERR unknown subcommand or wrong number of arguments for 'JMAP'. Try DEBUG HELP.\r\n");
    EXPECT_EQ(run("DEBUG SLEEP"),
              "-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG HELP."
              "\r\n");
}

TEST_F(Debug, SleepsForItsClient) {
    EXPECT_EQ(run("DEBUG SLEEP 0.25"), "");
    ASSERT_TRUE(client.wait);
    EXPECT_EQ(client.wait->repeat_at, store.clock + 250);
    store.clock += 249;
    EXPECT_EQ(run("DEBUG SLEEP 0.25"), "");
    store.clock += 1;
    EXPECT_EQ(run("DEBUG SLEEP 0.25"), unit::ok);
    EXPECT_FALSE(client.wait);
    client.is_executing = true;
    EXPECT_EQ(run("DEBUG SLEEP 5"), unit::ok);
    client.is_executing = false;
    for (const char* line : {"DEBUG SLEEP x", "DEBUG SLEEP -1", "DEBUG SLEEP 0", "DEBUG SLEEP nan"})
        EXPECT_EQ(run(line), unit::ok) << line;
}

TEST_F(Debug, TellsOfAKey) {
    run("SET k value");
    std::string text = run("DEBUG OBJECT k");
    EXPECT_TRUE(text.starts_with("+Value at:0x")) << text;
    EXPECT_NE(text.find(" refcount:1 encoding:embstr serializedlength:5 lru:"), std::string::npos);
    EXPECT_EQ(run("DEBUG OBJECT nosuch"), "-ERR no such key\r\n");
    EXPECT_EQ(run("DEBUG STRINGMATCH-LEN a* abc"), integer(1));
    EXPECT_EQ(run("DEBUG STRINGMATCH-LEN b* abc"), integer(0));
}

// The digests are those of a Redis with the same data.
TEST_F(Debug, DigestsAsRedis) {
    EXPECT_EQ(run("DEBUG DIGEST"), "+0000000000000000000000000000000000000000\r\n");
    for (const char* line : {"SET k v", "SET n 12", "RPUSH l a b c", "SADD s x y",
                             "ZADD z 1.5 m 2 n", "HSET h f v g w", "SET e x EX 1000"})
        run(line);
    EXPECT_EQ(run("DEBUG DIGEST-VALUE k n l s z h e nosuch"),
              "*8\r\n+d79ee9fe5d5ad902d7f6620efc3b07b75ddd742f\r\n"
              "+655ac46b180ad2f61a3cee25f0b1780fa2ec879a\r\n"
              "+8bf72d812571eea9b927f3c11beb0c4165a6ff89\r\n"
              "+36846f8a92fb6b6b824c73bf468c5bbcf5075ede\r\n"
              "+908aeffe4e922542b456cb5c8f5b1961a763d7dd\r\n"
              "+d127864ed50239662bf61bafc9bda63c17da5b37\r\n"
              "+0745672cb1bf060476eedeb8a28f5ffe1ff5a2be\r\n"
              "+0000000000000000000000000000000000000000\r\n");
    EXPECT_EQ(run("DEBUG DIGEST"), "+3997c79c7748815bc5ed55b2368d701a0714a097\r\n");
    run("SELECT 3");
    run("SET k v");
    EXPECT_EQ(run("DEBUG DIGEST"), "+8ae313efc154f8d4dad2f83de698ca6322b3184c\r\n");
}

class Memory : public unit::DoorSession {
protected:
    int64_t usage(Bytes arguments) {
        std::string reply = run("MEMORY USAGE " + std::string(arguments));
        EXPECT_TRUE(reply.starts_with(':')) << reply;
        return std::stoll(reply.substr(1));
    }
};

TEST_F(Memory, EstimatesAKey) {
    EXPECT_EQ(run("MEMORY USAGE nosuch"), unit::null);
    run("SET k v");
    int64_t small = usage("k");
    EXPECT_GT(small, 100);
    run({"SET", "k", std::string(1000, 'x')});
    EXPECT_EQ(usage("k"), small + 999);
    run("EXPIRE k 100");
    EXPECT_GT(usage("k"), small + 999);
}

TEST_F(Memory, EstimatesACollectionFromSamples) {
    for (const char* command : {"RPUSH key ", "SADD key ", "HSET key f", "ZADD key 1 "}) {
        run("DEL key");
        for (int i = 0; i < 200; i++)
            run(std::string(command) + std::to_string(1000 + i) +
                (Bytes(command).starts_with("HSET") ? " value" : ""));
        int64_t all = usage("key SAMPLES 0");
        EXPECT_GT(all, 200 * 60) << command;
        EXPECT_LT(all, 200 * 200) << command;
        EXPECT_EQ(usage("key"), all) << command;
        EXPECT_EQ(usage("key SAMPLES 1000"), all) << command;
    }
}

TEST_F(Memory, RefusesBadSamples) {
    EXPECT_EQ(run("MEMORY USAGE k SAMPLES -1"), unit::syntax_error);
    EXPECT_EQ(run("MEMORY USAGE k SAMPLES x"), unit::not_an_integer);
    EXPECT_EQ(run("MEMORY USAGE k SAMPLES"), unit::syntax_error);
    EXPECT_EQ(run("MEMORY USAGE k now"), unit::syntax_error);
}

TEST_F(Memory, TellsOfTheProcess) {
    server.told = {{"memory", "used_memory_dataset", "4096"}};
    run("MSET a 1 b 2");
    std::string stats = run("MEMORY STATS");
    EXPECT_NE(stats.find(bulk("keys.count") + integer(2) + bulk("keys.bytes-per-key") +
                         integer(2048) + bulk("dataset.bytes") + integer(4096)),
              std::string::npos)
        << stats;
    EXPECT_EQ(run("MEMORY PURGE"), unit::ok);
    EXPECT_EQ(run("MEMORY DOCTOR").substr(0, 1), "$");
    EXPECT_NE(run("MEMORY MALLOC-STATS").find("malloc"), std::string::npos);
}
