#include "server/dispatch.hpp"

#include "command/client_text.hpp"
#include "command/gate.hpp"
#include "core/text.hpp"
#include "pg/guard.hpp"
#include "pg/statistics.hpp"
#include "server/admission.hpp"
#include "server/transaction.hpp"

extern "C" {
#include "miscadmin.h"
#include "utils/memutils.h"
}

namespace server {

namespace {

using command::Client;
using command::Command;
using command::ErrorCode;
using command::Id;
using core::Status;

// A command that has taken long goes to a helper at once for so long.
constexpr int64 remembered_for = 10 * 1000;  // ms

// What is not queued after MULTI.
bool runs_at_once(const Command& command) {
    switch (command.id) {
        case Id::exec:
        case Id::discard:
        case Id::multi:
        case Id::watch:
        case Id::quit:
        case Id::reset:
            return true;
        default:
            return false;
    }
}

// What a browser sends that was lured to this port: what follows would be taken for commands.
bool is_of_http(Bytes word) {
    return core::equals_ignoring_case(word, "post") || core::equals_ignoring_case(word, "host:");
}

bool has(const Command& command, uint32_t flag) {
    return (command.flags & flag) != 0;
}

}  // namespace

resp::Protocol protocol_of(const Session& session) {
    return session.client.protocol == 3 ? resp::Protocol::resp3 : resp::Protocol::resp2;
}

Dispatch::Dispatch(store::TurnStore& store, Login& login, Records& records,
                   command::Clients& clients, command::Server& server)
    : store_(store),
      login_(login),
      records_(records),
      clients_(clients),
      server_(server),
      server_role_(GetUserId()),
      command_memory_(pg::call([] {
          return AllocSetContextCreate(TopMemoryContext, "pg_kv command", ALLOCSET_DEFAULT_SIZES);
      })) {}

Done Dispatch::run(Session& session, std::span<const Bytes> arguments) {
    std::string& output = session.connection.output();
    const size_t size = output.size();
    Done done = Done::final;
    core::Result<const Command*> admitted = gate(session, arguments);
    if (admitted) {
        done = run(session, **admitted, arguments);
        if (done != Done::final && done != Done::in_turn)
            return done;
    } else {
        refuse(session, arguments, std::move(admitted).status());
    }
    session.client.commands++;
    if (!session.client.takes_reply())
        output.resize(std::min(size, output.size()));
    return done;
}

// A command that the client may run.
Done Dispatch::run(Session& session, const Command& command, std::span<const Bytes> arguments) {
    Client& client = session.client;
    if (client.is_queueing && !runs_at_once(command)) {
        client.queue.emplace_back(arguments.begin(), arguments.end());
        resp::Writer(session.connection.output()).status("QUEUED");
        return Done::final;
    }
    if (is_paused(session, command)) {
        session.resume_at = pause_.until;
        return Done::later;
    }
    if (command.id == Id::exec && client.is_queueing) {
        if (!client.queue_is_broken)
            return Done::exec;
        client.leave_multi();
        reply_error(session, &command, core::Status(ErrorCode::exec_abort).error().reply());
        return Done::final;
    }
    if (has(command, command::CONNECTION) && session.commands > 0)
        return Done::postponed;
    if (was_too_long(session, command) || (has(command, command::HELPER) && !session.is_unlimited))
        return Done::helper;
    if (std::exchange(session.is_unblocked_with_error, false)) {
        client.wait.reset();
        reply_error(session, nullptr, "UNBLOCKED client unblocked via CLIENT UNBLOCK");
        return Done::final;
    }
    command::RespReply reply(session.connection.output(), protocol_of(session));
    try {
        answer(session, command, arguments, reply);
    } catch (const Later&) {
        return Done::later;
    }
    if (client.wait) {
        session.resume_at = client.wait->repeat_at;
        return Done::later;
    }
    return has(command, command::CONNECTION) ? Done::final : Done::in_turn;
}

void Dispatch::run_queued(Session& session, std::span<const Bytes> arguments,
                          command::RespReply& reply) {
    core::Result<const Command*> admitted = gate(session, arguments);
    if (admitted)
        answer(session, **admitted, arguments, reply);
    else
        reply.writer().error(std::move(admitted).status().error().reply());
}

void Dispatch::answer(Session& session, const Command& command, std::span<const Bytes> arguments,
                      command::RespReply& reply) {
    Client& client = session.client;
    const int database = client.database;
    if (Bytes(client.last_command) != command.name)
        client.last_command = command.name;
    command::Door door{client, clients_, server_, &roles_};
    running_ = &command;
    become(session);
    store_.begin_command({});
    pg::statistics::count_command(static_cast<int>(command.id), database);
    command::Call call{command, arguments, database, store_, reply, &door};
    MemoryContextReset(command_memory_);
    MemoryContext before = MemoryContextSwitchTo(command_memory_);
    std::string error;
    if (Status status = command.handler(call); !status) {
        error = status.error().reply();
        reply.writer().error(error);
    }
    MemoryContextSwitchTo(before);
    if (!client.wait)
        records_.ran(session, command, arguments, error);
}

void Dispatch::reply_error(Session& session, const Command* command, const std::string& error) {
    if (command)
        records_.figures().count_rejected(command->id, error);
    else
        records_.figures().count_error(error);
    resp::Writer(session.connection.output()).error(error);
}

// Within MULTI a command that cannot be queued is the end of all; so is EXEC itself.
void Dispatch::refuse(Session& session, std::span<const Bytes> arguments, const Status& status) {
    Client& client = session.client;
    const Command* command = command::find(arguments[0]);
    if (is_of_http(arguments[0])) {
        client.shall_close = true;
        session.connection.output().clear();
        pg::call([&client] {
            ereport(LOG, (errmsg("a client of HTTP at %s was sent away from the port of the Redis "
                                 "protocol",
                                 client.address.c_str())));
        });
        return;
    }
    if (command && command->id == Id::exec) {
        client.leave_multi();
        bool is_plain = Bytes(status.error().prefix()) == "ERR";
        reply_error(session, command,
                    "EXECABORT Transaction discarded because of: " +
                        (is_plain ? status.error().message() : status.error().reply()));
        return;
    }
    client.queue_is_broken |= client.is_queueing;
    reply_error(session, command, status.error().reply());
}

// The command that the arguments call, if the client may run it at all.
core::Result<const Command*> Dispatch::gate(Session& session, std::span<const Bytes> arguments) {
    if (!admit(session))
        session.client.user.clear();
    core::Result<const Command*> admitted = command::admit(session.client, arguments);
    if (!admitted || rights::may_run(session.seat.role().oid, **admitted))
        return admitted;
    const Client& client = session.client;
    roles_.log().add(
        {command::AclLog::Reason::command,
         client.is_executing || client.is_queueing ? command::AclLog::Context::multi
                                                   : command::AclLog::Context::toplevel,
         (*admitted)->name, client.user, command::client_line(client, transaction::milliseconds())},
        transaction::milliseconds());
    return command::no_permission(client.user, **admitted);
}

// Roles may be dropped, and memberships end, while a connection is open.
bool Dispatch::admit(Session& session) {
    if (session.roles_epoch == roles_epoch())
        return bool(session.seat);
    session.roles_epoch = roles_epoch();
    if (session.seat && !login_.is_still_welcome(session.seat.role())) {
        session.seat = Seat();
        session.client.shall_close = true;
    } else if (!session.seat && login_.admit_default(session.seat)) {
        session.client.user = session.seat.role().name;
    }
    return bool(session.seat);
}

void Dispatch::note_too_long() {
    if (running_ && has(*running_, command::SLOW))
        too_long_until_[static_cast<size_t>(running_->id)] =
            transaction::milliseconds() + remembered_for;
}

bool Dispatch::was_too_long(const Session& session, const Command& command) {
    int64 until = too_long_until_[static_cast<size_t>(command.id)];
    return until != 0 && !session.is_unlimited && until > transaction::milliseconds();
}

bool Dispatch::is_paused(const Session& session, const Command& command) {
    if (pause_.until == 0)
        return false;
    if (pause_.until <= transaction::milliseconds()) {
        pause_.until = 0;
        return false;
    }
    // Among what is queued there may be a write.
    bool writes = command.writes() || (command.id == Id::exec && session.client.is_queueing);
    return (writes || !pause_.only_writes) && command.id != Id::client_unpause;
}

void Dispatch::become(const Session& session) {
    Oid role = session.seat ? session.seat.role().oid : server_role_;
    if (GetUserId() != role)
        SetUserIdAndSecContext(role, SECURITY_LOCAL_USERID_CHANGE);
}

void Dispatch::become_server() {
    SetUserIdAndSecContext(server_role_, 0);
}

}  // namespace server
