#include "type/random_pick.hpp"

#include <bit>
#include <stdexcept>

namespace type {

namespace {

// The bits of a hash.
constexpr unsigned hash_bits = std::bit_width(store::max_hash);

// At least one draw in eight finds an element, but for what others removed and is still in the way.
constexpr int most_draws = 1000;

}  // namespace

uint64_t random_below(store::Store& store, uint64_t bound) {
    // The numbers that are left over when 2^64 is divided into `bound` equal parts.
    uint64_t left_over = -bound % bound;
    while (true) {
        auto product = static_cast<unsigned __int128>(store.random()) * bound;
        if (static_cast<uint64_t>(product) >= left_over)
            return static_cast<uint64_t>(product >> 64);
    }
}

// Few slots: 4 to 8 elements to a bucket on average, of which one in 30 thousand million has more
// than 32. Otherwise half as many as there are slots at most, which is safer still.
RandomPick::RandomPick(store::Store& store, uint64_t size, uint64_t slots)
    : store_(store), slots_(slots) {
    if (size <= store::few_slots) {
        slots_ = size;  // all elements are in one bucket, and are looked at
        return;
    }
    uint64_t most = slots == store::few_slots ? slots / 4 : slots / 2;
    while ((size >> bits_) >= most)
        bits_++;
}

store::Slot RandomPick::next() {
    if (draws_++ == most_draws || slots_ == 0)
        throw std::runtime_error("a collection has fewer elements than it counts");
    unsigned width = hash_bits - bits_;
    uint64_t bucket = random_below(store_, uint64_t(1) << bits_);
    uint64_t first = bucket << width;
    return {first, first + (uint64_t(1) << width) - 1, random_below(store_, slots_), slots_};
}

bool Sample::takes_next() {
    if (left_ == 0)
        return false;
    bool takes = random_below(store_, left_--) < wanted_;
    wanted_ -= takes;
    return takes;
}

}  // namespace type
