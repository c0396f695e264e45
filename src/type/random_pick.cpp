#include "type/random_pick.hpp"

#include <bit>
#include <stdexcept>

namespace type {

namespace {

// The bits of a hash.
constexpr unsigned hash_bits = std::bit_width(store::max_hash);

// With 8 elements to a bucket on average, one in 30 thousand million has more than 32.
constexpr uint64_t slots_of_a_bucket = 32;

// At least one draw in eight finds an element.
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

RandomPick::RandomPick(store::Store& store, uint64_t size) : store_(store), slots_(size) {
    if (size <= slots_of_a_bucket)
        return;  // all elements are in one bucket
    bits_ = static_cast<unsigned>(std::bit_width(size)) - 3;
    slots_ = slots_of_a_bucket;
}

RandomPick::Draw RandomPick::next() {
    if (draws_++ == most_draws || slots_ == 0)
        throw std::runtime_error("a collection has fewer elements than it counts");
    unsigned width = hash_bits - bits_;
    uint64_t bucket = random_below(store_, uint64_t(1) << bits_);
    uint64_t first = bucket << width;
    return {first, first + (uint64_t(1) << width) - 1, random_below(store_, slots_)};
}

bool Sample::takes_next() {
    if (left_ == 0)
        return false;
    bool takes = random_below(store_, left_--) < wanted_;
    wanted_ -= takes;
    return takes;
}

}  // namespace type
