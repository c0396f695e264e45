#include "command/latency_monitor.hpp"

#include <algorithm>

namespace command {

void LatencyMonitor::add(Bytes event, int64_t milliseconds, int64_t now) {
    if (!is_on() || milliseconds < threshold_)
        return;
    auto place = events_.find(event);
    if (place == events_.end())
        place = events_.emplace(event, Event{}).first;
    auto& [samples, longest] = place->second;
    longest = std::max(longest, milliseconds);
    int64_t second = now / 1000;
    if (!samples.empty() && samples.back().time == second) {
        samples.back().milliseconds = std::max(samples.back().milliseconds, milliseconds);
        return;
    }
    samples.push_back({second, milliseconds});
    if (samples.size() > most_samples)
        samples.pop_front();
}

bool LatencyMonitor::reset(Bytes event) {
    auto place = events_.find(event);
    if (place == events_.end())
        return false;
    events_.erase(place);
    return true;
}

}  // namespace command
