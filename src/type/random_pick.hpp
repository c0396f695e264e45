// Fair random choices of elements.
#pragma once

#include <cstdint>

#include "store/store.hpp"

namespace type {

// From 0 to bound - 1, each as likely as any other.
uint64_t random_below(store::Store& store, uint64_t bound);

// Draws an element of a collection in rows in the time of a few descents, without counting rows.
// The hashes, which are evenly distributed, are divided into equal buckets of 4 to 8 elements on
// average. A draw takes one bucket, and one of more slots than there are elements in any bucket.
// A slot without an element is drawn again, so that no element has an advantage of having few
// neighbours.
class RandomPick {
public:
    struct Draw {
        uint64_t first;  // the bucket: hashes from first to last
        uint64_t last;
        uint64_t slot;
    };

    RandomPick(store::Store& store, uint64_t size);

    // Throws std::runtime_error if the elements are so hard to find that they cannot be there.
    Draw next();

private:
    store::Store& store_;
    unsigned bits_ = 0;  // there are two to the power of this buckets
    uint64_t slots_;
    int draws_ = 0;
};

// As walk is called for hashes from `first` to `last` and a function to call for each element,
// takes one element of `size` at random.
template <class Walk, class Take>
void pick_random(store::Store& store, uint64_t size, Walk walk, Take take) {
    RandomPick pick(store, size);
    for (bool found = false; !found;) {
        RandomPick::Draw draw = pick.next();
        walk(draw.first, draw.last, [&](uint64_t, const auto&... element) {
            if (draw.slot-- > 0)
                return true;
            take(element...);
            found = true;
            return false;
        });
    }
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
