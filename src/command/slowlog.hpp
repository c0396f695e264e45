// The commands that took long, the latest of them, for SLOWLOG.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "core/bytes.hpp"

namespace command {

using core::Bytes;

class SlowLog {
public:
    struct Entry {
        int64_t id;
        int64_t time;  // seconds since 1970
        int64_t microseconds;
        std::vector<std::string> arguments;  // trimmed
        std::string address;                 // of the client
        std::string client_name;
    };

    // kv.slowlog_log_slower_than in microseconds, where a negative number logs nothing, and
    // kv.slowlog_max_len.
    void configure(int64_t slower_than, size_t most);

    // A command that ran, and the time in milliseconds since 1970; logged if it took long enough.
    // Its arguments are without secrets: see shown_arguments in monitor.hpp.
    void add(std::span<const Bytes> arguments, int64_t microseconds, int64_t now, Bytes address,
             Bytes client_name);

    // The latest first.
    const std::deque<Entry>& entries() const { return entries_; }
    void reset() { entries_.clear(); }

private:
    int64_t slower_than_ = 10000;
    size_t most_ = 128;
    int64_t next_id_ = 0;
    std::deque<Entry> entries_;
};

}  // namespace command
