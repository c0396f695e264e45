// What is on its way to Redis: the bytes not written yet, and which replies are due, for which
// requests. Knows no socket and no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "core/bytes.hpp"
#include "relay/outcome.hpp"
#include "relay/pattern.hpp"
#include "relay/requests.hpp"

struct redisReply;

namespace relay {

class Pipeline {
public:
    void send(const Request& request);
    void forget(Pattern pattern);

    // The next reply. False if it says that the server can do nothing for us, or is no answer to
    // what was asked; then the pipeline is to be given up, with that text as the problem.
    bool take(const redisReply& reply, std::string& problem);

    // Every ticket without an outcome is stalled, and nothing is left to write.
    void give_up(const std::string& problem);
    void stall(uint64_t ticket, const std::string& problem);

    bool next(Outcome& outcome);

    // Requests and patterns without an outcome.
    size_t in_flight() const { return requests_ + jobs_.size(); }
    bool expects_replies() const { return !due_.empty(); }
    uint64_t done() const { return done_; }  // since the beginning

    // To be written; written() says how much of it was.
    Bytes unsent() const { return Bytes(output_).substr(written_); }
    void written(size_t size);
    // For what is sent beside, whose replies are not taken here.
    std::string& output() { return output_; }

private:
    enum class Kind : uint8_t { request, scan, unlink };
    struct Due {
        uint64_t ticket;
        int replies;
        Kind kind;
        Verdict verdict = Verdict::done;
        std::string problem = {};
    };
    // A pattern. Only the first of them is at work: one SCAN is on its way, or the last UNLINK.
    struct Job {
        Pattern pattern;
        std::string cursor = "0";
        bool has_scanned_all = false;
        Verdict verdict = Verdict::done;
        std::string problem = {};
    };

    void finish(uint64_t ticket, Verdict verdict, std::string&& problem);
    bool take_scanned(const redisReply& reply, std::string& problem);
    void send_scan();
    bool send_unlink(const redisReply& keys);
    void finish_job();

    std::string output_;
    size_t written_ = 0;
    std::deque<Due> due_;
    size_t requests_ = 0;  // among those due
    std::deque<Job> jobs_;
    std::deque<Outcome> outcomes_;
    uint64_t done_ = 0;
};

}  // namespace relay
