// One request of a client: whether it may run, its handler, its reply.
#pragma once

#include <span>

#include "command/command.hpp"
#include "command/resp_reply.hpp"
#include "server/records.hpp"
#include "server/rights.hpp"
#include "server/roles.hpp"
#include "server/session.hpp"
#include "store/turn_store.hpp"

namespace server {

resp::Protocol protocol_of(const Session& session);

// What became of a request.
enum class Done {
    final,      // the reply stands, whatever becomes of the transaction
    in_turn,    // the reply stands if the transaction is committed
    postponed,  // to the next turn, since this one's changes are not yet committed
    exec,       // it is EXEC, and the commands that were queued are to be run
    helper,     // it takes long, and was not run
    later,      // not before Session::resume_at
};

// Thrown by a command that is to be run again at Session::resume_at.
struct Later {};

class Dispatch {
public:
    Dispatch(store::TurnStore& store, Login& login, Records& records, command::Clients& clients,
             command::Server& server);

    command::AclLog& acl_log() { return roles_.log(); }

    // Whether the client has a role, if only that of those who do not log in. Within a transaction.
    bool admit(Session& session);
    // Within a transaction. Throws what the store throws, and pg::Error.
    Done run(Session& session, std::span<const Bytes> arguments);
    // A command that was queued, as EXEC runs it: the reply is an element of the array.
    void run_queued(Session& session, std::span<const Bytes> arguments, command::RespReply& reply);

    // The command that ran last has visited more than it may.
    void note_too_long();

    // Commands, or those only that write, are put off until a time in milliseconds since 1970.
    void pause(bool only_writes, int64 until) { pause_ = {only_writes, until}; }
    int64 paused_until() const { return pause_.until; }

    // The role's rights, for the command or the transaction at hand.
    void become(const Session& session);
    // The server's own.
    void become_server();

private:
    core::Result<const command::Command*> gate(Session& session, std::span<const Bytes> arguments);
    Done run(Session& session, const command::Command& command, std::span<const Bytes> arguments);
    void reply_error(Session& session, const command::Command* command, const std::string& error);
    void refuse(Session& session, std::span<const Bytes> arguments, const core::Status& status);
    void answer(Session& session, const command::Command& command, std::span<const Bytes> arguments,
                command::RespReply& reply);
    bool was_too_long(const Session& session, const command::Command& command);
    bool is_paused(const Session& session, const command::Command& command);

    store::TurnStore& store_;
    Login& login_;
    Records& records_;
    command::Clients& clients_;
    command::Server& server_;
    Roles roles_;
    Oid server_role_;
    MemoryContext command_memory_;  // what a command allocates
    const command::Command* running_ = nullptr;
    std::array<int64, rights::command_count> too_long_until_ = {};
    struct {
        bool only_writes = false;
        int64 until = 0;
    } pause_;
};

}  // namespace server
