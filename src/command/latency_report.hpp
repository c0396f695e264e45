// What LATENCY tells people.
#pragma once

#include "command/latency_monitor.hpp"

namespace command {

// A column for each sample, the latest to the right, with its age below it.
std::string latency_graph_text(Bytes name, const LatencyMonitor::Event& event, int64_t now);

// How often what was slow, and what to look at.
std::string latency_report(const LatencyMonitor& monitor);

}  // namespace command
