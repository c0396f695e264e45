// Who fails waits.
#include "server/slowdown.hpp"

#include <gtest/gtest.h>

using server::network_of;
using server::Slowdown;

namespace {

constexpr Slowdown::Pace strict = {0, 100, 2000};

TEST(Slowdown, NobodyWaitsAtFirst) {
    Slowdown slowdown(strict);
    EXPECT_EQ(slowdown.wait("a", 0), 0);
    EXPECT_EQ(slowdown.size(), 0u);
}

TEST(Slowdown, EveryFailureDoublesTheWaitToALimit) {
    Slowdown slowdown(strict);
    int64_t now = 1000;
    for (int64_t wait : {100, 200, 400, 800, 1600, 2000, 2000}) {
        slowdown.failed("a", now);
        EXPECT_EQ(slowdown.wait("a", now), wait);
        EXPECT_EQ(slowdown.wait("a", now + wait - 1), 1);
        now += wait;
        EXPECT_EQ(slowdown.wait("a", now), 0);
    }
    EXPECT_EQ(slowdown.wait("b", now), 0) << "others do not wait";
}

TEST(Slowdown, ALongRowOfFailuresDoesNotOverflow) {
    Slowdown slowdown({0, 100, INT64_MAX / 4});
    for (int i = 0; i < 1000; i++)
        slowdown.failed("a", 0);
    EXPECT_EQ(slowdown.wait("a", 0), INT64_MAX / 4);
}

TEST(Slowdown, SomeFailuresAreFree) {
    Slowdown slowdown({2, 100, 2000});
    slowdown.failed("a", 0);
    slowdown.failed("a", 0);
    EXPECT_EQ(slowdown.wait("a", 0), 0);
    slowdown.failed("a", 0);
    EXPECT_EQ(slowdown.wait("a", 0), 100);
}

TEST(Slowdown, SuccessAndTimeForgive) {
    Slowdown slowdown(strict);
    slowdown.failed("a", 0);
    slowdown.failed("a", 0);
    slowdown.succeeded("a");
    EXPECT_EQ(slowdown.wait("a", 0), 0);
    slowdown.failed("a", 0);
    EXPECT_EQ(slowdown.wait("a", 0), 100) << "counted from the beginning";

    slowdown.failed("b", 0);
    slowdown.failed("b", 100 + Slowdown::forgotten_after);
    EXPECT_EQ(slowdown.wait("b", 100 + Slowdown::forgotten_after), 200);
    int64_t later = 100 + Slowdown::forgotten_after + 200 + Slowdown::forgotten_after + 1;
    slowdown.failed("b", later);
    EXPECT_EQ(slowdown.wait("b", later), 100);
}

TEST(Slowdown, ForgetsWhoWaitedLeastRatherThanGrow) {
    Slowdown slowdown(strict);
    for (size_t i = 0; i < Slowdown::most_entries; i++)
        slowdown.failed(std::to_string(i), i == 7 ? 0 : 1000);
    slowdown.failed("one more", 1000);
    EXPECT_EQ(slowdown.size(), Slowdown::most_entries);
    EXPECT_EQ(slowdown.wait("7", 0), 0);
    EXPECT_EQ(slowdown.wait("8", 1000), 100);
    EXPECT_EQ(slowdown.wait("one more", 1000), 100);
}

TEST(NetworkOf, IsTheAddressOrTheHalfOfIPv6) {
    EXPECT_EQ(network_of("10.1.2.3"), "10.1.2.3");
    EXPECT_EQ(network_of(""), "");
    EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    EXPECT_EQ(network_of("2001:db8:1:2:ffff::1"), "2001:db8:1:2::/64");
    EXPECT_NE(network_of("2001:db8:1:3::1"), network_of("2001:db8:1:2::1"));
    EXPECT_NE(network_of("::ffff:10.1.2.3"), network_of("::ffff:10.1.2.4"));
}

}  // namespace
