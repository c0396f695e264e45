// Unions, intersections and differences of sorted sets and sets.
#include "zset_session.hpp"

namespace unit {

class ZSetAlgebra : public ZSets {
protected:
    void SetUp() override {
        load("k", "1 a 2 b 3 c");
        load("l", "10 b 20 c 30 d");
    }
    std::string stored() { return run("ZRANGE d 0 -1 WITHSCORES"); }
};

INSTANTIATE_TEST_SUITE_P(BothForms, ZSetAlgebra, both_forms, name_of);

TEST_P(ZSetAlgebra, Unite) {
    EXPECT_EQ(run("ZUNION 2 k l"), strings({"a", "b", "c", "d"}));
    EXPECT_EQ(run("ZUNION 2 k l WITHSCORES"), strings({"a", "1", "b", "12", "c", "23", "d", "30"}));
    EXPECT_EQ(run("ZUNION 2 k l AGGREGATE MIN WITHSCORES"),
              strings({"a", "1", "b", "2", "c", "3", "d", "30"}));
    EXPECT_EQ(run("ZUNION 2 k l WITHSCORES AGGREGATE max WEIGHTS 10 1"),
              strings({"a", "10", "b", "20", "c", "30", "d", "30"}));
    EXPECT_EQ(run("ZUNION 3 k missing k WITHSCORES"), strings({"a", "2", "b", "4", "c", "6"}));
    EXPECT_EQ(run("ZUNION 1 missing"), strings({}));
}

TEST_P(ZSetAlgebra, Intersect) {
    EXPECT_EQ(run("ZINTER 2 k l"), strings({"b", "c"}));
    EXPECT_EQ(run("ZINTER 2 k l WITHSCORES"), strings({"b", "12", "c", "23"}));
    EXPECT_EQ(run("ZINTER 2 k l WEIGHTS 2 0.5 WITHSCORES"), strings({"b", "9", "c", "16"}));
    EXPECT_EQ(run("ZINTER 2 k l AGGREGATE MAX WITHSCORES"), strings({"b", "10", "c", "20"}));
    EXPECT_EQ(run("ZINTER 2 k k WITHSCORES"), strings({"a", "2", "b", "4", "c", "6"}));
    EXPECT_EQ(run("ZINTER 2 k missing"), strings({}));
    EXPECT_EQ(run("ZINTERCARD 2 k l"), integer(2));
    EXPECT_EQ(run("ZINTERCARD 2 k l LIMIT 1"), integer(1));
    EXPECT_EQ(run("ZINTERCARD 2 k l LIMIT 0"), integer(2));
    EXPECT_EQ(run("ZINTERCARD 2 k missing"), integer(0));
}

TEST_P(ZSetAlgebra, Subtract) {
    EXPECT_EQ(run("ZDIFF 2 k l"), strings({"a"}));
    EXPECT_EQ(run("ZDIFF 2 l k WITHSCORES"), strings({"d", "30"}));
    EXPECT_EQ(run("ZDIFF 2 k k"), strings({}));
    EXPECT_EQ(run("ZDIFF 2 missing k"), strings({}));
    EXPECT_EQ(run("ZDIFF 1 k"), strings({"a", "b", "c"}));
}

TEST_P(ZSetAlgebra, TakeSetsWithTheScoreOne) {
    run("SADD s b c x");
    if (GetParam() == ZSetForm::rows)
        run({"SADD", "s", std::string(100, 'x')});
    EXPECT_EQ(run("ZINTER 2 k s WITHSCORES"), strings({"b", "3", "c", "4"}));
    EXPECT_EQ(run("ZINTER 2 s k WEIGHTS 10 1 WITHSCORES"), strings({"b", "12", "c", "13"}));
    EXPECT_EQ(run("ZDIFF 2 k s"), strings({"a"}));
    EXPECT_EQ(run("ZINTERCARD 2 s l"), integer(2));
    run("SREM s " + std::string(100, 'x'));
    EXPECT_EQ(run("ZUNION 1 s WITHSCORES"), strings({"b", "1", "c", "1", "x", "1"}));
    EXPECT_EQ(run("ZUNIONSTORE s 2 s k AGGREGATE MAX"), integer(4));
    EXPECT_EQ(run("ZRANGE s 0 -1 WITHSCORES"), strings({"a", "1", "x", "1", "b", "2", "c", "3"}));
    EXPECT_EQ(run("SCARD s"), wrong_type);
}

TEST_P(ZSetAlgebra, LookUpWhatIsFewInWhatIsMuch) {
    std::string many;
    for (int i = 0; i < 100; i++)
        many += std::to_string(i) + " m" + std::to_string(i) + " ";
    load("m", many + "7 b");
    EXPECT_EQ(run("ZINTER 2 m k WITHSCORES"), strings({"b", "9"}));
    EXPECT_EQ(run("ZDIFF 2 k m"), strings({"a", "c"}));
    EXPECT_EQ(run("ZINTERCARD 3 m k l"), integer(1));
}

TEST_P(ZSetAlgebra, Store) {
    run("SET d old EX 10");
    EXPECT_EQ(run("ZUNIONSTORE d 2 k l"), integer(4));
    EXPECT_EQ(stored(), strings({"a", "1", "b", "12", "c", "23", "d", "30"}));
    EXPECT_EQ(run("TTL d"), integer(-1));
    EXPECT_EQ(run("ZINTERSTORE d 2 k l WEIGHTS 1 2 AGGREGATE SUM"), integer(2));
    EXPECT_EQ(stored(), strings({"b", "22", "c", "43"}));
    EXPECT_EQ(run("ZDIFFSTORE d 2 k l"), integer(1));
    EXPECT_EQ(stored(), strings({"a", "1"}));
    EXPECT_EQ(run("ZINTERSTORE d 2 k missing"), integer(0));
    EXPECT_EQ(run("EXISTS d"), integer(0));
}

TEST_P(ZSetAlgebra, StoreOntoASource) {
    EXPECT_EQ(run("ZUNIONSTORE k 3 k l k"), integer(4));
    EXPECT_EQ(run("ZRANGE k 0 -1 WITHSCORES"),
              strings({"a", "2", "b", "14", "c", "26", "d", "30"}));
    EXPECT_EQ(run("ZDIFFSTORE l 2 k l"), integer(1));
    EXPECT_EQ(run("ZRANGE l 0 -1"), strings({"a"}));
    EXPECT_EQ(run("ZDIFFSTORE l 2 l k"), integer(0));
    EXPECT_EQ(run("EXISTS l"), integer(0));
}

TEST_P(ZSetAlgebra, TreatInfinityAsRedisDoes) {
    load("p", "inf a 5 b");
    load("n", "-inf a 4 b");
    EXPECT_EQ(run("ZUNION 2 p n WITHSCORES"), strings({"a", "0", "b", "9"}));
    EXPECT_EQ(run("ZUNION 1 p WEIGHTS 0 WITHSCORES"), strings({"a", "0", "b", "0"}));
    EXPECT_EQ(run("ZINTER 2 k p WEIGHTS 1 0 WITHSCORES"), strings({"a", "1", "b", "2"}));
    // What is no number takes the sum so far with it, unless it comes first.
    load("q", "3 a 4 b");
    EXPECT_EQ(run("ZINTER 2 q p WEIGHTS 1 0 WITHSCORES"), strings({"a", "0", "b", "4"}));
    EXPECT_EQ(run("ZUNION 2 q p WEIGHTS 1 0 WITHSCORES"), strings({"a", "3", "b", "4"}));
    EXPECT_EQ(run("ZINTER 2 p k WEIGHTS inf -inf WITHSCORES"), strings({"a", "0", "b", "0"}));
}

TEST_P(ZSetAlgebra, RefuseWrongArguments) {
    EXPECT_EQ(run("ZUNION 0 k"), error("ERR at least 1 input key is needed for 'zunion' command"));
    EXPECT_EQ(run("ZUNIONSTORE d -1 k"),
              error("ERR at least 1 input key is needed for 'zunionstore' command"));
    EXPECT_EQ(run("ZINTER x k"), not_an_integer);
    EXPECT_EQ(run("ZUNION 2 k l WEIGHTS 1 x"), error("ERR weight value is not a float"));
    EXPECT_EQ(run("ZUNION 2 k l WEIGHTS 1 nan"), error("ERR weight value is not a float"));
    EXPECT_EQ(run("ZINTERCARD 1 k LIMIT -1"), error("ERR LIMIT can't be negative"));
    EXPECT_EQ(run("ZINTERCARD 1 k LIMIT x"), error("ERR LIMIT can't be negative"));
    for (const char* line :
         {"ZUNION 3 k l", "ZUNION 2 k l WEIGHTS 1", "ZUNION 2 k l AGGREGATE AVG",
          "ZUNION 2 k l AGGREGATE", "ZUNION 2 k l LIMIT 1", "ZDIFF 2 k l WEIGHTS 1 1",
          "ZDIFF 2 k l AGGREGATE SUM", "ZUNIONSTORE d 2 k l WITHSCORES", "ZINTERCARD 2 k l x",
          "ZINTERCARD 2 k l WITHSCORES", "ZINTERCARD 1 k LIMIT", "ZDIFFSTORE d 2 k l WITHSCORES"})
        EXPECT_EQ(run(line), syntax_error) << line;
}

TEST_P(ZSetAlgebra, NestPairsInProtocol3) {
    protocol = resp::Protocol::resp3;
    EXPECT_EQ(run("ZDIFF 2 k l WITHSCORES"), "*1\r\n*2\r\n$1\r\na\r\n,1\r\n");
}

}  // namespace unit
