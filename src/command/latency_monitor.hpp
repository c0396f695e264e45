// Moments at which the server was slow, by what it did, for LATENCY.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "core/bytes.hpp"

namespace command {

using core::Bytes;

class LatencyMonitor {
public:
    struct Sample {
        int64_t time;          // seconds since 1970
        int64_t milliseconds;  // the most within that second
    };
    struct Event {
        std::deque<Sample> samples;  // the latest, in the order of time
        int64_t longest = 0;         // ever
    };
    static constexpr size_t most_samples = 160;

    // kv.latency_monitor_threshold in milliseconds; 0: nothing is kept.
    void configure(int64_t threshold) { threshold_ = threshold; }
    bool is_on() const { return threshold_ > 0; }
    int64_t threshold() const { return threshold_; }

    // Something that took so long; kept if it was long enough. The time is in milliseconds since
    // 1970. Redis calls what we have too "command" and "fast-command" (flag FAST); "commit" is a
    // turn's commit, "turn" all of it.
    void add(Bytes event, int64_t milliseconds, int64_t now);

    const std::map<std::string, Event, std::less<>>& events() const { return events_; }
    void reset() { events_.clear(); }
    bool reset(Bytes event);

private:
    int64_t threshold_ = 0;
    std::map<std::string, Event, std::less<>> events_;
};

}  // namespace command
