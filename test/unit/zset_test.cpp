// Commands on single members of sorted sets.
#include "zset_session.hpp"

namespace unit {

INSTANTIATE_TEST_SUITE_P(BothForms, ZSets, both_forms, name_of);

TEST_P(ZSets, AddMembers) {
    load("k", "1 a 2 b");
    EXPECT_EQ(in_rows("k"), GetParam() == ZSetForm::rows);
    EXPECT_EQ(run("ZADD k 3 c 4 d"), integer(2));
    EXPECT_EQ(run("ZADD k 1 a 5 b 0 e"), integer(1));
    EXPECT_EQ(run("ZRANGE k 0 -1 WITHSCORES"),
              strings({"e", "0", "a", "1", "c", "3", "d", "4", "b", "5"}));
    EXPECT_EQ(run("ZCARD k"), integer(5));
    EXPECT_EQ(run("ZCARD missing"), integer(0));
}

TEST_P(ZSets, CountChanges) {
    load("k", "1 a 2 b");
    EXPECT_EQ(run("ZADD k CH 1 a 3 b 4 c"), integer(2));
    EXPECT_EQ(run("ZADD k ch 1 a 3 b 4 c"), integer(0));
    EXPECT_EQ(run("ZADD k CH 0 z -0 z"), integer(1));
    EXPECT_EQ(run("ZSCORE k z"), bulk("0"));
}

TEST_P(ZSets, AddOnConditions) {
    load("k", "5 a");
    EXPECT_EQ(run("ZADD k NX 1 a 1 b"), integer(1));
    EXPECT_EQ(run("ZADD k XX CH 2 b 2 c"), integer(1));
    EXPECT_EQ(run("ZADD k GT CH 4 a 3 b 1 d"), integer(2));
    EXPECT_EQ(run("ZADD k LT CH 4 a 4 b 0 d 9 e"), integer(3));
    EXPECT_EQ(run("ZADD k XX GT CH 5 a 5 f"), integer(1));
    EXPECT_EQ(run("ZADD k XX LT CH 5 a 1 a"), integer(1));
    EXPECT_EQ(run("ZRANGE k 0 -1 WITHSCORES"), strings({"d", "0", "a", "1", "b", "3", "e", "9"}));
    EXPECT_EQ(run("ZADD missing XX 1 a"), integer(0));
    EXPECT_EQ(run("EXISTS missing"), integer(0));
}

TEST_P(ZSets, TakeTheSameMemberSeveralTimes) {
    load("k", "5 a");
    EXPECT_EQ(run("ZADD k 1 b 2 b 3 b"), integer(1));
    EXPECT_EQ(run("ZADD k CH 1 c 2 c 2 c"), integer(2));
    EXPECT_EQ(run("ZADD k GT CH 6 a 5 a 7 a"), integer(2));
    EXPECT_EQ(run("ZADD k NX 1 d 2 d"), integer(1));
    EXPECT_EQ(run("ZRANGE k 0 -1 WITHSCORES"), strings({"d", "1", "c", "2", "b", "3", "a", "7"}));
    EXPECT_EQ(run("ZREM k a a x a"), integer(1));
}

TEST_P(ZSets, Increment) {
    load("k", "5 a");
    EXPECT_EQ(run("ZADD k INCR 2.5 a"), bulk("7.5"));
    EXPECT_EQ(run("ZADD k INCR NX 1 a"), null);
    EXPECT_EQ(run("ZADD k INCR XX 1 b"), null);
    EXPECT_EQ(run("ZADD k INCR GT -1 a"), null);
    EXPECT_EQ(run("ZADD k INCR LT -1 a"), bulk("6.5"));
    EXPECT_EQ(run("ZADD k INCR GT 1 c"), bulk("1"));
    EXPECT_EQ(run("ZADD k INCR CH 1 c"), bulk("2"));
    EXPECT_EQ(run("ZINCRBY k -1.5 c"), bulk("0.5"));
    EXPECT_EQ(run("ZINCRBY k 3 d"), bulk("3"));
    EXPECT_EQ(run("ZINCRBY k 0 d"), bulk("3"));
    EXPECT_EQ(run("ZINCRBY k inf d"), bulk("inf"));
    EXPECT_EQ(run("ZINCRBY k -inf d"), error("ERR resulting score is not a number (NaN)"));
    EXPECT_EQ(run("ZADD k INCR XX -inf d"), error("ERR resulting score is not a number (NaN)"));
    EXPECT_EQ(run("ZINCRBY new 1 a"), bulk("1"));
}

TEST_P(ZSets, TellScores) {
    load("k", "1.5 a -inf b inf c -0 d 3.1 e 1e20 f");
    EXPECT_EQ(run("ZSCORE k a"), bulk("1.5"));
    EXPECT_EQ(run("ZSCORE k b"), bulk("-inf"));
    EXPECT_EQ(run("ZSCORE k c"), bulk("inf"));
    EXPECT_EQ(run("ZSCORE k d"), bulk("0"));  // as in a listpack
    run("ZADD k -0 g");
    EXPECT_EQ(run("ZSCORE k g"), bulk(GetParam() == ZSetForm::packed ? "0" : "-0"));
    EXPECT_EQ(run("ZSCORE k e"), bulk("3.1"));
    EXPECT_EQ(run("ZSCORE k f"), bulk("1e+20"));
    EXPECT_EQ(run("ZSCORE k x"), null);
    EXPECT_EQ(run("ZSCORE missing x"), null);
    EXPECT_EQ(run("ZADD l INCR -0 a"), bulk("-0"));
    EXPECT_EQ(run("ZSCORE l a"), bulk("0"));
    EXPECT_EQ(run("ZMSCORE k a x a"), "*3\r\n" + bulk("1.5") + null + bulk("1.5"));
    EXPECT_EQ(run("ZMSCORE missing a b"), "*2\r\n" + null + null);
    protocol = resp::Protocol::resp3;
    EXPECT_EQ(run("ZSCORE k a"), ",1.5\r\n");
    EXPECT_EQ(run("ZSCORE k c"), ",inf\r\n");
    EXPECT_EQ(run("ZSCORE k x"), "_\r\n");
}

TEST_P(ZSets, TellRanks) {
    load("k", "1 a 2 b 2 c 3 d");
    for (int64_t i = 0; i < 4; i++) {
        std::string name(1, static_cast<char>('a' + i));
        EXPECT_EQ(run("ZRANK k " + name), integer(i));
        EXPECT_EQ(run("ZREVRANK k " + name), integer(3 - i));
    }
    EXPECT_EQ(run("ZRANK k x"), null);
    EXPECT_EQ(run("ZRANK missing x"), null);
    EXPECT_EQ(run("ZRANK k c WITHSCORE"), "*2\r\n:2\r\n" + bulk("2"));
    EXPECT_EQ(run("ZREVRANK k c withscore"), "*2\r\n:1\r\n" + bulk("2"));
    EXPECT_EQ(run("ZRANK k x WITHSCORE"), "*-1\r\n");
    EXPECT_EQ(run("ZRANK missing x WITHSCORE"), "*-1\r\n");
    EXPECT_EQ(run("ZRANK k a x"), syntax_error);
    EXPECT_EQ(run("ZRANK k a WITHSCORE x"),
              error("ERR wrong number of arguments for 'zrank' command"));
}

TEST_P(ZSets, RemoveMembers) {
    load("k", "1 a 2 b 3 c");
    EXPECT_EQ(run("ZREM k b x"), integer(1));
    EXPECT_EQ(run("ZREM k b"), integer(0));
    EXPECT_EQ(run("ZRANGE k 0 -1"), strings({"a", "c"}));
    EXPECT_EQ(run("ZREM missing a"), integer(0));
}

TEST_P(ZSets, EndWithTheirLastMember) {
    load("k", "1 a 2 b");
    run("EXPIRE k 100");
    EXPECT_EQ(run("ZREM k a b"), integer(2));
    EXPECT_EQ(run("EXISTS k"), integer(0));
    EXPECT_TRUE(store.elements.empty());
    run("ZADD k 1 a");
    EXPECT_EQ(run("TTL k"), integer(-1));
}

TEST_P(ZSets, KeepTheirExpiry) {
    load("k", "1 a 2 b");
    run("EXPIRE k 100");
    run("ZADD k 3 c");
    run("ZREM k a");
    EXPECT_EQ(run("TTL k"), integer(100));
}

TEST_P(ZSets, HoldAnyBytes) {
    load("k", "1 a");
    std::string binary("\0\r\n\xff", 4);
    EXPECT_EQ(run({"ZADD", "k", "2", binary, "3", ""}), integer(2));
    EXPECT_EQ(run({"ZSCORE", "k", binary}), bulk("2"));
    EXPECT_EQ(run({"ZSCORE", "k", ""}), bulk("3"));
    EXPECT_EQ(run("ZRANGE k 0 -1"), strings({"a", binary, ""}));
}

TEST_P(ZSets, Scan) {
    load("k", "1 a 2 b 3.5 ab");
    // In rows the order is that of the hashes.
    std::string found = run("ZSCAN k 0 MATCH a*");
    std::string begin = "*2\r\n" + bulk("0");
    EXPECT_TRUE(found == begin + strings({"a", "1", "ab", "3.5"}) ||
                found == begin + strings({"ab", "3.5", "a", "1"}))
        << found;
    EXPECT_EQ(run("ZSCAN k x"), error("ERR invalid cursor"));
    EXPECT_EQ(run("ZSCAN k 0 COUNT 0"), syntax_error);
    EXPECT_EQ(run("ZSCAN k 0 COUNT x"), not_an_integer);
    EXPECT_EQ(run("ZSCAN k 0 TYPE zset"), syntax_error);
    EXPECT_EQ(run("ZSCAN missing 0 COUNT 0"), "*2\r\n" + bulk("0") + strings({}));
}

TEST_P(ZSets, RefuseWrongArguments) {
    load("k", "1 a");
    EXPECT_EQ(run("ZADD k 1"), error("ERR wrong number of arguments for 'zadd' command"));
    EXPECT_EQ(run("ZADD k NX CH"), syntax_error);
    EXPECT_EQ(run("ZADD k 1 a 2"), syntax_error);
    EXPECT_EQ(run("ZADD k 1 a NX b"), error("ERR value is not a valid float"));
    EXPECT_EQ(run("ZADD k NX XX 1 a"),
              error("ERR XX and NX options at the same time are not compatible"));
    std::string conflict =
        error("ERR GT, LT, and/or NX options at the same time are not compatible");
    EXPECT_EQ(run("ZADD k NX GT 1 a"), conflict);
    EXPECT_EQ(run("ZADD k NX LT 1 a"), conflict);
    EXPECT_EQ(run("ZADD k GT LT 1 a"), conflict);
    EXPECT_EQ(run("ZADD k INCR 1 a 2 b"),
              error("ERR INCR option supports a single increment-element pair"));
    EXPECT_EQ(run("ZADD k NX XX 1 a b"), syntax_error);
    EXPECT_EQ(run("ZADD k 1 b nan c"), error("ERR value is not a valid float"));
    EXPECT_EQ(run("ZINCRBY k x a"), error("ERR value is not a valid float"));
    EXPECT_EQ(run("ZINCRBY k nx a"), syntax_error);
    EXPECT_EQ(run("ZCARD k"), integer(1));
}

TEST_P(ZSets, RefuseOtherTypes) {
    load("k", "1 a");
    run("SET s 1");
    for (const char* line : {"ZADD s 1 a",
                             "ZADD s XX 1 a",
                             "ZINCRBY s 1 a",
                             "ZCARD s",
                             "ZSCORE s a",
                             "ZMSCORE s a",
                             "ZRANK s a",
                             "ZREVRANK s a WITHSCORE",
                             "ZREM s a",
                             "ZSCAN s 0 COUNT 0",
                             "ZCOUNT s 0 1",
                             "ZLEXCOUNT s - +",
                             "ZRANGE s 0 1",
                             "ZRANGESTORE d s 0 1",
                             "ZRANGEBYSCORE s 0 1",
                             "ZRANGEBYLEX s - +",
                             "ZREVRANGE s 0 1",
                             "ZREVRANGEBYSCORE s 0 1",
                             "ZREVRANGEBYLEX s + -",
                             "ZREMRANGEBYRANK s 0 1",
                             "ZREMRANGEBYSCORE s 0 1",
                             "ZREMRANGEBYLEX s - +",
                             "ZPOPMIN s",
                             "ZPOPMAX s 0",
                             "ZMPOP 2 missing s MIN",
                             "ZRANDMEMBER s",
                             "ZRANDMEMBER s 0",
                             "ZUNION 2 k s",
                             "ZINTER 2 s k",
                             "ZDIFF 2 k s",
                             "ZINTERCARD 2 k s LIMIT x",
                             "ZUNIONSTORE k 2 k s x",
                             "ZINTERSTORE s 2 k s",
                             "ZDIFFSTORE d 1 s"})
        EXPECT_EQ(run(line), wrong_type) << line;
}

}  // namespace unit
