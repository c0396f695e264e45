#include "core/text.hpp"

#include <gtest/gtest.h>

using core::equals_ignoring_case;

TEST(Text, ChangesTheCaseOfAsciiLettersOnly) {
    EXPECT_EQ(core::to_lower("GetRange-[@`{ \xC4"), "getrange-[@`{ \xC4");
    EXPECT_EQ(core::to_upper("GetRange-[@`{ \xE4"), "GETRANGE-[@`{ \xE4");
}

TEST(Text, ComparesIgnoringCase) {
    EXPECT_TRUE(equals_ignoring_case("KeepTTL", "KEEPTTL"));
    EXPECT_TRUE(equals_ignoring_case("", ""));
    EXPECT_FALSE(equals_ignoring_case("NX", "NXX"));
    EXPECT_FALSE(equals_ignoring_case("NX", "N"));
    EXPECT_FALSE(equals_ignoring_case("NX", core::Bytes("NX\0", 3)));
    EXPECT_FALSE(equals_ignoring_case("@", "`"));  // differ by the bit that makes letters small
}
