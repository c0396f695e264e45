// A client of the Redis protocol's door, as the commands about connections see it, and the door's
// clients together. Plain data: the sockets and PostgreSQL's side are the server's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/function_ref.hpp"
#include "core/status.hpp"

namespace command {

using core::Bytes;
using core::FunctionRef;
using core::Status;

// A key that WATCH looks after, as it was then.
struct WatchedKey {
    int database;
    std::string key;
    bool existed;
    int64_t version;
};

struct Client {
    // CLIENT REPLY. `skip_next`: CLIENT REPLY SKIP was just called; `skip`: the command that comes
    // now is the one that gets no reply.
    enum class Replies { on, off, skip_next, skip };

    int64_t id = 0;
    std::string name;          // CLIENT SETNAME
    std::string library_name;  // CLIENT SETINFO
    std::string library_version;
    std::string user;  // the role's name; empty: not logged in
    int protocol = 2;
    int database = 0;
    Replies replies = Replies::on;
    bool no_evict = false;
    bool no_touch = false;
    bool is_monitor = false;

    // MULTI
    bool is_queueing = false;
    bool queue_is_broken = false;  // a command could not be queued: EXEC will refuse
    std::vector<std::vector<std::string>> queue;
    std::vector<WatchedKey> watched;

    // A command that has not answered yet. The server calls it again at repeat_at, or when it likes
    // to, until it has, which ends the wait, and takes no other command of the client meanwhile. To
    // end the wait before, it sets `until` to 0 and calls the command again.
    struct Wait {
        int64_t repeat_at;  // milliseconds since 1970
        int64_t until;
        int64_t target;  // the command's own business
    };
    std::optional<Wait> wait;
    bool is_executing = false;  // EXEC runs the queue, told by the server: nothing may wait

    // The connection, told by the server. Times are in milliseconds since 1970.
    std::string address;
    std::string local_address;
    int descriptor = -1;
    bool is_unix_socket = false;
    bool is_tls = false;
    bool is_blocked = false;   // waits for another transaction
    bool shall_close = false;  // once its replies are sent
    int64_t connected_at = 0;
    int64_t last_used_at = 0;
    std::string last_command;  // "client|list"; set before its handler runs
    size_t argument_size = 0;  // of the command that runs, waits or is not wholly received
    size_t input_size = 0;     // bytes received and not yet used
    size_t input_capacity = 0;
    size_t output_size = 0;  // bytes not yet sent
    size_t output_capacity = 0;
    size_t output_peak = 0;  // the largest output_capacity of late
    uint64_t commands = 0;

    // Whether the reply of the command that was just run is sent. To be asked once after each.
    bool takes_reply() {
        Replies before = replies;
        if (before == Replies::skip_next)
            replies = Replies::skip;
        else if (before == Replies::skip)
            replies = Replies::on;
        return before == Replies::on;
    }

    void leave_multi() {
        is_queueing = queue_is_broken = false;
        queue.clear();
        watched.clear();
    }
};

// All clients of the door.
class Clients {
public:
    // In the order of their ids.
    virtual void walk(FunctionRef<void(Client&)> visit) = 0;
    // Ends a connection at once, or, that of the client whose command runs, after its replies.
    virtual void close(Client& client) = 0;
    // Commands, or those only that write, wait until a time in milliseconds since 1970.
    virtual void pause(bool only_writes, int64_t until) = 0;
    virtual void unpause() = 0;
    // CLIENT UNBLOCK: ends the wait of a client that is_blocked, with an error or as if its time
    // had run out; false if it does not wait.
    virtual bool unblock(Client& client, bool with_error) = 0;

    // Lets a client act as a role of PostgreSQL if the password is its.
    virtual Status login(Client& client, Bytes user, Bytes password) = 0;
    // Back to what a new connection is: RESET.
    virtual void log_out(Client& client) = 0;

protected:
    ~Clients() = default;
};

}  // namespace command
