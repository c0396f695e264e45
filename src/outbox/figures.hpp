// What was sent to one target, as kv.relay_targets shows it.
#pragma once

#include <string>
#include <vector>

#include "outbox/place.hpp"

namespace outbox {

// Latencies are kept in buckets, two to each doubling, from 1 microsecond on.
int latency_bucket(int64 microseconds);
// The upper end of a bucket.
double latency_of(int bucket);

// What a process has counted and not yet told.
class Figures {
public:
    void count_sent(int64 latency) {
        sent_++;
        latencies_[latency_bucket(latency)]++;
    }
    void count_sent() { sent_++; }
    void count_retried() { retried_++; }
    void count_dead() { dead_++; }

    // Adds to what stands in shared memory. Without effect where there is none.
    void tell(const std::string& target, const char* state, const std::string& problem);

private:
    uint64 sent_ = 0;
    uint64 retried_ = 0;
    uint64 dead_ = 0;
    uint32 latencies_[bucket_limit] = {};
    std::string state_;
    std::string problem_;
};

// Forgets targets that are none any more.
void forget_other_targets(const std::vector<std::string>& names);

}  // namespace outbox
