#include "core/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace core {

// Times below two octaves' worth have a bucket each; above, the bits behind the leading eight are
// dropped.
size_t LatencyHistogram::bucket_of(uint64_t nanoseconds) {
    int dropped = std::max(static_cast<int>(std::bit_width(nanoseconds)) - octave_bits - 1, 0);
    return static_cast<size_t>(dropped) * octave + (nanoseconds >> dropped);
}

uint64_t LatencyHistogram::end_of(size_t bucket) {
    size_t dropped = bucket < 2 * octave ? 0 : bucket / octave - 1;
    uint64_t leading = bucket - dropped * octave;
    return ((leading + 1) << dropped) - 1;
}

void LatencyHistogram::add(uint64_t nanoseconds) {
    if (buckets_.empty())
        buckets_.resize(bucket_of(longest) + 1);
    buckets_[bucket_of(std::min(nanoseconds, longest))]++;
    total_++;
}

uint64_t LatencyHistogram::percentile(double percent) const {
    auto wanted = static_cast<uint64_t>(std::ceil(percent / 100 * static_cast<double>(total_)));
    uint64_t count = 0;
    for (size_t bucket = 0; bucket < buckets_.size(); bucket++) {
        count += buckets_[bucket];
        if (count != 0 && count >= wanted)
            return end_of(bucket);
    }
    return 0;
}

void LatencyHistogram::walk_doubling(
    FunctionRef<void(uint64_t nanoseconds, uint64_t count)> visit) const {
    constexpr uint64_t first_limit = 1024;
    uint64_t count = 0;
    uint64_t last_count = 0;
    size_t bucket = 0;
    for (uint64_t limit = first_limit; count < total_; limit *= 2) {
        size_t last = std::min(bucket_of(limit), buckets_.size() - 1);
        for (; bucket <= last; bucket++)
            count += buckets_[bucket];
        if (count > last_count)
            visit(end_of(last), count);
        last_count = count;
    }
}

}  // namespace core
