// Commands that push to and pop from the ends of lists.
#include "list_session.hpp"

namespace unit {

using ListEnds = ListTest;
IN_BOTH_FORMS(ListEnds);

namespace {

const std::string null_array = "*-1\r\n";

}  // namespace

TEST_P(ListEnds, Push) {
    make("l m");
    run("EXPIRE l 10");
    EXPECT_EQ(call("RPUSH l n o"), integer(3));
    EXPECT_EQ(call("LPUSH l b a"), integer(5));
    EXPECT_EQ(call("RPUSH l ''"), integer(6));
    EXPECT_EQ(all("l"), strings({"a", "b", "m", "n", "o", ""}));
    EXPECT_EQ(call("TTL l"), integer(10));
    EXPECT_EQ(call("TYPE l"), "+list\r\n");
    EXPECT_EQ(call("LPUSH string a"), wrong_type);
    EXPECT_EQ(call("RPUSH string a"), wrong_type);
}

TEST_P(ListEnds, PushAcrossTheThreshold) {
    for (const char* command : {"LPUSH", "RPUSH"}) {
        std::vector<std::string> expected = {"m"};
        make("l m");
        for (int i = 0; i < 150; i++) {
            std::string item = std::to_string(i);
            EXPECT_EQ(call({command, "l", item}), integer(i + 2));
            expected.insert(Bytes(command) == "LPUSH" ? expected.begin() : expected.end(), item);
        }
        EXPECT_EQ(all("l"), strings(expected));
        EXPECT_TRUE(in_rows("l"));
        run("DEL l");
    }
}

TEST_P(ListEnds, PushOfMany) {
    std::vector<std::string> items;
    for (int i = 0; i < 1000; i++)
        items.push_back(std::string(static_cast<size_t>(i), 'a'));
    std::vector<std::string> expected(items.rbegin(), items.rend());
    expected.push_back("m");
    expected.insert(expected.end(), items.begin(), items.end());
    make("l m");
    for (const char* command : {"LPUSH", "RPUSH"}) {
        std::vector<Bytes> arguments = {command, "l"};
        arguments.insert(arguments.end(), items.begin(), items.end());
        call(std::span<const Bytes>(arguments));
    }
    EXPECT_EQ(all("l"), strings(expected));
}

TEST_P(ListEnds, PushIfThere) {
    make("l m");
    EXPECT_EQ(call("RPUSHX l n o"), integer(3));
    EXPECT_EQ(call("LPUSHX l b a"), integer(5));
    EXPECT_EQ(all("l"), strings({"a", "b", "m", "n", "o"}));
    EXPECT_EQ(call("LPUSHX missing a"), integer(0));
    EXPECT_EQ(call("RPUSHX missing a b"), integer(0));
    EXPECT_EQ(call("EXISTS missing"), integer(0));
    EXPECT_EQ(call("LPUSHX string a"), wrong_type);
}

TEST_P(ListEnds, Pop) {
    make("l a b c");
    run("EXPIRE l 10");
    EXPECT_EQ(call("LPOP l"), bulk("a"));
    EXPECT_EQ(call("RPOP l"), bulk("c"));
    EXPECT_EQ(call("TTL l"), integer(10));
    EXPECT_EQ(call("LPOP l"), bulk("b"));
    EXPECT_EQ(call("EXISTS l"), integer(0));
    EXPECT_EQ(call("LPOP l"), null);
    EXPECT_EQ(call("RPOP l"), null);
    EXPECT_EQ(call("RPUSH l a"), integer(1));
    EXPECT_EQ(call("TTL l"), integer(-1));
    EXPECT_EQ(call("LPOP string"), wrong_type);
}

TEST_P(ListEnds, PopOfSeveral) {
    make("l a b c d e f");
    EXPECT_EQ(call("LPOP l 2"), strings({"a", "b"}));
    EXPECT_EQ(call("RPOP l 2"), strings({"f", "e"}));
    EXPECT_EQ(call("LPOP l 0"), strings({}));
    EXPECT_EQ(all("l"), strings({"c", "d"}));
    EXPECT_EQ(call("RPOP l 9223372036854775807"), strings({"d", "c"}));
    EXPECT_EQ(call("EXISTS l"), integer(0));
    EXPECT_EQ(call("LPOP l 1"), null_array);
    EXPECT_EQ(call("LPOP l 0"), null_array);
}

TEST_P(ListEnds, PopOfMost) {
    make("l a b c d e f");
    EXPECT_EQ(call("LPOP l 5"), strings({"a", "b", "c", "d", "e"}));
    EXPECT_EQ(all("l"), strings({"f"}));
    make("k a b c d e f");
    EXPECT_EQ(call("RPOP k 5"), strings({"f", "e", "d", "c", "b"}));
    EXPECT_EQ(all("k"), strings({"a"}));
}

TEST_P(ListEnds, PopChecksTheCountFirst) {
    std::string not_positive = error("ERR value is out of range, must be positive");
    EXPECT_EQ(call("LPOP string abc"), not_positive);
    EXPECT_EQ(call("LPOP missing -1"), not_positive);
    EXPECT_EQ(call("RPOP missing 9223372036854775808"), not_positive);
    EXPECT_EQ(call("LPOP string 0"), wrong_type);
    EXPECT_EQ(call("LPOP string abc def"),
              error("ERR wrong number of arguments for 'lpop' command"));
    EXPECT_EQ(call("RPOP string 1 2"), error("ERR wrong number of arguments for 'rpop' command"));
}

TEST_P(ListEnds, Lmove) {
    make("a 1 2 3 4");
    make("b x");
    EXPECT_EQ(call("LMOVE a b left right"), bulk("1"));
    EXPECT_EQ(call("LMOVE a b RIGHT LEFT"), bulk("4"));
    EXPECT_EQ(call("LMOVE a b LEFT LEFT"), bulk("2"));
    EXPECT_EQ(all("a"), strings({"3"}));
    EXPECT_EQ(all("b"), strings({"2", "4", "x", "1"}));
    EXPECT_EQ(call("LMOVE a new RIGHT RIGHT"), bulk("3"));
    EXPECT_EQ(call("EXISTS a"), integer(0));
    EXPECT_EQ(all("new"), strings({"3"}));
}

TEST_P(ListEnds, LmoveWithinAList) {
    make("l a b c");
    EXPECT_EQ(call("LMOVE l l LEFT RIGHT"), bulk("a"));
    EXPECT_EQ(all("l"), strings({"b", "c", "a"}));
    EXPECT_EQ(call("RPOPLPUSH l l"), bulk("a"));
    EXPECT_EQ(all("l"), strings({"a", "b", "c"}));
    EXPECT_EQ(call("LMOVE l l RIGHT RIGHT"), bulk("c"));
    EXPECT_EQ(all("l"), strings({"a", "b", "c"}));
    make("one a");
    run("EXPIRE one 10");
    EXPECT_EQ(call("LMOVE one one LEFT RIGHT"), bulk("a"));
    EXPECT_EQ(all("one"), strings({"a"}));
    EXPECT_EQ(call("TTL one"), integer(10));
}

TEST_P(ListEnds, LmoveOfOneLargeItemWithinAList) {
    run({"RPUSH", "l", std::string(100000, 'x')});
    EXPECT_EQ(call("LMOVE l l LEFT RIGHT"), bulk(std::string(100000, 'x')));
    EXPECT_EQ(all("l"), strings({std::string(100000, 'x')}));
    EXPECT_EQ(call("OBJECT ENCODING l"), bulk("quicklist"));
}

TEST_P(ListEnds, LmoveChecksTheSourceFirst) {
    make("l a");
    EXPECT_EQ(call("LMOVE missing string LEFT LEFT"), null);
    EXPECT_EQ(call("LMOVE missing missing LEFT LEFT"), null);
    EXPECT_EQ(call("LMOVE l string LEFT LEFT"), wrong_type);
    EXPECT_EQ(call("LMOVE string l LEFT LEFT"), wrong_type);
    EXPECT_EQ(call("LMOVE string string LEFT LEFT"), wrong_type);
    EXPECT_EQ(call("LMOVE string string middle LEFT"), syntax_error);
    EXPECT_EQ(call("LMOVE missing missing LEFT middle"), syntax_error);
    EXPECT_EQ(all("l"), strings({"a"}));
}

TEST_P(ListEnds, Rpoplpush) {
    make("a 1 2");
    make("b x");
    EXPECT_EQ(call("RPOPLPUSH a b"), bulk("2"));
    EXPECT_EQ(all("b"), strings({"2", "x"}));
    EXPECT_EQ(call("RPOPLPUSH missing string"), null);
    EXPECT_EQ(call("RPOPLPUSH a string"), wrong_type);
    EXPECT_EQ(call("RPOPLPUSH string a"), wrong_type);
}

TEST_P(ListEnds, Lmpop) {
    auto popped = [](const std::string& key, const std::vector<std::string>& values) {
        return "*2\r\n" + bulk(key) + strings(values);
    };
    make("a 1 2 3");
    make("b x y");
    EXPECT_EQ(call("LMPOP 1 a LEFT"), popped("a", {"1"}));
    EXPECT_EQ(call("LMPOP 3 missing a b right count 5"), popped("a", {"3", "2"}));
    EXPECT_EQ(call("EXISTS a"), integer(0));
    EXPECT_EQ(call("LMPOP 2 a b LEFT COUNT 1"), popped("b", {"x"}));
    EXPECT_EQ(call("LMPOP 2 b b LEFT COUNT 9223372036854775807"), popped("b", {"y"}));
    EXPECT_EQ(call("LMPOP 2 a b LEFT"), null_array);
}

TEST_P(ListEnds, LmpopMeetsAKeyOfAnotherType) {
    make("l a b");
    EXPECT_EQ(call("LMPOP 2 l string LEFT"), "*2\r\n" + bulk("l") + strings({"a"}));
    EXPECT_EQ(call("LMPOP 3 missing string l LEFT"), wrong_type);
    EXPECT_EQ(all("l"), strings({"b"}));
}

TEST_P(ListEnds, LmpopChecksItsArgumentsFirst) {
    std::string numkeys = error("ERR numkeys should be greater than 0");
    std::string count = error("ERR count should be greater than 0");
    EXPECT_EQ(call("LMPOP 0 string LEFT"), numkeys);
    EXPECT_EQ(call("LMPOP -1 string LEFT"), numkeys);
    EXPECT_EQ(call("LMPOP abc string LEFT"), numkeys);
    EXPECT_EQ(call("LMPOP 9223372036854775808 string LEFT"), numkeys);
    EXPECT_EQ(call("LMPOP 9223372036854775807 string LEFT"), syntax_error);
    EXPECT_EQ(call("LMPOP 2 string LEFT"), syntax_error);
    EXPECT_EQ(call("LMPOP 1 string middle"), syntax_error);
    EXPECT_EQ(call("LMPOP 1 string LEFT COUNT"), syntax_error);
    EXPECT_EQ(call("LMPOP 1 string LEFT COUNT 0"), count);
    EXPECT_EQ(call("LMPOP 1 string LEFT COUNT abc"), count);
    EXPECT_EQ(call("LMPOP 1 string LEFT COUNT 1 COUNT 2"), syntax_error);
    EXPECT_EQ(call("LMPOP 1 string LEFT LIMIT 1"), syntax_error);
    EXPECT_EQ(call("LMPOP 1 string LEFT"), wrong_type);
}

}  // namespace unit
