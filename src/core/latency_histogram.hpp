// How long something took, so many times: counts in buckets whose width grows with the time, so
// that each time is known to within a hundredth.
#pragma once

#include <cstdint>
#include <vector>

#include "core/function_ref.hpp"

namespace core {

class LatencyHistogram {
public:
    // Longer times count as the longest.
    static constexpr uint64_t longest = 1'000'000'000;  // a second

    void add(uint64_t nanoseconds);

    uint64_t total() const { return total_; }
    // The time in nanoseconds that so many in a hundred did not exceed.
    uint64_t percentile(double percent) const;

    // Visits times that double from step to step, in nanoseconds, each with how many did not exceed
    // it; those that add nothing to the one before are left out.
    void walk_doubling(FunctionRef<void(uint64_t nanoseconds, uint64_t count)> visit) const;

private:
    // The buckets of each power of two, the first of which begins at 2 to the power of octave_bits.
    static constexpr int octave_bits = 7;
    static constexpr uint64_t octave = 1 << octave_bits;

    static size_t bucket_of(uint64_t nanoseconds);
    // The greatest time that counts in the bucket.
    static uint64_t end_of(size_t bucket);

    std::vector<uint64_t> buckets_;  // empty as long as nothing was added
    uint64_t total_ = 0;
};

}  // namespace core
