// A client of the Redis protocol's door, as the commands about connections see it, and the door's
// clients together. Plain data: the sockets and PostgreSQL's side are the server's.
#pragma once

#include <cstdint>
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
    // CLIENT REPLY: `skip` drops the reply of the next command.
    enum class Replies { on, off, skip };

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

    // The connection, told by the server. Times are in milliseconds since 1970.
    std::string address;
    std::string local_address;
    int descriptor = -1;
    bool is_unix_socket = false;
    bool is_blocked = false;   // waits for another transaction
    bool shall_close = false;  // once its replies are sent
    int64_t connected_at = 0;
    int64_t last_used_at = 0;
    std::string last_command;
    size_t input_size = 0;  // bytes received and not yet used
    size_t input_capacity = 0;
    size_t output_size = 0;  // bytes not yet sent
    uint64_t commands = 0;

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
