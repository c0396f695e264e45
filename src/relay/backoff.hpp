// How long to wait before the next attempt: doubled each time, and of that a random half to all, so
// that many that failed together do not come back together.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

namespace relay {

class Backoff {
public:
    static constexpr int64_t shortest = 100;  // milliseconds
    static constexpr int64_t longest = 30000;

    explicit Backoff(uint32_t seed) : random_(seed) {}

    void begin_anew() { span_ = shortest; }

    int64_t next() {
        int64_t span = span_;
        span_ = std::min(2 * span, longest);
        return std::uniform_int_distribution<int64_t>(span / 2, span)(random_);
    }

private:
    std::minstd_rand random_;
    int64_t span_ = shortest;
};

}  // namespace relay
