// What the server behind the Redis protocol's door counts, for INFO and LATENCY HISTOGRAM. Plain
// data: the server adds to it as things happen, in one process and without locks.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "command/command.hpp"
#include "core/latency_histogram.hpp"

namespace command {

// What was called of one command.
struct CommandFigures {
    uint64_t calls = 0;         // that ran, whether they failed or not
    uint64_t microseconds = 0;  // that they took in all
    uint64_t rejected = 0;      // that did not run: arity, rights, within MULTI, memory
    uint64_t failed = 0;        // that ran and answered with an error
    core::LatencyHistogram latencies;
};

// How fast a number grows, as the mean of the last samples.
class Rate {
public:
    // Some ten times a second, the time in milliseconds.
    void sample(uint64_t total, int64_t now);
    double per_second() const;

private:
    static constexpr size_t sample_count = 16;

    std::array<double, sample_count> samples_{};
    size_t next_ = 0;
    uint64_t last_total_ = 0;
    int64_t last_time_ = 0;
};

struct Figures {
    Figures();

    // Of the process, told once when it starts.
    int64_t started_at = 0;  // milliseconds since 1970
    std::string run_id;      // 40 hexadecimal digits at random
    std::string executable;  // the program's path

    // Of the sockets.
    uint64_t connections = 0;           // ever accepted
    uint64_t rejected_connections = 0;  // beyond kv.max_clients
    uint64_t bytes_in = 0;
    uint64_t bytes_out = 0;
    uint64_t reads = 0;                 // from a socket
    uint64_t writes = 0;                // to a socket
    uint64_t query_buffer_closes = 0;   // connections ended for too much input
    uint64_t output_buffer_closes = 0;  // or for too much output that they did not read

    // Of commands. Each that was received counts in `commands` once, what EXEC runs too;
    // `count_call` and `count_rejected` count it, when its reply is known.
    uint64_t commands = 0;
    uint64_t error_replies = 0;
    std::map<std::string, uint64_t> errors;  // by code, such as ERR
    std::vector<CommandFigures> by_command;  // by id

    // Of transactions.
    uint64_t turns = 0;         // of the event loop in which commands ran
    uint64_t commits = 0;       // transactions, most of them of a turn's commands together
    uint64_t rollbacks = 0;     // which PostgreSQL aborted, so that they were run again in parts
    uint64_t exec_retries = 0;  // EXEC run again after a serialization failure
    uint64_t flushes = 0;       // commits that waited for the disk

    // As it is now.
    int64_t blocked_clients = 0;  // wait for another transaction, or for their time
    int64_t helpers = 0;          // processes for slow commands
    int64_t busy_helpers = 0;     // of these with a command
    int64_t queued_commands = 0;  // slow ones that wait for a helper

    // Of the last moments; sampled by `sample`.
    Rate commands_per_second;
    Rate bytes_in_per_second;
    Rate bytes_out_per_second;

    CommandFigures& of(Id id) { return by_command[static_cast<size_t>(id)]; }
    const CommandFigures& of(Id id) const { return by_command[static_cast<size_t>(id)]; }

    // A command that ran. The error is its reply's text, such as "ERR syntax error", empty if it
    // did not fail.
    void count_call(Id id, uint64_t nanoseconds, Bytes error);
    // A command that was answered with an error without being run.
    void count_rejected(Id id, Bytes error);
    // An error that belongs to no command: an unknown one, or a fault of the protocol.
    void count_error(Bytes error);
    // Some ten times a second.
    void sample(int64_t now);
    // CONFIG RESETSTAT: what was counted, not how things are now.
    void reset();
};

}  // namespace command
