// The packed form of small sorted sets.
#include "core/packed_zset.hpp"

#include <cmath>
#include <cstring>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

using core::Bytes;
using core::PackedZSet;

namespace {

const std::string empty("\0\0", 2);

std::string text(const std::string& value, bool forward = true) {
    std::string text;
    auto visit = [&](const PackedZSet::Member& member) {
        text +=
            std::string(member.name) + "=" + std::to_string(static_cast<int>(member.score)) + " ";
        return true;
    };
    if (forward)
        PackedZSet(value).forward(visit);
    else
        PackedZSet(value).backward(visit);
    return text;
}

}  // namespace

TEST(PackedZSet, KeepsTheOrder) {
    std::string value = empty;
    PackedZSet::insert(value, {2, "b"});
    PackedZSet::insert(value, {1, "z"});
    PackedZSet::insert(value, {2, "a"});
    PackedZSet::insert(value, {-INFINITY, "last"});
    PackedZSet::insert(value, {2, ""});
    EXPECT_EQ(PackedZSet(value).size(), 5);
    EXPECT_EQ(text(value).substr(text(value).find(' ')), " z=1 =2 a=2 b=2 ");
    PackedZSet::erase(value, *PackedZSet(value).find("last"));
    EXPECT_EQ(text(value), "z=1 =2 a=2 b=2 ");
    EXPECT_EQ(text(value, false), "b=2 a=2 =2 z=1 ");
}

TEST(PackedZSet, FindsMembers) {
    std::string value = empty;
    EXPECT_FALSE(PackedZSet(value).find("a"));
    PackedZSet::insert(value, {1.5, "a"});
    PackedZSet::insert(value, {-0.0, Bytes("a\0b", 3)});
    EXPECT_EQ(PackedZSet(value).find("a")->score, 1.5);
    EXPECT_TRUE(std::signbit(PackedZSet(value).find(Bytes("a\0b", 3))->score));
    EXPECT_FALSE(PackedZSet(value).find("b"));
    EXPECT_FALSE(PackedZSet(value).find(""));
}

TEST(PackedZSet, EndsAWalkWhereAsked) {
    std::string value = empty;
    for (const char* name : {"a", "b", "c"})
        PackedZSet::insert(value, {0, name});
    int visits = 0;
    auto visit = [&](const PackedZSet::Member&) {
        return ++visits < 2;
    };
    PackedZSet(value).forward(visit);
    EXPECT_EQ(visits, 2);
    visits = 0;
    PackedZSet(value).backward(visit);
    EXPECT_EQ(visits, 2);
}

TEST(PackedZSet, RefusesMoreThanItHolds) {
    std::string value = empty;
    EXPECT_THROW(PackedZSet::insert(value, {0, std::string(256, 'x')}), std::logic_error);
    for (int i = 0; i < 255; i++)
        PackedZSet::insert(value, {0, std::to_string(i)});
    EXPECT_THROW(PackedZSet::insert(value, {0, "x"}), std::logic_error);
    EXPECT_EQ(PackedZSet(value).size(), 255);
}

TEST(PackedZSet, RaisesWhatIsCorrupt) {
    EXPECT_THROW(PackedZSet(""), std::runtime_error);
    EXPECT_THROW(PackedZSet(Bytes("\0", 1)), std::runtime_error);
    std::string value = empty;
    PackedZSet::insert(value, {1, "name"});
    PackedZSet::insert(value, {2, "other"});
    // Copied to their exact size, so that AddressSanitizer sees a read past the end.
    for (size_t size = 2; size < value.size(); size++) {
        std::vector<char> cut(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(size));
        PackedZSet packed(Bytes(cut.data(), cut.size()));
        auto visit = [](const PackedZSet::Member&) {
            return true;
        };
        EXPECT_THROW(packed.forward(visit), std::runtime_error) << size;
        EXPECT_THROW(packed.backward(visit), std::runtime_error) << size;
        EXPECT_THROW(packed.find("none"), std::runtime_error) << size;
    }
    std::string not_a_number = value;
    double nan = NAN;
    std::memcpy(not_a_number.data() + 3, &nan, sizeof(nan));
    EXPECT_THROW(PackedZSet(not_a_number).find("none"), std::runtime_error);
}
