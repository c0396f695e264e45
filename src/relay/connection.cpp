#include "relay/connection.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <utility>

#include "relay/encode.hpp"
#include "relay/replies.hpp"
#include "relay/resolver.hpp"
#include "relay/wire.hpp"

namespace relay {

namespace {

// How often to look where no socket tells when.
constexpr int64_t poll_interval = 10;

std::string in_seconds(int64_t milliseconds) {
    if (milliseconds % 1000 != 0)
        return std::to_string(milliseconds) + " ms";
    return std::to_string(milliseconds / 1000) + " s";
}

}  // namespace

Connection::Connection(Target target, uint32_t seed, Limits limits)
    : target_(std::move(target)), limits_(limits), backoff_(seed) {}

Connection::~Connection() = default;

void Connection::advance(int64_t now) {
    if (state_ == State::waiting && now >= due_)
        begin_attempt(now);
    if (state_ == State::connecting)
        resolver_ ? find_addresses(now) : finish_connect(now);
    if (is_up())
        exchange(now);
}

// What to wait for
// ---------------------------------------------------------------------------------

int Connection::socket() const {
    return wire_ ? wire_->socket() : -1;
}

bool Connection::wants_read() const {
    return is_up();
}

// TLS may wait to read while we write; hiredis does not tell. poll_at_ is for this.
bool Connection::wants_write() const {
    if (!wire_)
        return false;
    if (!is_up())
        return true;
    return wire_->is_blocked() ? !target_.tls : !pipeline_.unsent().empty();
}

int64_t Connection::wake_at() const {
    return std::min(due_, poll_at_);
}

// What callers give and get
// ------------------------------------------------------------------------

bool Connection::has_room() const {
    return state_ == State::ready && pipeline_.unsent().size() < limits_.unsent &&
           pipeline_.in_flight() < limits_.in_flight;
}

void Connection::send(const Request& request) {
    if (state_ == State::ready)
        pipeline_.send(request);
    else
        pipeline_.stall(request.ticket, why_not_ready());
}

void Connection::forget(Pattern pattern) {
    if (state_ == State::ready)
        pipeline_.forget(std::move(pattern));
    else
        pipeline_.stall(pattern.ticket, why_not_ready());
}

std::string Connection::why_not_ready() const {
    return problem_.empty() ? "not connected yet" : problem_;
}

bool Connection::next(Outcome& outcome) {
    return pipeline_.next(outcome);
}

void Connection::try_now() {
    backoff_.begin_anew();
    if (state_ == State::waiting)
        due_ = INT64_MIN;
}

void Connection::close() {
    drop("the connection was closed");
    backoff_.begin_anew();
    due_ = INT64_MIN;
}

// Connecting
// ---------------------------------------------------------------------------------------

void Connection::begin_attempt(int64_t now) {
    state_ = State::connecting;
    if (target_.host == "localhost") {
        addresses_ = {"::1", "127.0.0.1"};
    } else if (target_.host.starts_with('/') || is_numeric(target_.host)) {
        addresses_ = {target_.host};
    } else {
        resolver_ = std::make_unique<Resolver>(target_.host);
        due_ = now + limits_.connect_timeout;
        return;
    }
    connect_next(now);
}

void Connection::find_addresses(int64_t now) {
    resolver_->advance();
    if (resolver_->is_done()) {
        addresses_.assign(resolver_->addresses().rbegin(), resolver_->addresses().rend());
        std::string problem = resolver_->problem();
        resolver_.reset();
        poll_at_ = never;
        if (addresses_.empty())
            attempt_failed(problem.empty() ? "host has no address" : problem, now);
        else
            connect_next(now);
    } else if (now >= due_) {
        attempt_failed("no name server answered within " + in_seconds(limits_.connect_timeout),
                       now);
    } else {
        poll_at_ = now + poll_interval;
    }
}

void Connection::connect_next(int64_t now) {
    std::string address = std::move(addresses_.back());
    addresses_.pop_back();
    wire_ = std::make_unique<Wire>(target_, address);
    ++attempts_;
    due_ = now + limits_.connect_timeout;
    finish_connect(now);
}

void Connection::finish_connect(int64_t now) {
    switch (wire_->connect()) {
        case Wire::Progress::done:
            return greet(now);
        case Wire::Progress::failed:
            return attempt_failed(wire_->problem(), now);
        case Wire::Progress::pending:
            if (now >= due_)
                attempt_failed("no answer within " + in_seconds(limits_.connect_timeout), now);
    }
}

void Connection::attempt_failed(std::string problem, int64_t now) {
    if (!addresses_.empty())
        return connect_next(now);
    std::string place = target_.host;
    if (!place.starts_with('/'))
        place += " port " + std::to_string(target_.port);
    lose("could not connect to " + place + ": " + problem, now);
}

// Greeting
// -----------------------------------------------------------------------------------------

// The name is a courtesy to who looks at CLIENT LIST. The PING is there to be refused while Redis
// loads, or has not let us in.
constexpr int replies_to_name_and_ping = 2;

void Connection::greet(int64_t now) {
    addresses_.clear();
    std::string& output = pipeline_.output();
    greetings_ = replies_to_name_and_ping;
    if (!target_.username.empty()) {
        add_command(output, {"AUTH", target_.username, target_.password});
        ++greetings_;
    } else if (!target_.password.empty()) {
        add_command(output, {"AUTH", target_.password});
        ++greetings_;
    }
    if (target_.database != 0) {
        add_command(output, {"SELECT", std::to_string(target_.database)});
        ++greetings_;
    }
    add_command(output, {"CLIENT", "SETNAME", "pg_kv"});
    add_command(output, {"PING"});
    state_ = State::greeting;
    due_ = now + limits_.reply_timeout;
}

bool Connection::take_greeting(const redisReply& reply, std::string& problem) {
    bool is_needed = greetings_-- > replies_to_name_and_ping;
    if (reply.type != REDIS_REPLY_ERROR)
        return true;
    Bytes error(reply.str, reply.len);
    // Rights may be narrow, and what stands between us and Redis may not know all commands.
    if (!is_needed && (error.starts_with("NOPERM ") || error.starts_with("ERR unknown ")))
        return true;
    // One that does not know AUTH would repeat the password.
    problem = readable(error.substr(0, error.find(", with args")), target_.password);
    return false;
}

void Connection::become_ready(int64_t now) {
    state_ = State::ready;
    problem_.clear();
    ready_since_ = now;
    due_ = never;
}

// At work
// ------------------------------------------------------------------------------------------

void Connection::exchange(int64_t now) {
    std::string problem;
    // Replies may lead to more that is to be sent.
    if (!write(problem) || !read(now, problem) || !write(problem))
        return lose(problem, now);

    bool expects = state_ == State::greeting || pipeline_.expects_replies();
    if (!expects)
        due_ = never;
    else if (due_ == never)
        due_ = now + limits_.reply_timeout;
    else if (now >= due_)
        return lose("no reply within " + in_seconds(limits_.reply_timeout), now);
    poll_at_ = wire_->is_blocked() && target_.tls ? now + poll_interval : never;
}

bool Connection::write(std::string& problem) {
    if (pipeline_.unsent().empty() && !wire_->is_blocked())
        return true;
    size_t taken = 0;
    if (!wire_->write(pipeline_.unsent(), taken)) {
        problem = wire_->problem();
        return false;
    }
    pipeline_.written(taken);
    return true;
}

// A server that answers faster than we read must not keep us here for ever.
bool Connection::read(int64_t now, std::string& problem) {
    uint64_t done_before = pipeline_.done();
    bool more = true;
    for (int round = 0; more && round < 64; ++round) {
        // What came before the end counts.
        bool is_alive = wire_->read(more);
        if (!take_replies(now, problem))
            return false;
        if (!is_alive) {
            problem = wire_->problem();
            return false;
        }
    }
    // One that greets well and then refuses all is not worth a hasty return.
    if (pipeline_.done() > done_before)
        backoff_.begin_anew();
    return true;
}

bool Connection::take_replies(int64_t now, std::string& problem) {
    for (Reply reply;;) {
        if (!wire_->next(reply)) {
            problem = wire_->problem();
            return false;
        }
        if (!reply)
            return true;
        bool is_well = state_ == State::greeting ? take_greeting(*reply, problem)
                                                 : pipeline_.take(*reply, problem);
        if (!is_well)
            return false;
        due_ = now + limits_.reply_timeout;
        if (state_ == State::greeting && greetings_ == 0)
            become_ready(now);
    }
}

void Connection::lose(const std::string& problem, int64_t now) {
    if (state_ == State::ready && now - ready_since_ >= Backoff::longest)
        backoff_.begin_anew();
    drop(readable(problem));
    due_ = now + backoff_.next();
}

void Connection::drop(const std::string& problem) {
    wire_.reset();
    resolver_.reset();
    addresses_.clear();
    pipeline_.give_up(problem);
    problem_ = problem;
    state_ = State::waiting;
    poll_at_ = never;
}

}  // namespace relay
