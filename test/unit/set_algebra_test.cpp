// Intersections, unions and differences of sets, packed and in rows.
#include "both_forms.hpp"

namespace unit {

namespace {

class SetAlgebra : public BothForms {};

INSTANTIATE_BOTH_FORMS(SetAlgebra);

}  // namespace

TEST_P(SetAlgebra, Combines) {
    make_set("a", "1 2 3 x y");
    make_set("b", "2 3 4 x");
    make_set("c", "3 x z");
    EXPECT_EQ(texts(run("SINTER a b c")), (Texts{"3", "x"}));
    EXPECT_EQ(texts(run("SUNION a b c")), (Texts{"1", "2", "3", "4", "x", "y", "z"}));
    EXPECT_EQ(texts(run("SDIFF a b c")), (Texts{"1", "y"}));
    EXPECT_EQ(run("SDIFF c a b"), strings({"z"}));
    protocol = resp::Protocol::resp3;
    for (const char* command : {"SINTER a b", "SUNION a", "SDIFF a c", "SINTER missing"})
        EXPECT_TRUE(run(command).starts_with("~")) << command;
}

TEST_P(SetAlgebra, TakesASetAlone) {
    make_set("a", "1 2");
    for (const char* command : {"SINTER a", "SUNION a", "SDIFF a", "SINTER a a", "SUNION a a"})
        EXPECT_EQ(texts(run(command)), (Texts{"1", "2"})) << command;
    EXPECT_EQ(run("SDIFF a a"), strings({}));
}

TEST_P(SetAlgebra, TakesMissingKeysAsEmpty) {
    make_set("a", "1 2");
    EXPECT_EQ(run("SINTER a missing"), strings({}));
    EXPECT_EQ(texts(run("SUNION missing a")), (Texts{"1", "2"}));
    EXPECT_EQ(texts(run("SDIFF a missing")), (Texts{"1", "2"}));
    EXPECT_EQ(run("SDIFF missing a"), strings({}));
}

TEST_P(SetAlgebra, Stores) {
    make_set("a", "1 2 3");
    make_set("b", "2 3 4");
    run("SET d text EX 10");
    EXPECT_EQ(run("SINTERSTORE d a b"), integer(2));
    EXPECT_EQ(texts(run("SMEMBERS d")), (Texts{"2", "3"}));
    EXPECT_EQ(run("TTL d"), integer(-1));
    EXPECT_EQ(run("SUNIONSTORE d a b a"), integer(4));
    EXPECT_EQ(texts(run("SMEMBERS d")), (Texts{"1", "2", "3", "4"}));
    EXPECT_EQ(run("SDIFFSTORE d a b"), integer(1));
    EXPECT_EQ(run("SMEMBERS d"), strings({"1"}));
}

TEST_P(SetAlgebra, StoresOntoASource) {
    make_set("a", "1 2 3");
    make_set("b", "2 3 4");
    run("EXPIRE a 10");
    EXPECT_EQ(run("SUNIONSTORE a a b"), integer(4));
    EXPECT_EQ(texts(run("SMEMBERS a")), (Texts{"1", "2", "3", "4"}));
    EXPECT_EQ(run("TTL a"), integer(-1));
    EXPECT_EQ(run("SDIFFSTORE b a b"), integer(1));
    EXPECT_EQ(run("SMEMBERS b"), strings({"1"}));
    EXPECT_EQ(run("SINTERSTORE a a a"), integer(4));
    EXPECT_EQ(run("SDIFFSTORE a a a"), integer(0));
    EXPECT_EQ(run("EXISTS a"), integer(0));
}

TEST_P(SetAlgebra, StoresNothing) {
    make_set("a", "1 2 3");
    run("SET d text");
    EXPECT_EQ(run("SINTERSTORE d a missing"), integer(0));
    EXPECT_EQ(run("EXISTS d"), integer(0));
    EXPECT_EQ(run("SUNIONSTORE d missing"), integer(0));
    EXPECT_EQ(run("SDIFFSTORE a missing a"), integer(0));
    EXPECT_EQ(run("EXISTS a"), integer(0));
    EXPECT_TRUE(store.elements.empty());
}

TEST_P(SetAlgebra, RefusesOtherTypes) {
    make_set("a", "1 2 3");
    run("SET k v");
    for (const char* command :
         {"SINTER a k", "SINTER missing k", "SUNION a k", "SDIFF missing k", "SINTERSTORE a a k",
          "SINTERSTORE a missing k", "SUNIONSTORE k k", "SDIFFSTORE a a k", "SINTERCARD 2 a k"})
        EXPECT_EQ(run(command), wrong_type) << command;
    EXPECT_EQ(run("SCARD a"), integer(3));
    EXPECT_EQ(run("GET k"), bulk("v"));
}

TEST_P(SetAlgebra, Counts) {
    make_set("a", "1 2 3");
    make_set("b", "2 3 4");
    EXPECT_EQ(run("SINTERCARD 2 a b"), integer(2));
    EXPECT_EQ(run("SINTERCARD 1 a"), integer(3));
    EXPECT_EQ(run("SINTERCARD 2 a missing"), integer(0));
    EXPECT_EQ(run("SINTERCARD 2 a b LIMIT 1"), integer(1));
    EXPECT_EQ(run("SINTERCARD 2 a b limit 5"), integer(2));
    EXPECT_EQ(run("SINTERCARD 2 a b LIMIT 0"), integer(2));
    EXPECT_EQ(run("SINTERCARD 2 a b LIMIT 1 LIMIT 0"), integer(2));
}

TEST_P(SetAlgebra, ChecksWhatItCounts) {
    for (const char* keys : {"0 a", "-1 a", "x a", "9223372036854775808 a"})
        EXPECT_EQ(run(std::string("SINTERCARD ") + keys),
                  error("ERR numkeys should be greater than 0"));
    EXPECT_EQ(run("SINTERCARD 2 a"),
              error("ERR Number of keys can't be greater than number of args"));
    EXPECT_EQ(run("SINTERCARD 1 a foo"), syntax_error);
    EXPECT_EQ(run("SINTERCARD 1 a LIMIT"), syntax_error);
    EXPECT_EQ(run("SINTERCARD 1 a LIMIT -1"), error("ERR LIMIT can't be negative"));
    EXPECT_EQ(run("SINTERCARD 1 a LIMIT x"), error("ERR LIMIT can't be negative"));
}

TEST_P(SetAlgebra, AsksTheLargeForTheMembersOfTheSmall) {
    std::string many;
    for (int i = 0; i < 3000; i++)
        many += " m" + std::to_string(i);
    run("SADD large" + many);
    make_set("small", "m5 m6 z");
    store.elements.reads = 0;
    EXPECT_EQ(texts(run("SINTER large small")), (Texts{"m5", "m6"}));
    EXPECT_LE(store.elements.reads, 6U);
    EXPECT_EQ(texts(run("SDIFF large small")).size(), 2998U);
    EXPECT_EQ(run("SUNIONSTORE small large small"), integer(3001));
    EXPECT_EQ(run("SINTERCARD 2 small large LIMIT 2000"), integer(2000));
}

}  // namespace unit
