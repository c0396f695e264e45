// Commands that read lists, or change what lies between their ends.
#include "list_session.hpp"

namespace unit {

using Lists = ListTest;
IN_BOTH_FORMS(Lists);

TEST_P(Lists, Llen) {
    make("l a b c");
    EXPECT_EQ(call("LLEN l"), integer(3));
    EXPECT_EQ(call("LLEN missing"), integer(0));
    EXPECT_EQ(call("LLEN string"), wrong_type);
}

TEST_P(Lists, Lindex) {
    make("l a b c");
    EXPECT_EQ(call("LINDEX l 0"), bulk("a"));
    EXPECT_EQ(call("LINDEX l 2"), bulk("c"));
    EXPECT_EQ(call("LINDEX l 3"), null);
    EXPECT_EQ(call("LINDEX l -1"), bulk("c"));
    EXPECT_EQ(call("LINDEX l -3"), bulk("a"));
    EXPECT_EQ(call("LINDEX l -4"), null);
    EXPECT_EQ(call("LINDEX l 9223372036854775807"), null);
    EXPECT_EQ(call("LINDEX l -9223372036854775808"), null);
    EXPECT_EQ(call("LINDEX missing 0"), null);
}

TEST_P(Lists, LindexLooksAtTheIndexLast) {
    make("l a");
    EXPECT_EQ(call("LINDEX l abc"), not_an_integer);
    EXPECT_EQ(call("LINDEX missing abc"), null);
    EXPECT_EQ(call("LINDEX string abc"), wrong_type);
}

TEST_P(Lists, Lrange) {
    make("l a b c d e");
    EXPECT_EQ(call("LRANGE l 0 -1"), strings({"a", "b", "c", "d", "e"}));
    EXPECT_EQ(call("LRANGE l 1 3"), strings({"b", "c", "d"}));
    EXPECT_EQ(call("LRANGE l -2 -1"), strings({"d", "e"}));
    EXPECT_EQ(call("LRANGE l -100 100"), strings({"a", "b", "c", "d", "e"}));
    EXPECT_EQ(call("LRANGE l -100 0"), strings({"a"}));
    EXPECT_EQ(call("LRANGE l 4 9223372036854775807"), strings({"e"}));
    EXPECT_EQ(call("LRANGE l -9223372036854775808 1"), strings({"a", "b"}));
    EXPECT_EQ(call("LRANGE l 3 2"), strings({}));
    EXPECT_EQ(call("LRANGE l 5 10"), strings({}));
    EXPECT_EQ(call("LRANGE l -100 -90"), strings({}));
    EXPECT_EQ(call("LRANGE missing 0 -1"), strings({}));
}

TEST_P(Lists, LrangeChecksNumbersFirst) {
    EXPECT_EQ(call("LRANGE string a 0"), not_an_integer);
    EXPECT_EQ(call("LRANGE missing 0 a"), not_an_integer);
    EXPECT_EQ(call("LRANGE string 0 1"), wrong_type);
}

TEST_P(Lists, Lset) {
    make("l a b c");
    run("EXPIRE l 10");
    EXPECT_EQ(call("LSET l 0 A"), ok);
    EXPECT_EQ(call("LSET l -1 C"), ok);
    EXPECT_EQ(call("LSET l 1 ''"), ok);
    EXPECT_EQ(all("l"), strings({"A", "", "C"}));
    EXPECT_EQ(call({"LSET", "l", "1", std::string(100000, 'x')}), ok);
    EXPECT_EQ(all("l"), strings({"A", std::string(100000, 'x'), "C"}));
    EXPECT_EQ(call("TTL l"), integer(10));
}

TEST_P(Lists, LsetLooksAtTheKeyFirst) {
    make("l a b c");
    EXPECT_EQ(call("LSET l 3 x"), error("ERR index out of range"));
    EXPECT_EQ(call("LSET l -4 x"), error("ERR index out of range"));
    EXPECT_EQ(call("LSET l -9223372036854775808 x"), error("ERR index out of range"));
    EXPECT_EQ(call("LSET l abc x"), not_an_integer);
    EXPECT_EQ(call("LSET missing abc x"), error("ERR no such key"));
    EXPECT_EQ(call("LSET missing 0 x"), error("ERR no such key"));
    EXPECT_EQ(call("LSET string abc x"), wrong_type);
}

TEST_P(Lists, Linsert) {
    make("l a b c d");
    run("EXPIRE l 10");
    EXPECT_EQ(call("LINSERT l BEFORE b x"), integer(5));
    EXPECT_EQ(call("LINSERT l after c y"), integer(6));
    EXPECT_EQ(all("l"), strings({"a", "x", "b", "c", "y", "d"}));
    EXPECT_EQ(call("LINSERT l before a first"), integer(7));
    EXPECT_EQ(call("LINSERT l after d last"), integer(8));
    EXPECT_EQ(all("l"), strings({"first", "a", "x", "b", "c", "y", "d", "last"}));
    EXPECT_EQ(call("TTL l"), integer(10));
}

TEST_P(Lists, LinsertTakesTheFirstPivot) {
    make("l a b a");
    EXPECT_EQ(call("LINSERT l BEFORE a x"), integer(4));
    EXPECT_EQ(call({"LINSERT", "l", "AFTER", "a", long_item()}), integer(5));
    EXPECT_EQ(all("l"), strings({"x", "a", long_item(), "b", "a"}));
    EXPECT_TRUE(in_rows("l"));
}

TEST_P(Lists, LinsertWithoutAPivot) {
    make("l a");
    EXPECT_EQ(call("LINSERT l BEFORE z x"), integer(-1));
    EXPECT_EQ(all("l"), strings({"a"}));
    EXPECT_EQ(call("LINSERT missing BEFORE a x"), integer(0));
    EXPECT_EQ(call("EXISTS missing"), integer(0));
    EXPECT_EQ(call("LINSERT string beside a x"), syntax_error);
    EXPECT_EQ(call("LINSERT missing beside a x"), syntax_error);
    EXPECT_EQ(call("LINSERT string BEFORE a x"), wrong_type);
}

TEST_P(Lists, Lrem) {
    make("l x a x b x c x");
    EXPECT_EQ(call("LREM l 1 x"), integer(1));
    EXPECT_EQ(all("l"), strings({"a", "x", "b", "x", "c", "x"}));
    EXPECT_EQ(call("LREM l -2 x"), integer(2));
    EXPECT_EQ(all("l"), strings({"a", "x", "b", "c"}));
    EXPECT_EQ(call("LREM l 0 z"), integer(0));
    EXPECT_EQ(call("LREM l 5 x"), integer(1));
    EXPECT_EQ(all("l"), strings({"a", "b", "c"}));
}

TEST_P(Lists, LremOfAllOrAlmostAll) {
    make("l x x a x x x");
    EXPECT_EQ(call("LREM l 0 x"), integer(5));
    EXPECT_EQ(all("l"), strings({"a"}));
    EXPECT_EQ(call("LREM l -9223372036854775808 a"), integer(1));
    EXPECT_EQ(call("EXISTS l"), integer(0));
}

TEST_P(Lists, LremChecksTheCountFirst) {
    EXPECT_EQ(call("LREM string abc a"), not_an_integer);
    EXPECT_EQ(call("LREM string 0 a"), wrong_type);
    EXPECT_EQ(call("LREM missing 0 a"), integer(0));
}

TEST_P(Lists, Ltrim) {
    make("l a b c d e f g h");
    run("EXPIRE l 10");
    EXPECT_EQ(call("LTRIM l 0 -1"), ok);
    EXPECT_EQ(call("LTRIM l 1 -2"), ok);
    EXPECT_EQ(all("l"), strings({"b", "c", "d", "e", "f", "g"}));
    EXPECT_EQ(call("LTRIM l 2 3"), ok);
    EXPECT_EQ(all("l"), strings({"d", "e"}));
    EXPECT_EQ(call("LTRIM l -100 100"), ok);
    EXPECT_EQ(all("l"), strings({"d", "e"}));
    EXPECT_EQ(call("TTL l"), integer(10));
    EXPECT_EQ(call("LTRIM l -1 -1"), ok);
    EXPECT_EQ(all("l"), strings({"e"}));
    EXPECT_EQ(call("LTRIM l 1 0"), ok);
    EXPECT_EQ(call("EXISTS l"), integer(0));
}

TEST_P(Lists, LtrimOfNothing) {
    for (const char* range : {"3 9", "2 1", "-1 -2", "-100 -90", "9223372036854775807 0"}) {
        make("l a b c");
        EXPECT_EQ(call("LTRIM l " + std::string(range)), ok);
        EXPECT_EQ(call("EXISTS l"), integer(0)) << range;
    }
    EXPECT_EQ(call("LTRIM missing 0 0"), ok);
    EXPECT_EQ(call("LTRIM string a 0"), not_an_integer);
    EXPECT_EQ(call("LTRIM string 0 a"), not_an_integer);
    EXPECT_EQ(call("LTRIM string 0 0"), wrong_type);
}

TEST_P(Lists, Lpos) {
    make("l a b c 1 2 3 c c");
    EXPECT_EQ(call("LPOS l c"), integer(2));
    EXPECT_EQ(call("LPOS l c RANK 2"), integer(6));
    EXPECT_EQ(call("LPOS l c RANK -1"), integer(7));
    EXPECT_EQ(call("LPOS l c RANK -3"), integer(2));
    EXPECT_EQ(call("LPOS l c RANK 4"), null);
    EXPECT_EQ(call("LPOS l c RANK -4"), null);
    EXPECT_EQ(call("LPOS l z"), null);
    EXPECT_EQ(call("LPOS missing c"), null);
}

TEST_P(Lists, LposWithCount) {
    make("l a b c 1 2 3 c c");
    auto integers = [](std::initializer_list<int> values) {
        std::string reply = "*" + std::to_string(values.size()) + "\r\n";
        for (int value : values)
            reply += integer(value);
        return reply;
    };
    EXPECT_EQ(call("LPOS l c COUNT 2"), integers({2, 6}));
    EXPECT_EQ(call("LPOS l c COUNT 0"), integers({2, 6, 7}));
    EXPECT_EQ(call("LPOS l c RANK -1 COUNT 2"), integers({7, 6}));
    EXPECT_EQ(call("LPOS l c count 0 rank 2"), integers({6, 7}));
    EXPECT_EQ(call("LPOS l c COUNT 1 RANK 3 MAXLEN 8"), integers({7}));
    EXPECT_EQ(call("LPOS l c COUNT 2 COUNT 0"), integers({2, 6, 7}));
    EXPECT_EQ(call("LPOS l z COUNT 0"), integers({}));
    EXPECT_EQ(call("LPOS missing c COUNT 0"), integers({}));
}

TEST_P(Lists, LposWithMaxlen) {
    make("l a b c 1 2 3 c c");
    EXPECT_EQ(call("LPOS l c MAXLEN 2"), null);
    EXPECT_EQ(call("LPOS l c MAXLEN 3"), integer(2));
    EXPECT_EQ(call("LPOS l c MAXLEN 0"), integer(2));
    EXPECT_EQ(call("LPOS l c MAXLEN 9223372036854775807"), integer(2));
    EXPECT_EQ(call("LPOS l c RANK -1 MAXLEN 1"), integer(7));
    EXPECT_EQ(call("LPOS l b RANK -1 MAXLEN 6"), null);
    EXPECT_EQ(call("LPOS l b RANK -1 MAXLEN 7"), integer(1));
}

TEST_P(Lists, LposChecksItsOptionsFirst) {
    EXPECT_EQ(call("LPOS string a RANK 0"),
              error("ERR RANK can't be zero: use 1 to start from the first match, 2 from the "
                    "second ... or use negative to start from the end of the list"));
    EXPECT_EQ(call("LPOS string a RANK abc"), not_an_integer);
    EXPECT_EQ(call("LPOS string a RANK -9223372036854775808"),
              error("ERR value is out of range, value must between -9223372036854775807 and "
                    "9223372036854775807"));
    EXPECT_EQ(call("LPOS string a COUNT -1"), error("ERR COUNT can't be negative"));
    EXPECT_EQ(call("LPOS string a COUNT abc"), error("ERR COUNT can't be negative"));
    EXPECT_EQ(call("LPOS string a MAXLEN -1"), error("ERR MAXLEN can't be negative"));
    EXPECT_EQ(call("LPOS string a MAXLEN abc"), error("ERR MAXLEN can't be negative"));
    EXPECT_EQ(call("LPOS string a RANK"), syntax_error);
    EXPECT_EQ(call("LPOS string a FIRST 1"), syntax_error);
    EXPECT_EQ(call("LPOS string a"), wrong_type);
}

}  // namespace unit
