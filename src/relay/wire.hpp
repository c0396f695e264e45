// One attempt at a connection: hiredis' context, through its non-blocking calls alone.
//
// hiredis writes without MSG_NOSIGNAL: the process has to ignore SIGPIPE, as PostgreSQL's do.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/bytes.hpp"
#include "relay/target.hpp"

struct redisContext;
struct redisReply;

namespace relay {

using core::Bytes;

struct ReplyDeleter {
    void operator()(redisReply* reply) const;
};
using Reply = std::unique_ptr<redisReply, ReplyDeleter>;

struct ContextDeleter {
    void operator()(redisContext* context) const;
};

// After a failure, which each function tells by its result, problem() says what it was, and nothing
// more can be done here.
class Wire {
public:
    // Begins to connect. The address is numeric, or the path of a Unix socket.
    Wire(const Target& target, const std::string& address);

    const std::string& problem() const { return problem_; }
    int socket() const;

    enum class Progress { pending, done, failed };
    Progress connect();

    // Writes as much as the socket takes, and says how much it took over, some of which may still
    // be here: then is_blocked().
    bool write(Bytes data, size_t& taken);
    bool is_blocked() const { return is_blocked_; }
    // Reads what is there, to some limit: `more` tells that it may not be all.
    bool read(bool& more);
    // The next reply that is there whole; null if there is none.
    bool next(Reply& reply);

private:
    bool start_tls();
    bool fail();
    bool fail(std::string problem);

    const Target& target_;
    std::unique_ptr<redisContext, ContextDeleter> context_;
    bool has_begun_tls_ = false;
    bool is_blocked_ = false;
    bool has_rest_ = false;  // hiredis has bytes that it could not write
    std::string problem_;
};

}  // namespace relay
