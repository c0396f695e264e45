#include "core/memory_size.hpp"

#include <gtest/gtest.h>

#include "core/output_buffer_limits.hpp"

using core::ClientClass;
using core::OutputBufferLimits;
using core::parse_memory_size;

TEST(MemorySize, HasRedisUnitsInAnyCase) {
    EXPECT_EQ(parse_memory_size("0"), 0);
    EXPECT_EQ(parse_memory_size("17"), 17);
    EXPECT_EQ(parse_memory_size("17b"), 17);
    EXPECT_EQ(parse_memory_size("2k"), 2000);
    EXPECT_EQ(parse_memory_size("2KB"), 2048);
    EXPECT_EQ(parse_memory_size("2m"), 2000000);
    EXPECT_EQ(parse_memory_size("2Mb"), 2097152);
    EXPECT_EQ(parse_memory_size("3g"), 3000000000);
    EXPECT_EQ(parse_memory_size("3gb"), 3221225472);
}

TEST(MemorySize, RefusesWhatIsNone) {
    for (const char* text :
         {"", "kb", "-1", "1 kb", "1.5gb", "1tb", "9223372036854775808", "9223372036854775807kb"})
        EXPECT_FALSE(parse_memory_size(text)) << text;
}

TEST(OutputBufferLimits, AreRedisDefaultsUnlessSaid) {
    auto limits = OutputBufferLimits::parse("");
    ASSERT_TRUE(limits);
    EXPECT_EQ(limits->of(ClientClass::normal).hard, 0);
    EXPECT_EQ(limits->of(ClientClass::replica).soft, 64 << 20);
    EXPECT_EQ(limits->of(ClientClass::pubsub).hard, 32 << 20);
    EXPECT_EQ(limits->of(ClientClass::pubsub).soft_seconds, 60);
}

TEST(OutputBufferLimits, AreReadByClass) {
    auto limits = OutputBufferLimits::parse("  NORMAL 1mb 512kb 10\tslave 3 2 1 ");
    ASSERT_TRUE(limits);
    EXPECT_EQ(limits->of(ClientClass::normal).hard, 1 << 20);
    EXPECT_EQ(limits->of(ClientClass::normal).soft, 512 << 10);
    EXPECT_EQ(limits->of(ClientClass::normal).soft_seconds, 10);
    EXPECT_EQ(limits->of(ClientClass::replica).hard, 3);
    EXPECT_EQ(limits->of(ClientClass::pubsub).soft, 8 << 20);
}

TEST(OutputBufferLimits, RefusesWhatIsNotComplete) {
    for (const char* text : {"normal", "normal 0", "normal 0 0 0 pubsub", "master 0 0 0",
                             "normal 0 0 -1", "normal x 0 0", "normal 0 0 0 0"})
        EXPECT_FALSE(OutputBufferLimits::parse(text)) << text;
}
