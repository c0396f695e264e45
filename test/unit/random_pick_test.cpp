#include "type/random_pick.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <stdexcept>
#include <vector>

#include "memory_store.hpp"

#include <gtest/gtest.h>

namespace unit {

namespace {

// How far counts are from what is expected if all are equally likely.
double chi_squared(const std::vector<int>& counts) {
    double total = 0;
    for (int count : counts)
        total += count;
    double expected = total / static_cast<double>(counts.size());
    double sum = 0;
    for (int count : counts)
        sum += (count - expected) * (count - expected) / expected;
    return sum;
}

// What chi squared exceeds with a probability of 0.001, by Wilson and Hilferty.
double too_unfair(size_t choices) {
    auto degrees = static_cast<double>(choices - 1);
    double part = 2 / (9 * degrees);
    return degrees * std::pow(1 - part + 3.09 * std::sqrt(part), 3);
}

// Elements that have a hash each, and a number.
class Elements {
public:
    Elements(size_t size, uint64_t slots) : slots_(slots) {
        std::mt19937_64 generator(7);
        while (by_hash_.size() < size)
            by_hash_.emplace(generator() % store::max_hash + 1, by_hash_.size());
    }

    uint64_t slots(store::CollectionId) const { return slots_; }
    template <class Take>
    bool pick(store::CollectionId, const store::Slot& slot, Take take) {
        walks++;
        auto at = by_hash_.lower_bound(slot.first);
        for (uint64_t i = 0; i < slot.number && at != by_hash_.end(); i++)
            ++at;
        if (at == by_hash_.end() || at->first > slot.last)
            return false;
        take(at->second);
        return true;
    }

    int walks = 0;

private:
    uint64_t slots_;
    std::map<uint64_t, size_t> by_hash_;
};

}  // namespace

TEST(RandomPick, IsFair) {
    for (uint64_t slots : {store::few_slots, uint64_t{128}})
        for (size_t size : {1, 2, 31, 32, 33, 64, 1000}) {
            MemoryStore store;
            Elements elements(size, slots);
            std::vector<int> counts(size);
            for (int i = 0; i < 100'000; i++)
                type::pick_random(store, elements, 1, size,
                                  [&](size_t number) { counts[number]++; });
            if (size > 1) {
                EXPECT_LT(chi_squared(counts), too_unfair(size)) << size;
            }
            EXPECT_EQ(*std::min_element(counts.begin(), counts.end()) > 0, true) << size;
            EXPECT_LT(elements.walks, 100'000 * 9) << size;
        }
}

TEST(RandomPick, LooksInBucketsWithFewerElementsThanSlots) {
    MemoryStore store;
    for (auto [slots, bits] : {std::pair(store::few_slots, 17), {uint64_t{128}, 14}}) {
        type::RandomPick pick(store, 1'000'000, slots);
        for (int i = 0; i < 1000; i++) {
            store::Slot draw = pick.next();
            uint64_t width = draw.last - draw.first + 1;
            EXPECT_EQ(width, uint64_t(1) << (63 - bits));
            EXPECT_EQ(draw.first % width, 0U);
            EXPECT_LE(draw.last, store::max_hash);
            EXPECT_EQ(draw.count, slots);
            EXPECT_LT(draw.number, slots);
        }
    }
}

TEST(RandomPick, GivesUpOnElementsThatAreNotThere) {
    MemoryStore store;
    Elements none(0, 128);
    for (uint64_t size : {0, 1, 1000})
        EXPECT_THROW(type::pick_random(store, none, 1, size, [](size_t) {}), std::runtime_error);
}

TEST(RandomBelow, IsFair) {
    MemoryStore store;
    for (uint64_t bound : {1, 2, 3, 10, 100}) {
        std::vector<int> counts(bound);
        for (int i = 0; i < 100'000; i++)
            counts.at(type::random_below(store, bound))++;
        if (bound > 1) {
            EXPECT_LT(chi_squared(counts), too_unfair(bound)) << bound;
        }
    }
    uint64_t bound = (uint64_t(1) << 63) + 1;
    for (int i = 0; i < 1000; i++)
        EXPECT_LT(type::random_below(store, bound), bound);
}

TEST(Sample, ChoosesAsManyAsWanted) {
    MemoryStore store;
    for (uint64_t wanted = 0; wanted <= 12; wanted++) {
        type::Sample sample(store, std::min<uint64_t>(wanted, 10), 10);
        uint64_t taken = 0;
        for (int i = 0; i < 12; i++)
            taken += sample.takes_next();
        EXPECT_EQ(taken, std::min<uint64_t>(wanted, 10));
    }
}

TEST(Sample, IsFair) {
    MemoryStore store;
    std::map<std::vector<size_t>, int> choices;  // 10 pairs of 5
    for (int i = 0; i < 100'000; i++) {
        type::Sample sample(store, 2, 5);
        std::vector<size_t> choice;
        for (size_t element = 0; element < 5; element++)
            if (sample.takes_next())
                choice.push_back(element);
        choices[choice]++;
    }
    std::vector<int> counts;
    for (const auto& [choice, count] : choices)
        counts.push_back(count);
    EXPECT_EQ(counts.size(), 10U);
    EXPECT_LT(chi_squared(counts), too_unfair(10));
}

}  // namespace unit
