// A connection to one Redis server, which it makes, greets, and makes again when it is lost. Never
// blocks, and works only when advance() is called; README.md shows its states.
//
// Wait until the socket is ready for what wants_read() and wants_write() say, or the clock shows
// wake_at(), then call advance(); ask all of these anew after each advance(), and call advance()
// after what was sent. Clocks are in milliseconds, monotonic, and begin anywhere.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "relay/backoff.hpp"
#include "relay/outcome.hpp"
#include "relay/pattern.hpp"
#include "relay/pipeline.hpp"
#include "relay/requests.hpp"
#include "relay/target.hpp"

namespace relay {

class Resolver;
class Wire;

struct Limits {
    int64_t connect_timeout = 5000;  // milliseconds; for each address, and for finding them
    int64_t reply_timeout = 10000;   // milliseconds without a reply while one is due
    size_t unsent = 1024 * 1024;     // bytes; one request may go beyond
    size_t in_flight = 10000;        // requests sent and not answered
};

class Connection {
public:
    static constexpr int64_t never = INT64_MAX;

    enum class State {
        waiting,     // for the next attempt
        connecting,  // finds the address, and connects
        greeting,    // AUTH, SELECT and the like are sent and not all answered
        ready,
    };

    // Does not connect yet. `seed` spreads the attempts of several processes in time.
    Connection(Target target, uint32_t seed, Limits limits = {});
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Does whatever can be done now.
    void advance(int64_t now);

    int socket() const;  // -1: none
    uint32_t attempts() const {
        return attempts_;
    }  // one more: another socket, if of the same number
    bool wants_read() const;
    bool wants_write() const;
    int64_t wake_at() const;  // when advance() is due though the socket is silent; or never

    State state() const { return state_; }
    // Why it is not ready, or, while it tries, why the last attempt failed; empty when ready.
    // Printable ASCII; never has the password.
    const std::string& problem() const { return problem_; }

    // False unless ready, and while too much is on its way.
    bool has_room() const;
    // Puts it behind what was sent before; advance() writes. Each ticket gets exactly one outcome;
    // where there is no connection, that is at once, and stalled.
    void send(const Request& request);
    // SCAN over all keys, and UNLINK of what it finds, beside what is sent otherwise. One pattern
    // after the other, so as not to keep Redis from its work; those in the queue count as on their
    // way. A key set while the scan runs may be removed too.
    void forget(Pattern pattern);

    // Outcomes of requests come in the order of sending; that of a pattern comes when it is done.
    // False if there is none at the moment.
    bool next(Outcome& outcome);
    size_t in_flight() const { return pipeline_.in_flight(); }  // without an outcome yet

    // Ends the backoff: the next advance() connects. For when there is reason to hope.
    void try_now();

    // Whatever is on its way becomes stalled. The next advance() connects again.
    void close();

private:
    void begin_attempt(int64_t now);
    void find_addresses(int64_t now);
    void connect_next(int64_t now);
    void finish_connect(int64_t now);
    void attempt_failed(std::string problem, int64_t now);
    void greet(int64_t now);
    bool take_greeting(const redisReply& reply, std::string& problem);
    void become_ready(int64_t now);
    void exchange(int64_t now);
    bool write(std::string& problem);
    bool read(int64_t now, std::string& problem);
    bool take_replies(int64_t now, std::string& problem);
    void lose(const std::string& problem, int64_t now);
    void drop(const std::string& problem);
    std::string why_not_ready() const;
    bool is_up() const { return state_ == State::greeting || state_ == State::ready; }

    Target target_;
    Limits limits_;
    Backoff backoff_;
    State state_ = State::waiting;
    std::string problem_;

    std::unique_ptr<Resolver> resolver_;  // while it is asked
    std::vector<std::string> addresses_;  // that were not tried yet, the next one last
    std::unique_ptr<Wire> wire_;
    Pipeline pipeline_;

    int64_t due_ =
        INT64_MIN;  // waiting: the next attempt; connecting: given up; else: reply is due
    int64_t poll_at_ = never;  // what no socket tells
    int64_t ready_since_ = 0;
    uint32_t attempts_ = 0;
    int greetings_ = 0;  // replies to the greeting that are due
};

}  // namespace relay
