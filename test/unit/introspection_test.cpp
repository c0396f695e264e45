// COMMAND, and what it is made of. What is compared with Redis stands in test/compat.
#include "command/details.hpp"
#include "core/text.hpp"
#include "fake_door.hpp"

using command::Command;
using command::KeySpec;
using core::Bytes;
using Introspection = unit::DoorSession;

namespace {

std::vector<const Command*> containers() {
    std::vector<const Command*> found;
    for (const Command& row : command::all())
        if (!command::subcommands(row).empty())
            found.push_back(&row);
    return found;
}

// The keys of a call, each with its use.
std::string keys_of(std::vector<Bytes> arguments) {
    const Command* called = command::find_called(arguments);
    std::vector<command::UsedKey> keys;
    if (!called || !command::find_keys(*called, arguments, keys))
        return "invalid";
    std::string text;
    for (const command::UsedKey& key : keys)
        text += std::string(arguments[key.index]) + ":" + std::to_string(key.use) + " ";
    return text;
}

const std::string looked_at = std::to_string(command::RO | command::ACCESS) + " ";
const std::string overwritten = std::to_string(command::OW | command::UPDATE) + " ";

}  // namespace

TEST(CommandDetails, AreSound) {
    for (const Command& row : command::all()) {
        for (const KeySpec& spec : command::key_specs(row)) {
            if (spec.find == KeySpec::Find::unknown) {
                EXPECT_NE(spec.notes, nullptr) << row.name;
                continue;
            }
            EXPECT_GT(spec.index, 0) << row.name;
            EXPECT_LE(spec.index, std::abs(row.arity)) << row.name;
            EXPECT_GT(spec.step, 0) << row.name;
        }
        bool reads_only = (row.flags & command::READ) != 0;
        for (const KeySpec& spec : command::key_specs(row))
            EXPECT_FALSE(reads_only && (spec.use & command::RO) == 0) << row.name;
        EXPECT_NE(command::categories(row), 0U) << row.name;
    }
}

TEST(CommandDetails, NameEveryKeyOfTheRow) {
    for (const Command& row : command::all()) {
        if (!row.handler || row.keys.first == 0)
            continue;
        std::vector<Bytes> arguments(static_cast<size_t>(std::abs(row.arity)), "1");
        std::vector<command::UsedKey> keys;
        ASSERT_TRUE(command::find_keys(row, arguments, keys)) << row.name;
        ASSERT_FALSE(keys.empty()) << row.name;
        EXPECT_EQ(keys.front().index, static_cast<size_t>(row.keys.first)) << row.name;
    }
}

TEST(CommandDetails, GiveEveryContainerAHelp) {
    EXPECT_GE(containers().size(), 10U);
    for (const Command* container : containers())
        EXPECT_NE(command::find(std::string(container->name) + "|help"), nullptr)
            << container->name;
}

TEST(FindKeys, TakesThemFromTheirPlaces) {
    EXPECT_EQ(keys_of({"get", "a"}), "a:" + looked_at);
    EXPECT_EQ(keys_of({"mget", "a", "b", "a"}),
              "a:" + looked_at + "b:" + looked_at + "a:" + looked_at);
    EXPECT_EQ(keys_of({"mset", "a", "1", "b", "2"}), "a:" + overwritten + "b:" + overwritten);
    EXPECT_EQ(keys_of({"copy", "a", "b"}), "a:" + looked_at + "b:" + overwritten);
    EXPECT_EQ(keys_of({"object", "encoding", "a"}), "a:" + std::to_string(command::RO) + " ");
    EXPECT_EQ(keys_of({"ping", "a"}), "");
    EXPECT_EQ(keys_of({"get", "a", "b"}), "invalid");
}

TEST(FindKeys, CountsThem) {
    EXPECT_EQ(keys_of({"zunionstore", "d", "2", "a", "b", "weights", "1", "2"}),
              "d:" + overwritten + "a:" + looked_at + "b:" + looked_at);
    EXPECT_EQ(keys_of({"sintercard", "1", "a", "limit", "2"}), "a:" + looked_at);
    for (Bytes count : {"0", "-1", "3", "x", "9223372036854775807"})
        EXPECT_EQ(keys_of({"zinter", count, "a", "b"}), "invalid") << count;
}

TEST(FindKeys, KnowsWhereSortStores) {
    EXPECT_EQ(keys_of({"sort", "a"}), "a:" + looked_at);
    EXPECT_EQ(keys_of({"sort", "a", "store", "b", "by", "store", "Store", "c"}),
              "a:" + looked_at + "c:" + overwritten);
    EXPECT_EQ(keys_of({"sort", "a", "get", "store", "limit", "0", "store"}), "a:" + looked_at);
}

TEST(FindKeys, KnowsWhetherSetReads) {
    EXPECT_EQ(keys_of({"set", "a", "get"}), "a:" + overwritten);
    uint16_t both = command::RW | command::ACCESS | command::UPDATE;
    EXPECT_EQ(keys_of({"set", "a", "v", "nx", "GET"}), "a:" + std::to_string(both) + " ");
}

TEST_F(Introspection, TellsOfACommand) {
    EXPECT_EQ(run("COMMAND INFO GET nosuch"),
              "*2\r\n*10\r\n$3\r\nget\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n"
              "*3\r\n+@read\r\n+@string\r\n+@fast\r\n*0\r\n*1\r\n*6\r\n$5\r\nflags\r\n"
              "*2\r\n+RO\r\n+access\r\n$12\r\nbegin_search\r\n*4\r\n$4\r\ntype\r\n$5\r\nindex\r\n"
              "$4\r\nspec\r\n*2\r\n$5\r\nindex\r\n:1\r\n$9\r\nfind_keys\r\n*4\r\n$4\r\ntype\r\n"
              "$5\r\nrange\r\n$4\r\nspec\r\n*6\r\n$7\r\nlastkey\r\n:0\r\n$7\r\nkeystep\r\n:1\r\n"
              "$5\r\nlimit\r\n:0\r\n*0\r\n$-1\r\n");
}

TEST_F(Introspection, TellsOfAContainer) {
    std::string slowlog = run("COMMAND INFO slowlog");
    EXPECT_TRUE(
        slowlog.starts_with("*1\r\n*10\r\n$7\r\nslowlog\r\n:-2\r\n*0\r\n:0\r\n:0\r\n:0\r\n"
                            "*1\r\n+@slow\r\n*0\r\n*0\r\n*4\r\n*10\r\n$11\r\nslowlog|get"))
        << slowlog;
    EXPECT_EQ(run("COMMAND INFO slowlog|help"),
              "*1\r\n*10\r\n$12\r\nslowlog|help\r\n:2\r\n*2\r\n+loading\r\n+stale\r\n:0\r\n:0\r\n"
              ":0\r\n*1\r\n+@slow\r\n*0\r\n*0\r\n*0\r\n");
}

TEST_F(Introspection, TellsOfAll) {
    EXPECT_EQ(run("COMMAND"), run("COMMAND INFO"));
    std::string count = run("COMMAND COUNT");
    EXPECT_TRUE(run("COMMAND").starts_with("*" + count.substr(1)));
    EXPECT_TRUE(run("COMMAND LIST").starts_with("*" + count.substr(1)));
}

TEST_F(Introspection, ListsByCategoryAndPattern) {
    EXPECT_EQ(run("COMMAND LIST FILTERBY PATTERN mse*"), strings({"mset", "msetnx"}));
    EXPECT_EQ(run("COMMAND LIST filterby pattern OBJECT|E*"), strings({"object|encoding"}));
    EXPECT_NE(run("COMMAND LIST FILTERBY ACLCAT SortedSet").find("zadd"), std::string::npos);
    EXPECT_EQ(run("COMMAND LIST FILTERBY ACLCAT nosuch"), strings({}));
    EXPECT_EQ(run("COMMAND LIST FILTERBY MODULE m"), strings({}));
    EXPECT_EQ(run("COMMAND LIST FILTERBY nosuch m"), unit::syntax_error);
    EXPECT_EQ(run("COMMAND LIST m"), unit::syntax_error);
}

TEST_F(Introspection, FindsTheKeysOfACall) {
    EXPECT_EQ(run("COMMAND GETKEYS LMPOP 2 a b LEFT"), strings({"a", "b"}));
    EXPECT_EQ(run("COMMAND GETKEYSANDFLAGS GET a"),
              "*1\r\n*2\r\n$1\r\na\r\n*2\r\n+RO\r\n+access\r\n");
    EXPECT_EQ(run("COMMAND GETKEYS nosuch a"), "-ERR Invalid command specified\r\n");
    EXPECT_EQ(run("COMMAND GETKEYS object nosuch"), "-ERR Invalid command specified\r\n");
    EXPECT_EQ(run("COMMAND GETKEYS ping a"), "-ERR The command has no key arguments\r\n");
    EXPECT_EQ(run("COMMAND GETKEYS get"),
              "-ERR Invalid number of arguments specified for command\r\n");
    EXPECT_EQ(run("COMMAND GETKEYS zmpop 0 a min"),
              "-ERR Invalid arguments specified for command\r\n");
}

TEST_F(Introspection, Documents) {
    EXPECT_EQ(run("COMMAND DOCS nosuch"), strings({}));
    std::string strlen = run("COMMAND DOCS STRLEN");
    EXPECT_EQ(strlen,
              "*2\r\n$6\r\nstrlen\r\n*10\r\n" + bulk("summary") +
                  bulk("Returns the length of a key's string in bytes, 0 if there is none.") +
                  bulk("since") + bulk("2.2.0") + bulk("group") + bulk("string") +
                  bulk("complexity") + bulk("O(1)") + bulk("arguments") + "*1\r\n*6\r\n" +
                  bulk("name") + bulk("key") + bulk("type") + bulk("key") + bulk("key_spec_index") +
                  integer(0));
    EXPECT_NE(run("COMMAND DOCS SORT").find("STORE"), std::string::npos);
    EXPECT_NE(run("COMMAND DOCS").find("slowlog|get"), std::string::npos);
    std::string zadd = run("COMMAND DOCS ZADD");
    EXPECT_LT(zadd.find("INCR"), zadd.find(bulk("score")));
}

TEST_F(Introspection, RefusesUnknownSubcommands) {
    EXPECT_EQ(run("COMMAND nosuch"), "-ERR unknown subcommand 'nosuch'. Try COMMAND HELP.\r\n");
    EXPECT_EQ(run("COMMAND COUNT 1"),
              "-ERR wrong number of arguments for 'command|count' command\r\n");
}

TEST_F(Introspection, HelpsEverywhere) {
    for (const Command* container : containers()) {
        std::string name = core::to_upper(container->name);
        std::string help = run(name + " HELP");
        bool has_none = name == "CLUSTER";  // as everything of it
        EXPECT_EQ(help.find(name + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:") !=
                      std::string::npos,
                  !has_none)
            << help;
    }
}
