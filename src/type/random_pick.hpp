// Fair random choices of elements.
#pragma once

#include <cstdint>

#include "store/store.hpp"

namespace type {

using store::CollectionId;

// From 0 to bound - 1, each as likely as any other.
uint64_t random_below(store::Store& store, uint64_t bound);

// Draws an element of a collection in rows in the time of a few descents, without counting rows.
// The hashes, which are evenly distributed, are divided into equal buckets. A draw takes one
// bucket, and one of more slots than there are elements in any bucket. A slot without an element is
// drawn again, so that no element has an advantage of having few neighbours.
class RandomPick {
public:
    // So many slots for each bucket.
    RandomPick(store::Store& store, uint64_t size, uint64_t slots);

    // Throws std::runtime_error if the elements are so hard to find that they cannot be there.
    store::Slot next();

private:
    store::Store& store_;
    unsigned bits_ = 0;  // there are two to the power of this buckets
    uint64_t slots_;
    int draws_ = 0;
};

// Takes one element of `size` at random from fields or members.
template <class Rows, class Take>
void pick_random(store::Store& store, Rows& rows, CollectionId collection, uint64_t size,
                 Take take) {
    RandomPick pick(store, size, rows.slots(collection));
    while (!rows.pick(collection, pick.next(), take)) {}
}

// Chooses some of `size` elements that come one after another, every choice as likely as any
// other.
class Sample {
public:
    Sample(store::Store& store, uint64_t wanted, uint64_t size)
        : store_(store), wanted_(wanted), left_(size) {}

    // Whether the next element belongs to it.
    bool takes_next();

private:
    store::Store& store_;
    uint64_t wanted_;
    uint64_t left_;
};

// Whether it is cheaper to walk all of a collection in rows than to pick so many one by one.
constexpr bool worth_walking(uint64_t wanted, uint64_t size) {
    constexpr uint64_t rows_looked_at_for_a_pick = 16;
    return wanted >= size / rows_looked_at_for_a_pick;
}

}  // namespace type
