#include "relay/wire.hpp"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "relay/tls.hpp"

namespace relay {

void ReplyDeleter::operator()(redisReply* reply) const {
    freeReplyObject(reply);
}

void ContextDeleter::operator()(redisContext* context) const {
    redisFree(context);
}

Wire::Wire(const Target& target, const std::string& address) : target_(target) {
    bool is_path = address.starts_with('/');
    context_.reset(is_path ? redisConnectUnixNonBlock(address.c_str())
                           : redisConnectNonBlock(address.c_str(), target.port));
    if (!context_)
        fail("out of memory");
    else if (context_->err != 0)
        fail();
    // So that a silent loss of the network is noticed before there is something to send. That the
    // system cannot do it is no reason not to connect.
    else if (!is_path && redisEnableKeepAlive(context_.get()) != REDIS_OK)
        context_->err = 0;
}

int Wire::socket() const {
    return context_ ? context_->fd : -1;
}

Wire::Progress Wire::connect() {
    if (!problem_.empty())
        return Progress::failed;
    pollfd look = {socket(), POLLOUT, 0};
    if (poll(&look, 1, 0) <= 0)
        return Progress::pending;
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(socket(), SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error != 0) {
        fail(std::strerror(error));
        return Progress::failed;
    }
    return !target_.tls || start_tls() ? Progress::done : Progress::failed;
}

// hiredis moves the rest of its buffer to the front after each write: it gets little at a time.
bool Wire::write(Bytes data, size_t& taken) {
    constexpr size_t most_at_once = 64 * 1024;
    taken = 0;
    is_blocked_ = false;
    while (has_rest_ || taken < data.size()) {
        if (!has_rest_) {
            Bytes piece = data.substr(taken, most_at_once);
            if (redisAppendFormattedCommand(context_.get(), piece.data(), piece.size()) != REDIS_OK)
                return fail();
            taken += piece.size();
        }
        int done = 0;
        if (redisBufferWrite(context_.get(), &done) != REDIS_OK)
            return fail();
        has_rest_ = !done;
        if (has_rest_) {
            is_blocked_ = true;
            break;
        }
    }
    return true;
}

bool Wire::read(bool& more) {
    constexpr size_t hiredis_reads = 16 * 1024;
    size_t before = context_->reader->len;
    if (redisBufferRead(context_.get()) != REDIS_OK)
        return fail();
    more = context_->reader->len - before >= hiredis_reads;
    return true;
}

bool Wire::next(Reply& reply) {
    void* found = nullptr;
    if (redisReaderGetReply(context_->reader, &found) != REDIS_OK)
        return fail(context_->reader->errstr);
    reply.reset(static_cast<redisReply*>(found));
    return true;
}

bool Wire::start_tls() {
    has_begun_tls_ = true;
    std::string problem;
    return relay::start_tls(*context_, target_, problem) || fail(problem);
}

bool Wire::fail() {
    return fail(context_->errstr);
}

bool Wire::fail(std::string problem) {
    if (has_begun_tls_)
        add_tls_problem(problem);
    problem_ = problem.empty() ? "connection lost" : std::move(problem);
    return false;
}

}  // namespace relay
