// A client of the server: what the commands know of it, its connection, and what it waits for.
#pragma once

#include <chrono>

#include "command/client.hpp"
#include "core/output_buffer_limits.hpp"
#include "pg/pg.hpp"
#include "resp/request_reader.hpp"
#include "server/connection.hpp"
#include "server/login.hpp"

namespace server {

using core::Bytes;

// README.md tells how these follow each other.
enum class Wait {
    nothing,      // its commands run as they come
    transaction,  // of another session, which holds a key
    helper,       // which runs its command
    time,         // of the clock
    disk,         // where the WAL of its last commands is being flushed; its replies are held back
};

struct Session {
    explicit Session(Connection& its_connection) : connection(its_connection) {}
    Session(const Session&) = delete;

    Connection& connection;
    command::Client client;
    Seat seat;  // the role whose rights it has
    // When that was looked at.
    static constexpr uint64 never = UINT64_MAX;
    uint64 roles_epoch = never;

    resp::RequestReader reader;
    bool is_ready = false;   // is in the queue of those with input
    bool has_ended = false;  // the other side sends nothing more

    Wait wait = Wait::nothing;
    TransactionId blocker = InvalidTransactionId;  // invalid: of a table, looked at again and again
    std::chrono::steady_clock::time_point given_at;  // to a helper
    XLogRecPtr unflushed = InvalidXLogRecPtr;        // what it waits for on disk
    int64 blocked_since = 0;  // when the command that is next began to wait for a transaction
    int64 resume_at = 0;      // milliseconds since 1970
    bool is_unblocked_with_error = false;  // CLIENT UNBLOCK ... ERROR
    bool is_unlimited = false;  // the command that is next may take long: there is no helper

    bool is_shown_commands = false;  // MONITOR
    int64 reads_slowly_since = 0;    // with more unsent than the soft limit; 0: it does not

    // Whether it leaves more unread than it may; to be asked now and then.
    bool reads_too_slowly(const core::OutputBufferLimit& limit, int64 now) {
        auto unsent = static_cast<int64>(connection.unsent());
        if (limit.soft == 0 || unsent <= limit.soft)
            reads_slowly_since = 0;
        else if (reads_slowly_since == 0)
            reads_slowly_since = now;
        return (limit.hard != 0 && unsent > limit.hard) ||
               (reads_slowly_since != 0 && now - reads_slowly_since > limit.soft_seconds * 1000);
    }

    // Of the turn. What was replied before is no more taken back.
    size_t output_mark = 0;   // of the output
    int commands = 0;         // that are done
    bool has_more = false;    // there may be a further request in the input
    bool wants_exec = false;  // that is EXEC
};

}  // namespace server
