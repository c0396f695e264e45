// What the server keeps of the commands it ran: figures, slow ones, moments of latency, and what
// monitors are shown.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "command/figures.hpp"
#include "command/latency_monitor.hpp"
#include "command/slowlog.hpp"
#include "server/session.hpp"

namespace server {

class Records {
public:
    using Clock = std::chrono::steady_clock;

    // The settings of kv.slowlog_* and kv.latency_monitor_threshold.
    void configure();

    // A turn, from its beginning to its commit.
    void begin() { began_ = last_ = Clock::now(); }
    void turn_ran();                    // what follows is the commit
    void turn_ended(bool was_flushed);  // or is to be
    void turn_was_undone();
    // A command of it that ran since the one before. The error is its reply's text, empty if it did
    // not fail.
    void ran(const Session& session, const command::Command& command,
             std::span<const Bytes> arguments, Bytes error);

    // One that a helper has run.
    void ran_in_helper(const Session& session, std::span<const Bytes> arguments);

    // Lines for monitors: collected as commands run, to be sent when these are committed.
    bool has_monitors() const { return monitors_ > 0; }
    void add_monitor() { monitors_++; }
    void remove_monitor() { monitors_--; }
    std::vector<std::string> take_lines() { return std::exchange(lines_, {}); }

    command::Figures& figures() { return figures_; }
    command::SlowLog& slow_log() { return slow_log_; }
    command::LatencyMonitor& latency() { return latency_; }

private:
    void note(const Session& session, const command::Command& command,
              std::span<const Bytes> arguments, Bytes error, int64_t nanoseconds);

    command::Figures figures_;
    command::SlowLog slow_log_;
    command::LatencyMonitor latency_;
    int64_t slower_than_ = 0;
    int monitors_ = 0;
    std::vector<std::string> lines_;
    Clock::time_point began_;
    Clock::time_point last_;
};

}  // namespace server
