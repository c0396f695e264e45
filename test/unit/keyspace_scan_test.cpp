// Finding keys, and looking at how they are stored.
#include "session.hpp"

namespace unit {

using Finding = Session;

TEST_F(Finding, Keys) {
    run("MSET user:1 a user:2 b user:12 c us* d '' e");
    EXPECT_EQ(run("KEYS user:?"), strings({"user:1", "user:2"}));
    EXPECT_EQ(store.scanned_prefix, "user:");
    EXPECT_EQ(run("KEYS us\\*"), strings({"us*"}));
    EXPECT_EQ(store.scanned_prefix, "us*");
    EXPECT_EQ(run("KEYS *2"), strings({"user:12", "user:2"}));
    EXPECT_EQ(run("KEYS nothing"), strings({}));
    EXPECT_EQ(run("KEYS *"), strings({"", "us*", "user:1", "user:12", "user:2"}));
    EXPECT_EQ(run("KEYS **"), strings({"us*", "user:1", "user:12", "user:2"}));
    EXPECT_EQ(run("KEYS ''"), strings({""}));
}

TEST_F(Finding, ScanWalksInSteps) {
    run("MSET a 1 b 2 c 3");
    EXPECT_EQ(run("SCAN 0 COUNT 2"), "*2\r\n$1\r\n2\r\n" + strings({"a", "b"}));
    EXPECT_EQ(run("SCAN 2 COUNT 2"), "*2\r\n$1\r\n0\r\n" + strings({"c"}));
    EXPECT_EQ(run("SCAN 0 COUNT 1"), "*2\r\n$1\r\n1\r\n" + strings({"a"}));
    EXPECT_EQ(run("SCAN 0"), "*2\r\n$1\r\n0\r\n" + strings({"a", "b", "c"}));
}

TEST_F(Finding, ScanTakesTenKeysUnlessTold) {
    for (int i = 10; i < 21; i++)
        run("SET k" + std::to_string(i) + " v");
    EXPECT_TRUE(run("SCAN 0").starts_with("*2\r\n$2\r\n10\r\n*10\r\n"));
}

TEST_F(Finding, ScanFilters) {
    run("MSET a1 1 a2 2 b1 3 '' 4");
    store.databases[0]["a3"] = {store::Type::list, store::Encoding::plain, "", store::never, 0};
    std::string end = "*2\r\n$1\r\n0\r\n";
    EXPECT_EQ(run("SCAN 0 MATCH a*"), end + strings({"a1", "a2", "a3"}));
    EXPECT_EQ(store.scanned_prefix, "a");
    EXPECT_EQ(run("SCAN 0 match *1 type STRING"), end + strings({"a1", "b1"}));
    EXPECT_EQ(store.scanned_prefix, "");
    EXPECT_EQ(run("SCAN 0 TYPE list"), end + strings({"a3"}));
    EXPECT_EQ(run("SCAN 0 TYPE nosuch"), end + strings({}));
    EXPECT_EQ(run("SCAN 0 MATCH *"), end + strings({"", "a1", "a2", "a3", "b1"}));
    EXPECT_EQ(run("SCAN 0 MATCH a* MATCH b*"), end + strings({"b1"}));
}

TEST_F(Finding, ScanChecksItsArguments) {
    std::string invalid = error("ERR invalid cursor");
    for (const char* cursor : {"abc", "' 0'", "'0 '", "1x", "+", "18446744073709551616"})
        EXPECT_EQ(run(std::string("SCAN ") + cursor + " foo"), invalid) << cursor;
    EXPECT_EQ(run("SCAN 0 COUNT 0"), syntax_error);
    EXPECT_EQ(run("SCAN 0 COUNT -1"), syntax_error);
    EXPECT_EQ(run("SCAN 0 COUNT abc"), not_an_integer);
    for (const char* options : {"COUNT", "MATCH", "TYPE", "foo", "foo bar"})
        EXPECT_EQ(run(std::string("SCAN 0 ") + options), syntax_error) << options;
}

TEST_F(Finding, ScanTakesTheCursorsThatRedisTakes) {
    run("SET a 1");
    for (const char* cursor : {"0", "00", "+0", "-0", "''"})
        EXPECT_EQ(run(std::string("SCAN ") + cursor), "*2\r\n$1\r\n0\r\n" + strings({"a"}))
            << cursor;
    for (const char* cursor : {"18446744073709551615", "-1"})
        EXPECT_EQ(run(std::string("SCAN ") + cursor), "*2\r\n$1\r\n0\r\n" + strings({})) << cursor;
}

TEST_F(Finding, Randomkey) {
    EXPECT_EQ(run("RANDOMKEY"), null);
    run("SET a 1");
    EXPECT_EQ(run("RANDOMKEY"), bulk("a"));
}

using Objects = Session;

TEST_F(Objects, HaveTheEncodingThatRedisReports) {
    auto encoding = [this](const std::string& command) {
        run("DEL k");
        run(command);
        return run("OBJECT ENCODING k");
    };
    EXPECT_EQ(encoding("SET k 12"), bulk("int"));
    EXPECT_EQ(encoding("SET k -9223372036854775808"), bulk("int"));
    EXPECT_EQ(encoding("SET k 9223372036854775808"), bulk("embstr"));
    EXPECT_EQ(encoding("SET k 012"), bulk("embstr"));
    EXPECT_EQ(encoding("SET k ''"), bulk("embstr"));
    EXPECT_EQ(encoding("SET k " + std::string(44, 'a')), bulk("embstr"));
    EXPECT_EQ(encoding("SET k " + std::string(45, 'a')), bulk("raw"));
    EXPECT_EQ(encoding("INCR k"), bulk("int"));
    EXPECT_EQ(encoding("INCRBYFLOAT k 12"), bulk("embstr"));
    EXPECT_EQ(encoding("APPEND k 12"), bulk("int"));
    EXPECT_EQ(encoding("SETRANGE k 0 12"), bulk("raw"));
    EXPECT_EQ(encoding("MSET k 12"), bulk("int"));
}

TEST_F(Objects, ChangeTheirEncoding) {
    run("SET k 1");
    run("APPEND k ''");
    EXPECT_EQ(run("OBJECT ENCODING k"), bulk("raw"));
    run("COPY k copy");
    EXPECT_EQ(run("OBJECT ENCODING copy"), bulk("raw"));
    run("INCR k");
    EXPECT_EQ(run("OBJECT ENCODING k"), bulk("int"));
    run("SETRANGE k 0 ''");
    EXPECT_EQ(run("OBJECT ENCODING k"), bulk("int"));
    run("INCRBYFLOAT k 1");
    EXPECT_EQ(run("OBJECT ENCODING k"), bulk("embstr"));
    run("GETSET k 1");
    EXPECT_EQ(run("OBJECT ENCODING k"), bulk("int"));
}

TEST_F(Objects, AreLookedAt) {
    run("SET k v");
    store.clock += 2999;
    EXPECT_EQ(run("OBJECT IDLETIME k"), integer(2));
    EXPECT_EQ(run("OBJECT REFCOUNT k"), integer(1));
    EXPECT_TRUE(run("OBJECT FREQ k").starts_with("-ERR An LFU maxmemory policy is not selected"));
    store.clock -= 5000;
    EXPECT_EQ(run("OBJECT IDLETIME k"), integer(0));
}

TEST_F(Objects, MayBeMissing) {
    for (const char* subcommand : {"ENCODING", "FREQ", "IDLETIME", "REFCOUNT"})
        EXPECT_EQ(run({"OBJECT", subcommand, "missing"}), null) << subcommand;
}

TEST_F(Objects, HaveHelp) {
    std::string help = run("OBJECT HELP");
    EXPECT_TRUE(help.starts_with(
        "*15\r\n+OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\r\n"
        "+ENCODING <key>\r\n+    Return the kind"));
    EXPECT_TRUE(help.ends_with("+HELP\r\n+    Prints this help.\r\n"));
}

}  // namespace unit
