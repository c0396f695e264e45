// Ranges of sorted sets: by rank, by score, by name.
#include "zset_session.hpp"

namespace unit {

class ZSetRanges : public ZSets {
protected:
    // Twenty members of five scores: a0 to t19... in order.
    void load_letters() {
        std::string pairs;
        for (int i = 0; i < 20; i++)
            pairs += std::to_string(i / 4) + " " + letter(i) + " ";
        load("k", pairs);
    }
    static std::string letter(int i) { return std::string(1, static_cast<char>('a' + i)); }
    static std::string letters(const std::string& names) {
        std::vector<std::string> words;
        for (char name : names)
            words.emplace_back(1, name);
        return strings(words);
    }
};

INSTANTIATE_TEST_SUITE_P(BothForms, ZSetRanges, both_forms, name_of);

TEST_P(ZSetRanges, ByRank) {
    load_letters();
    EXPECT_EQ(run("ZRANGE k 0 2"), letters("abc"));
    EXPECT_EQ(run("ZRANGE k -3 -1"), letters("rst"));
    EXPECT_EQ(run("ZRANGE k 17 100"), letters("rst"));
    EXPECT_EQ(run("ZRANGE k -100 1"), letters("ab"));
    EXPECT_EQ(run("ZRANGE k 5 4"), letters(""));
    EXPECT_EQ(run("ZRANGE k 20 30"), letters(""));
    EXPECT_EQ(run("ZRANGE k 0 -21"), letters(""));
    EXPECT_EQ(run("ZRANGE missing 0 -1"), letters(""));
    EXPECT_EQ(run("ZRANGE k 1 3 REV"), letters("srq"));
    EXPECT_EQ(run("ZREVRANGE k -2 -1"), letters("ba"));
    EXPECT_EQ(run("ZREVRANGE k 0 0 WITHSCORES"), strings({"t", "4"}));
    EXPECT_EQ(run("ZRANGE k 0 0 LIMIT 5 -1"), letters("a"));
    EXPECT_EQ(run("ZRANGE k -9223372036854775808 9223372036854775807"),
              letters("abcdefghijklmnopqrst"));
}

TEST_P(ZSetRanges, ByScore) {
    load_letters();
    EXPECT_EQ(run("ZRANGEBYSCORE k 1 2"), letters("efghijkl"));
    EXPECT_EQ(run("ZRANGEBYSCORE k (1 2"), letters("ijkl"));
    EXPECT_EQ(run("ZRANGEBYSCORE k 1 (2"), letters("efgh"));
    EXPECT_EQ(run("ZRANGEBYSCORE k (1 (2"), letters(""));
    EXPECT_EQ(run("ZRANGEBYSCORE k (1 (1"), letters(""));
    EXPECT_EQ(run("ZRANGEBYSCORE k 2 1"), letters(""));
    EXPECT_EQ(run("ZRANGEBYSCORE k -inf 0"), letters("abcd"));
    EXPECT_EQ(run("ZRANGEBYSCORE k 4 +inf"), letters("qrst"));
    EXPECT_EQ(run("ZRANGEBYSCORE k -0 -0 LIMIT 0 1"), letters("a"));
    EXPECT_EQ(run("ZRANGEBYSCORE k 0.5 1.5"), letters("efgh"));
    EXPECT_EQ(run("ZRANGEBYSCORE k 1 2 LIMIT 2 3 WITHSCORES"),
              strings({"g", "1", "h", "1", "i", "2"}));
    EXPECT_EQ(run("ZRANGEBYSCORE k 1 2 LIMIT 2 -1"), letters("ghijkl"));
    EXPECT_EQ(run("ZRANGEBYSCORE k 1 2 LIMIT 0 0"), letters(""));
    EXPECT_EQ(run("ZRANGEBYSCORE k 1 2 LIMIT -1 5"), letters(""));
    EXPECT_EQ(run("ZRANGEBYSCORE k 1 2 LIMIT 8 5"), letters(""));
    EXPECT_EQ(run("ZRANGEBYSCORE k 1 2 LIMIT 100 5"), letters(""));
    EXPECT_EQ(run("ZREVRANGEBYSCORE k 2 1"), letters("lkjihgfe"));
    EXPECT_EQ(run("ZREVRANGEBYSCORE k (2 1 LIMIT 1 2"), letters("gf"));
    EXPECT_EQ(run("ZRANGE k 1 2 BYSCORE LIMIT 1 1"), letters("f"));
    EXPECT_EQ(run("ZRANGE k (2 1 BYSCORE REV"), letters("hgfe"));
    EXPECT_EQ(run("ZRANGEBYSCORE missing 1 2"), letters(""));
}

TEST_P(ZSetRanges, ByName) {
    load("k", "0 a 0 b 0 c 0 d 0 e 0 aa");
    EXPECT_EQ(run("ZRANGEBYLEX k - +"), strings({"a", "aa", "b", "c", "d", "e"}));
    EXPECT_EQ(run("ZRANGEBYLEX k [b (d"), letters("bc"));
    EXPECT_EQ(run("ZRANGEBYLEX k (a [c"), strings({"aa", "b", "c"}));
    EXPECT_EQ(run("ZRANGEBYLEX k (a (a"), letters(""));
    EXPECT_EQ(run("ZRANGEBYLEX k [x +"), letters(""));
    EXPECT_EQ(run("ZRANGEBYLEX k + -"), letters(""));
    EXPECT_EQ(run("ZRANGEBYLEX k [ +  LIMIT 1 2"), strings({"aa", "b"}));
    EXPECT_EQ(run("ZREVRANGEBYLEX k (d -"), strings({"c", "b", "aa", "a"}));
    EXPECT_EQ(run("ZREVRANGEBYLEX k + [d"), letters("ed"));
    EXPECT_EQ(run("ZRANGE k [b [c BYLEX"), letters("bc"));
    EXPECT_EQ(run("ZRANGE k [c [b BYLEX REV LIMIT 0 1"), letters("c"));
    EXPECT_EQ(run("ZRANGEBYLEX missing - +"), letters(""));
    EXPECT_EQ(run("ZLEXCOUNT k - +"), integer(6));
    EXPECT_EQ(run("ZLEXCOUNT k (a [c"), integer(3));
    EXPECT_EQ(run("ZLEXCOUNT k [c (a"), integer(0));
    EXPECT_EQ(run("ZREMRANGEBYLEX k [b (d"), integer(2));
    EXPECT_EQ(run("ZREMRANGEBYLEX k [b (d"), integer(0));
    EXPECT_EQ(run("ZRANGE k 0 -1"), strings({"a", "aa", "d", "e"}));
}

TEST_P(ZSetRanges, ByNameAtAnyScore) {
    load("k", "7 a 7 b 7 c");
    EXPECT_EQ(run("ZRANGEBYLEX k [b +"), letters("bc"));
    EXPECT_EQ(run("ZLEXCOUNT k - (b"), integer(1));
    load("i", "inf a inf b");
    EXPECT_EQ(run("ZRANGEBYLEX i [b +"), letters("b"));
}

TEST_P(ZSetRanges, AreCounted) {
    load_letters();
    EXPECT_EQ(run("ZCOUNT k 1 2"), integer(8));
    EXPECT_EQ(run("ZCOUNT k (1 2"), integer(4));
    EXPECT_EQ(run("ZCOUNT k -inf +inf"), integer(20));
    EXPECT_EQ(run("ZCOUNT k 3 1"), integer(0));
    EXPECT_EQ(run("ZCOUNT k (1 (1"), integer(0));
    EXPECT_EQ(run("ZCOUNT missing 0 1"), integer(0));
}

TEST_P(ZSetRanges, AreRemoved) {
    load_letters();
    EXPECT_EQ(run("ZREMRANGEBYRANK k 0 1"), integer(2));
    EXPECT_EQ(run("ZREMRANGEBYRANK k -2 -1"), integer(2));
    EXPECT_EQ(run("ZREMRANGEBYSCORE k (0 3"), integer(12));
    EXPECT_EQ(run("ZRANGE k 0 -1"), letters("cdqr"));
    EXPECT_EQ(run("ZREMRANGEBYSCORE k 5 6"), integer(0));
    EXPECT_EQ(run("ZREMRANGEBYRANK k 0 -1"), integer(4));
    EXPECT_EQ(run("EXISTS k"), integer(0));
    EXPECT_EQ(run("ZREMRANGEBYRANK k 0 -1"), integer(0));
}

TEST_P(ZSetRanges, AreStored) {
    load_letters();
    run("SET d old EX 10");
    EXPECT_EQ(run("ZRANGESTORE d k 1 3"), integer(3));
    EXPECT_EQ(run("ZRANGE d 0 -1 WITHSCORES"), strings({"b", "0", "c", "0", "d", "0"}));
    EXPECT_EQ(run("TTL d"), integer(-1));
    EXPECT_EQ(run("ZRANGESTORE d k 0 2 REV"), integer(3));
    EXPECT_EQ(run("ZRANGE d 0 -1"), letters("rst"));
    EXPECT_EQ(run("ZRANGESTORE d k 1 2 BYSCORE LIMIT 1 2"), integer(2));
    EXPECT_EQ(run("ZRANGE d 0 -1"), letters("fg"));
    EXPECT_EQ(run("ZRANGESTORE k k 2 1 BYSCORE REV LIMIT 0 2"), integer(2));
    EXPECT_EQ(run("ZRANGE k 0 -1"), letters("kl"));
    EXPECT_EQ(run("ZRANGESTORE d missing 0 -1"), integer(0));
    EXPECT_EQ(run("EXISTS d"), integer(0));
    EXPECT_EQ(run("ZRANGESTORE d k 0 -1 WITHSCORES"), syntax_error);
}

TEST_P(ZSetRanges, RefuseWrongArguments) {
    load("k", "1 a");
    std::string no_float = error("ERR min or max is not a float");
    std::string no_name = error("ERR min or max not valid string range item");
    EXPECT_EQ(run("ZRANGE k a 1"), not_an_integer);
    EXPECT_EQ(run("ZRANGE k 0 a"), not_an_integer);
    EXPECT_EQ(run("ZRANGE k 0 a BYSCORE"), no_float);
    EXPECT_EQ(run("ZCOUNT k nan 1"), no_float);
    EXPECT_EQ(run("ZRANGEBYSCORE k ((1 2"), no_float);
    EXPECT_EQ(run("ZRANGEBYLEX k a b"), no_name);
    EXPECT_EQ(run("ZRANGEBYLEX k - ++"), no_name);
    EXPECT_EQ(run("ZLEXCOUNT k '' +"), no_name);
    EXPECT_EQ(run("ZREMRANGEBYRANK k 0 x"), not_an_integer);
    EXPECT_EQ(run("ZREMRANGEBYSCORE k 0 x"), no_float);
    EXPECT_EQ(run("ZREMRANGEBYLEX k 0 x"), no_name);
    EXPECT_EQ(run("ZRANGE k 0 1 LIMIT 0 1"),
              error("ERR syntax error, LIMIT is only supported in combination with either BYSCORE "
                    "or BYLEX"));
    EXPECT_EQ(run("ZRANGE k - + BYLEX WITHSCORES"),
              error("ERR syntax error, WITHSCORES not supported in combination with BYLEX"));
    EXPECT_EQ(run("ZRANGE k 0 1 BYSCORE LIMIT a 1"), not_an_integer);
    for (const char* line : {"ZRANGE k 0 1 x", "ZRANGE k 0 1 REV REV", "ZRANGE k 0 1 BYLEX BYSCORE",
                             "ZRANGE k 0 1 BYSCORE LIMIT 1", "ZREVRANGE k 0 1 REV",
                             "ZRANGEBYSCORE k 0 1 BYLEX", "ZRANGEBYLEX k - + REV"})
        EXPECT_EQ(run(line), syntax_error) << line;
}

TEST_P(ZSetRanges, NestPairsInProtocol3) {
    load("k", "1 a 2.5 b");
    protocol = resp::Protocol::resp3;
    EXPECT_EQ(run("ZRANGE k 0 -1 WITHSCORES"),
              "*2\r\n*2\r\n$1\r\na\r\n,1\r\n*2\r\n$1\r\nb\r\n,2.5\r\n");
    EXPECT_EQ(run("ZRANGE k 0 -1"), letters("ab"));
}

}  // namespace unit
