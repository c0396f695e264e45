// Scores, as they are read and written.
#include "core/score.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include <gtest/gtest.h>

using core::format_score;
using core::parse_score;
using core::parse_score_bound;

TEST(Score, IsReadAsStrtodDoes) {
    EXPECT_EQ(parse_score("0"), 0);
    EXPECT_EQ(parse_score("-1.5"), -1.5);
    EXPECT_EQ(parse_score("+5"), 5);
    EXPECT_EQ(parse_score(".5"), 0.5);
    EXPECT_EQ(parse_score("5."), 5);
    EXPECT_EQ(parse_score("1e3"), 1000);
    EXPECT_EQ(parse_score("0x10"), 16);
    EXPECT_EQ(parse_score("inf"), INFINITY);
    EXPECT_EQ(parse_score("+inf"), INFINITY);
    EXPECT_EQ(parse_score("-Infinity"), -INFINITY);
    EXPECT_EQ(parse_score("4.9e-324"), std::numeric_limits<double>::denorm_min());
    EXPECT_TRUE(std::signbit(*parse_score("-0")));
}

TEST(Score, IsRefused) {
    for (const char* text : {"", " 5", "5 ", "nan", "NaN(1)", "abc", "1e", "1e400", "-1e400",
                             "1e-400", "--1", "+-1", "1,5", "\t1"})
        EXPECT_EQ(parse_score(text), std::nullopt) << text;
    EXPECT_EQ(parse_score(std::string_view("1\0", 2)), std::nullopt);
}

TEST(Score, IsReadMoreFreelyAsABound) {
    EXPECT_EQ(parse_score_bound(""), 0);
    EXPECT_EQ(parse_score_bound(" 1"), 1);
    EXPECT_EQ(parse_score_bound("1e400"), INFINITY);
    EXPECT_EQ(parse_score_bound("1e-400"), 0);
    EXPECT_EQ(parse_score_bound("+inf"), INFINITY);
    EXPECT_EQ(parse_score_bound("1.5"), 1.5);
    for (const char* text : {" ", "1 ", "nan", "abc", "(1"})
        EXPECT_EQ(parse_score_bound(text), std::nullopt) << text;
}

TEST(Score, IsWrittenAsAnIntegerWhereItIsOne) {
    EXPECT_EQ(format_score(0), "0");
    EXPECT_EQ(format_score(-0.0), "-0");
    EXPECT_EQ(format_score(3), "3");
    EXPECT_EQ(format_score(-17), "-17");
    EXPECT_EQ(format_score(1e15), "1000000000000000");
    EXPECT_EQ(format_score(9007199254740993), "9007199254740992");
    EXPECT_EQ(format_score(4611686018427387904.0), "4611686018427387904");
    EXPECT_EQ(format_score(-4611686018427387904.0), "-4611686018427387904");
    EXPECT_EQ(format_score(1e18), "1000000000000000000");
    EXPECT_EQ(format_score(4611686018427388928.0), "4611686018427389000");
    EXPECT_EQ(format_score(12345678901234567890.0), "12345678901234567000");
    EXPECT_EQ(format_score(1e19), "1e+19");
    EXPECT_EQ(format_score(-1e20), "-1e+20");
    EXPECT_EQ(format_score(1.5e300), "1.5e+300");
}

TEST(Score, IsWrittenWithAsFewDigitsAsDo) {
    EXPECT_EQ(format_score(3.1), "3.1");
    EXPECT_EQ(format_score(-0.1), "-0.1");
    EXPECT_EQ(format_score(0.1 + 0.2), "0.30000000000000004");
    EXPECT_EQ(format_score(100.25), "100.25");
    EXPECT_EQ(format_score(1.0 / 3), "0.3333333333333333");
    EXPECT_EQ(format_score(0.0001), "0.0001");
    EXPECT_EQ(format_score(0.000001), "0.000001");
    EXPECT_EQ(format_score(0.0000001), "1e-7");
    EXPECT_EQ(format_score(0.000015), "0.000015");
    EXPECT_EQ(format_score(0.0000015), "1.5e-6");
    EXPECT_EQ(format_score(1.5e-8), "1.5e-8");
    EXPECT_EQ(format_score(1703950487.6543), "1703950487.6543");
    EXPECT_EQ(format_score(1234.5678901234), "1234.5678901234");
    EXPECT_EQ(format_score(36000.1234567), "3.60001234567e+4");
    EXPECT_EQ(format_score(std::numeric_limits<double>::denorm_min()), "5e-324");
    EXPECT_EQ(format_score(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
}

TEST(Score, IsWrittenIfInfinite) {
    EXPECT_EQ(format_score(INFINITY), "inf");
    EXPECT_EQ(format_score(-INFINITY), "-inf");
}

TEST(Score, ReadsBackAsItWasWritten) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 100'000; i++) {
        uint64_t bits = random();
        double value;
        std::memcpy(&value, &bits, sizeof(value));
        if (i % 2 == 0)
            value = static_cast<double>(static_cast<int64_t>(bits % 2'000'001) - 1'000'000) / 1000;
        if (std::isnan(value))
            continue;
        EXPECT_EQ(parse_score(format_score(value)), value);
    }
}
