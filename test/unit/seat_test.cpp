// How many clients a role has.
#include "server/seat.hpp"

#include <gtest/gtest.h>

using server::Seat;
using server::Seats;

namespace {

TEST(Seat, IsTakenWhileItLives) {
    Seats seats;
    {
        Seat first({1, "alice"}, seats);
        Seat second({1, "alice"}, seats);
        Seat third({2, "bob"}, seats);
        EXPECT_TRUE(first);
        EXPECT_EQ(first.role().name, "alice");
        EXPECT_EQ(seats.taken(1), 2);
        EXPECT_EQ(seats.taken(2), 1);
        EXPECT_EQ(seats.taken(), 3);
    }
    EXPECT_EQ(seats.taken(1), 0);
    EXPECT_EQ(seats.taken(2), 0);
    EXPECT_EQ(seats.taken(), 0);
}

TEST(Seat, MovesAndIsExchanged) {
    Seats seats;
    Seat seat;
    EXPECT_FALSE(seat);
    seat = Seat({1, "alice"}, seats);
    EXPECT_EQ(seats.taken(1), 1);
    Seat moved(std::move(seat));
    EXPECT_EQ(seats.taken(1), 1);
    moved = Seat({2, "bob"}, seats);
    EXPECT_EQ(seats.taken(1), 0);
    EXPECT_EQ(moved.role().oid, 2u);
    moved = Seat();
    EXPECT_EQ(seats.taken(), 0);
}

}  // namespace
