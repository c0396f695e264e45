#include "core/number.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

using core::Bytes;
using core::format_long_double;
using core::parse_integer;
using core::parse_integer32;
using core::parse_long_double;

TEST(ParseInteger, TakesTheWholeRange) {
    EXPECT_EQ(parse_integer("0"), 0);
    EXPECT_EQ(parse_integer("10"), 10);
    EXPECT_EQ(parse_integer("-7"), -7);
    EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<int64_t>::max());
    EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<int64_t>::min());
}

TEST(ParseInteger, TakesOneFormOnly) {
    for (Bytes text :
         {"", "-", "+1", " 1", "1 ", "01", "-01", "-0", "00", "1.0", "0x1", "1e3", "--1",
          "9223372036854775808", "-9223372036854775809", "100000000000000000000000"})
        EXPECT_EQ(parse_integer(text), std::nullopt) << text;
    EXPECT_EQ(parse_integer(Bytes("1\0", 2)), std::nullopt);
}

TEST(ParseInteger, KnowsNarrowerNumbers) {
    EXPECT_EQ(parse_integer32("2147483647"), 2147483647);
    EXPECT_EQ(parse_integer32("-2147483648"), std::numeric_limits<int32_t>::min());
    EXPECT_EQ(parse_integer32("2147483648"), std::nullopt);
    EXPECT_EQ(parse_integer32("-2147483649"), std::nullopt);
    EXPECT_EQ(parse_integer32("x"), std::nullopt);
}

TEST(IntegerText, WritesTheWholeRange) {
    EXPECT_EQ(core::IntegerText(0).bytes(), "0");
    EXPECT_EQ(core::IntegerText(std::numeric_limits<int64_t>::max()).bytes(),
              "9223372036854775807");
    EXPECT_EQ(core::IntegerText(std::numeric_limits<int64_t>::min()).bytes(),
              "-9223372036854775808");
}

TEST(ParseLongDouble, TakesWhatRedisTakes) {
    EXPECT_EQ(parse_long_double("10.5"), 10.5L);
    EXPECT_EQ(parse_long_double("+1"), 1.0L);
    EXPECT_EQ(parse_long_double("-.5"), -0.5L);
    EXPECT_EQ(parse_long_double("5."), 5.0L);
    EXPECT_EQ(parse_long_double("1e3"), 1000.0L);
    EXPECT_EQ(parse_long_double("0x10"), 16.0L);
    EXPECT_EQ(parse_long_double("-inf"), -std::numeric_limits<long double>::infinity());
    EXPECT_EQ(parse_long_double("Infinity"), std::numeric_limits<long double>::infinity());
}

TEST(ParseLongDouble, RefusesTheRest) {
    for (Bytes text :
         {"", " 1", "1 ", "\t1", "abc", "1a", "nan", "-nan", "1e5000", "-1e5000", "1e-5000"})
        EXPECT_EQ(parse_long_double(text), std::nullopt) << text;
    EXPECT_EQ(parse_long_double(Bytes("1\0", 2)), std::nullopt);
    EXPECT_EQ(parse_long_double(std::string(5119, '0')), 0.0L);
    EXPECT_EQ(parse_long_double(std::string(5120, '0')), std::nullopt);
}

TEST(FormatLongDouble, CutsZeros) {
    EXPECT_EQ(format_long_double(0.0L), "0");
    EXPECT_EQ(format_long_double(-0.0L), "0");
    EXPECT_EQ(format_long_double(100.0L), "100");
    EXPECT_EQ(format_long_double(10.5L), "10.5");
    EXPECT_EQ(format_long_double(-0.1L), "-0.1");
    EXPECT_EQ(format_long_double(3.0e3L), "3000");
    EXPECT_EQ(format_long_double(1e-17L), "0.00000000000000001");
    EXPECT_EQ(format_long_double(1e-20L), "0");
    EXPECT_EQ(format_long_double(-1e-20L), "0");
}

TEST(FormatLongDouble, WritesTheLargest) {
    std::string text = format_long_double(std::numeric_limits<long double>::max());
    EXPECT_EQ(text.size(), 4933U);
    EXPECT_EQ(parse_long_double(text), std::numeric_limits<long double>::max());
}
