#include "server/dispatch.hpp"

#include "pg/guard.hpp"
#include "pg/statistics.hpp"
#include "server/transaction.hpp"

extern "C" {
#include "miscadmin.h"
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

bool has(const Command& command, uint32_t flag) {
    return (command.flags & flag) != 0;
}

void refuse(Session& session, const Status& status) {
    resp::Writer(session.connection.output()).error(status.error().reply());
}

// The replies that CLIENT REPLY wants dropped.
void drop_reply(Client& client, Client::Replies before, std::string& output, size_t size) {
    if (before == Client::Replies::skip) {
        output.resize(size);
        if (client.replies == Client::Replies::skip)
            client.replies = Client::Replies::on;
    } else if (client.replies != Client::Replies::on) {
        output.resize(size);
    }
}

}  // namespace

resp::Protocol protocol_of(const Session& session) {
    return session.client.protocol == 3 ? resp::Protocol::resp3 : resp::Protocol::resp2;
}

Dispatch::Dispatch(store::TurnStore& store, Login& login, command::Clients& clients,
                   command::Server& server)
    : store_(store), login_(login), clients_(clients), server_(server), server_role_(GetUserId()) {}

Done Dispatch::run(Session& session, std::span<const Bytes> arguments) {
    Client& client = session.client;
    std::string& output = session.connection.output();
    const size_t size = output.size();
    const Client::Replies replies = client.replies;

    core::Result<const Command*> resolved = command::resolve(arguments);
    Status status = resolved ? gate(session, **resolved) : std::move(resolved).status();
    Done done = Done::final;
    if (!status) {
        client.queue_is_broken |= client.is_queueing;
        refuse(session, status);
    } else if (const Command& command = **resolved; client.is_queueing && !runs_at_once(command)) {
        client.queue.emplace_back(arguments.begin(), arguments.end());
        resp::Writer(output).status("QUEUED");
    } else if (is_paused(session, command)) {
        session.resume_at = pause_.until;
        return Done::later;
    } else if (command.id == Id::exec && client.is_queueing) {
        if (!client.queue_is_broken)
            return Done::exec;
        client.leave_multi();
        refuse(session, ErrorCode::exec_abort);
    } else if (has(command, command::CONNECTION) && session.commands > 0) {
        return Done::postponed;
    } else if (was_too_long(session, command)) {
        return Done::helper;
    } else {
        command::RespReply reply(output, protocol_of(session));
        try {
            answer(session, command, arguments, reply);
        } catch (const Later&) {
            return Done::later;
        }
        done = has(command, command::CONNECTION) ? Done::final : Done::in_turn;
    }
    drop_reply(client, replies, output, size);
    client.commands++;
    return done;
}

void Dispatch::run_queued(Session& session, std::span<const Bytes> arguments,
                          command::RespReply& reply) {
    core::Result<const Command*> resolved = command::resolve(arguments);
    Status status = resolved ? gate(session, **resolved) : std::move(resolved).status();
    if (status)
        answer(session, **resolved, arguments, reply);
    else
        reply.writer().error(status.error().reply());
}

void Dispatch::answer(Session& session, const Command& command, std::span<const Bytes> arguments,
                      command::RespReply& reply) {
    command::Door door{session.client, clients_, server_};
    running_ = &command;
    become(session);
    store_.begin_command({});
    pg::statistics::count_command(static_cast<int>(command.id), session.client.database);
    command::Call call{command, arguments, session.client.database, store_, reply, &door};
    if (Status status = command.handler(call); !status)
        reply.writer().error(status.error().reply());
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

void Dispatch::note_too_long() {
    if (running_ && has(*running_, command::SLOW))
        too_long_until_[static_cast<size_t>(running_->id)] =
            transaction::milliseconds() + remembered_for;
}

bool Dispatch::was_too_long(const Session& session, const Command& command) {
    return has(command, command::SLOW) && !session.is_unlimited &&
           too_long_until_[static_cast<size_t>(command.id)] != 0 &&
           too_long_until_[static_cast<size_t>(command.id)] > transaction::milliseconds();
}

// Whether the client may run the command at all.
Status Dispatch::gate(Session& session, const Command& command) {
    if (has(command, command::NO_AUTH))
        return {};
    if (!admit(session))
        return ErrorCode::not_logged_in;
    if (!rights::may_run(session.seat.role().oid, command))
        return {ErrorCode::no_permission, command.name};
    if (session.client.is_queueing && has(command, command::NO_MULTI))
        return ErrorCode::not_inside_transaction;
    return {};
}

// Roles may be dropped, and memberships end, while a connection is open.
bool Dispatch::admit(Session& session) {
    if (session.seat && session.roles_epoch == roles_epoch())
        return true;
    session.roles_epoch = roles_epoch();
    bool has_lost_role = session.seat && !login_.is_still_welcome(session.seat.role());
    if (has_lost_role) {
        session.seat = Seat();
        session.client.shall_close = true;
    }
    return !has_lost_role && (session.seat || login_.admit_default(session.seat));
}

void Dispatch::become(const Session& session) {
    if (Oid role = session.seat ? session.seat.role().oid : server_role_; GetUserId() != role)
        SetUserIdAndSecContext(role, SECURITY_LOCAL_USERID_CHANGE);
}

void Dispatch::become_server() {
    SetUserIdAndSecContext(server_role_, 0);
}

}  // namespace server
