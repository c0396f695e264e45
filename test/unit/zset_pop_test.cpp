// Members taken from the ends of sorted sets, or at random.
#include <cmath>
#include <map>

#include "zset_session.hpp"

namespace unit {

class ZSetPops : public ZSets {
protected:
    // How often each member comes up.
    std::map<std::string, int> tally(const std::string& reply) {
        std::map<std::string, int> times;
        size_t at = reply.find("\r\n") + 2;
        while (at < reply.size()) {
            at = reply.find("\r\n", at) + 2;
            size_t end = reply.find("\r\n", at);
            times[reply.substr(at, end - at)]++;
            at = end + 2;
        }
        return times;
    }

    void load_numbers(int count) {
        std::string pairs;
        for (int i = 0; i < count; i++)
            pairs += std::to_string(i / 10) + " n" + std::to_string(i) + " ";
        load("k", pairs);
    }

    void expect_fair(const std::map<std::string, int>& times, size_t members, int picks) {
        EXPECT_EQ(times.size(), members);
        double expected = picks / static_cast<double>(members);
        double deviation = 0;
        for (const auto& [name, count] : times)
            deviation += (count - expected) * (count - expected) / expected;
        // Chi-squared: its mean is the degrees of freedom, its variance twice that.
        double freedom = static_cast<double>(members - 1);
        EXPECT_LT(deviation, freedom + 5 * std::sqrt(2 * freedom));
    }
};

INSTANTIATE_TEST_SUITE_P(BothForms, ZSetPops, both_forms, name_of);

TEST_P(ZSetPops, TakeTheEnds) {
    load("k", "1 a 2 b 3 c 4 d 5 e");
    EXPECT_EQ(run("ZPOPMIN k"), strings({"a", "1"}));
    EXPECT_EQ(run("ZPOPMAX k"), strings({"e", "5"}));
    EXPECT_EQ(run("ZPOPMAX k 2"), strings({"d", "4", "c", "3"}));
    EXPECT_EQ(run("ZPOPMIN k 0"), strings({}));
    EXPECT_EQ(run("ZPOPMIN k 5"), strings({"b", "2"}));
    EXPECT_EQ(run("EXISTS k"), integer(0));
    EXPECT_EQ(run("ZPOPMIN k"), strings({}));
    EXPECT_EQ(run("ZPOPMIN k 1"), strings({}));
    EXPECT_TRUE(store.elements.empty());
}

TEST_P(ZSetPops, NestOnlyWithACountInProtocol3) {
    load("k", "1 a 2 b");
    protocol = resp::Protocol::resp3;
    EXPECT_EQ(run("ZPOPMIN k"), "*2\r\n$1\r\na\r\n,1\r\n");
    EXPECT_EQ(run("ZPOPMIN k 1"), "*1\r\n*2\r\n$1\r\nb\r\n,2\r\n");
    EXPECT_EQ(run("ZPOPMIN k 1"), "*0\r\n");
}

TEST_P(ZSetPops, RefuseWrongArguments) {
    std::string not_positive = error("ERR value is out of range, must be positive");
    EXPECT_EQ(run("ZPOPMIN k -1"), not_positive);
    EXPECT_EQ(run("ZPOPMAX k x"), not_positive);
    EXPECT_EQ(run("ZPOPMIN k 1 x"), syntax_error);
}

TEST_P(ZSetPops, TakeFromTheFirstOfSeveral) {
    load("k", "1 a 2 b 3 c");
    load("l", "1 z");
    EXPECT_EQ(run("ZMPOP 2 missing k MIN"), "*2\r\n" + bulk("k") + "*1\r\n" + strings({"a", "1"}));
    EXPECT_EQ(run("ZMPOP 3 missing k l MAX COUNT 5"),
              "*2\r\n" + bulk("k") + "*2\r\n" + strings({"c", "3"}) + strings({"b", "2"}));
    EXPECT_EQ(run("ZMPOP 2 k l max"), "*2\r\n" + bulk("l") + "*1\r\n" + strings({"z", "1"}));
    EXPECT_EQ(run("ZMPOP 2 k l MAX"), "*-1\r\n");
    protocol = resp::Protocol::resp3;
    EXPECT_EQ(run("ZMPOP 2 k l MAX"), "_\r\n");
}

TEST_P(ZSetPops, LookNoFurtherThanTheFirst) {
    load("k", "1 a");
    run("SET s 1");
    EXPECT_EQ(run("ZMPOP 2 k s MIN"), "*2\r\n" + bulk("k") + "*1\r\n" + strings({"a", "1"}));
    EXPECT_EQ(run("ZMPOP 2 k s MIN"), wrong_type);
}

TEST_P(ZSetPops, RefuseWrongArgumentsOfSeveral) {
    std::string numkeys = error("ERR numkeys should be greater than 0");
    std::string count = error("ERR count should be greater than 0");
    EXPECT_EQ(run("ZMPOP 0 k MIN"), numkeys);
    EXPECT_EQ(run("ZMPOP x k MIN"), numkeys);
    EXPECT_EQ(run("ZMPOP 1 k MIN COUNT 0"), count);
    EXPECT_EQ(run("ZMPOP 1 k MIN COUNT x"), count);
    for (const char* line :
         {"ZMPOP 2 k MIN", "ZMPOP 1 k LEFT", "ZMPOP 1 k MIN COUNT", "ZMPOP 1 k MIN COUNT 1 COUNT 1",
          "ZMPOP 1 k MIN x", "ZMPOP 9223372036854775807 k MIN"})
        EXPECT_EQ(run(line), syntax_error) << line;
}

TEST_P(ZSetPops, PickAtRandom) {
    load("k", "1 a 2 b 3 c");
    EXPECT_EQ(run("ZRANDMEMBER missing"), null);
    EXPECT_EQ(run("ZRANDMEMBER missing 3"), strings({}));
    EXPECT_EQ(run("ZRANDMEMBER k 0"), strings({}));
    EXPECT_EQ(tally(run("ZRANDMEMBER k 2")).size(), 2U);
    EXPECT_EQ(run("ZRANDMEMBER k 5"), strings({"a", "b", "c"}));
    EXPECT_EQ(run("ZRANDMEMBER k 3 WITHSCORES"), strings({"a", "1", "b", "2", "c", "3"}));
    EXPECT_EQ(run("ZRANDMEMBER k -10").substr(0, 5), "*10\r\n");
    EXPECT_EQ(run("ZRANDMEMBER k -10 WITHSCORES").substr(0, 5), "*20\r\n");
    protocol = resp::Protocol::resp3;
    EXPECT_EQ(run("ZRANDMEMBER k -2 withscores").substr(0, 8), "*2\r\n*2\r\n");
}

TEST_P(ZSetPops, RefuseWrongCountsAtRandom) {
    EXPECT_EQ(run("ZRANDMEMBER k x"), not_an_integer);
    EXPECT_EQ(run("ZRANDMEMBER k 1 x"), syntax_error);
    EXPECT_EQ(run("ZRANDMEMBER k 1 WITHSCORES x"), syntax_error);
    EXPECT_EQ(run("ZRANDMEMBER k -9223372036854775808"),
              error("ERR value is out of range, value must between -9223372036854775807 and "
                    "9223372036854775807"));
    EXPECT_EQ(run("ZRANDMEMBER k 9223372036854775807 WITHSCORES"),
              error("ERR value is out of range"));
}

TEST_P(ZSetPops, PickFairly) {
    load_numbers(100);
    expect_fair(tally(run("ZRANDMEMBER k -20000")), 100, 20000);
    std::map<std::string, int> single;
    std::map<std::string, int> several;
    for (int i = 0; i < 3000; i++)
        for (const auto& [name, times] : tally("*1\r\n" + run("ZRANDMEMBER k")))
            single[name] += times;
    expect_fair(single, 100, 3000);
    for (int i = 0; i < 1000; i++)
        for (const auto& [name, times] : tally(run("ZRANDMEMBER k 3"))) {
            EXPECT_EQ(times, 1);
            several[name] += times;
        }
    expect_fair(several, 100, 3000);
}

}  // namespace unit
