// The process of the slow lane: runs one command after the other, each in a transaction of its own,
// as a session of SQL would, waiting for locks where it has to.
#include "server/helper.hpp"

#include "command/command.hpp"
#include "command/resp_reply.hpp"
#include "pg/entry.hpp"
#include "pg/settings_server.hpp"
#include "pg/statistics.hpp"
#include "server/cached_tables.hpp"
#include "server/errors.hpp"
#include "server/rights.hpp"
#include "store/table_store.hpp"
#include "worker/helpers.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "commands/discard.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/timeout.h"
#include "utils/wait_event.h"
}

namespace server {

namespace {

// Whose code may have left something behind in the session, such as temporary tables; none:
// nobody's.
Oid former_role = InvalidOid;

// No role finds what another's code has left.
void discard_what_is_of(Oid another_role) {
    if (!OidIsValid(former_role) || former_role == another_role)
        return;
    DiscardStmt everything = {};
    everything.type = T_DiscardStmt;
    everything.target = DISCARD_ALL;
    StartTransactionCommand();
    DiscardCommand(&everything, true);
    CommitTransactionCommand();
    former_role = InvalidOid;
}

void begin() {
    QueryCancelPending = false;  // it was meant for an earlier command
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    pgstat_report_activity(STATE_RUNNING, "a slow command");
    if (int limit = pg::settings::server().command_timeout; limit > 0)
        enable_timeout_after(STATEMENT_TIMEOUT, limit);
}

// As the role until the end: triggers may be deferred.
void commit() {
    disable_timeout(STATEMENT_TIMEOUT, false);
    CommitTransactionCommand();
    SetUserIdAndSecContext(BOOTSTRAP_SUPERUSERID, 0);
    pgstat_report_stat(false);
}

void abort() {
    HOLD_INTERRUPTS();
    disable_timeout(STATEMENT_TIMEOUT, false);
    AbortCurrentTransaction();
    RESUME_INTERRUPTS();
}

// In a transaction.
core::Status run(const Request& request, std::span<const Bytes> words, command::Reply& reply) {
    core::Result<const command::Command*> resolved = command::resolve(words);
    if (!resolved)
        return std::move(resolved).status();
    const command::Command& command = **resolved;
    if (!rights::may_run(request.role, command))
        return {core::ErrorCode::no_permission, command.name};
    SetUserIdAndSecContext(request.role, SECURITY_LOCAL_USERID_CHANGE);
    pg::statistics::count_command(static_cast<int>(command.id), request.database);
    if (command.flags & command::HELPER)
        former_role = request.role;
    store::TableStore store({});
    TablesInSql cached_tables;
    command::Call call{command, words, request.database, store, reply, nullptr, &cached_tables};
    RETURN_IF_ERROR(command.handler(call));
    store.finish();
    return {};
}

std::string answer(Bytes message) {
    std::vector<Bytes> words;
    Request request = Request::unpack(message, words);
    std::string output;
    command::RespReply reply(output,
                             request.protocol == 3 ? resp::Protocol::resp3 : resp::Protocol::resp2);
    std::string error;
    try {
        pg::call([&request] { discard_what_is_of(request.role); });
        pg::call(begin);
        core::Status status = run(request, words, reply);
        pg::call(commit);
        if (status)
            return output;
        error = status.error().reply();
    } catch (const pg::Error& failure) {
        error = reply_of(*failure.data());
    } catch (const std::exception& failure) {
        error = std::string("ERR ") + failure.what();
    }
    if (IsTransactionState() || IsAbortedTransactionBlockState())
        pg::call(abort);
    output.clear();
    resp::Writer(output).error(error);
    return output;
}

// A cancel that comes so late must not leave half a message.
void send(shm_mq_handle* queue, Bytes reply) {
    constexpr size_t part_size = queue_size / 4;
    HOLD_CANCEL_INTERRUPTS();
    for (; !reply.empty(); reply.remove_prefix(std::min(part_size, reply.size()))) {
        Bytes part = reply.substr(0, part_size);
        shm_mq_iovec parts[] = {{&reply_part, 1}, {part.data(), part.size()}};
        if (shm_mq_sendv(queue, parts, 2, false, false) != SHM_MQ_SUCCESS)
            proc_exit(0);
    }
    if (shm_mq_send(queue, 1, &reply_end, false, true) != SHM_MQ_SUCCESS)
        proc_exit(0);
    QueryCancelPending = false;
    RESUME_CANCEL_INTERRUPTS();
}

// The next request. Leaves if the server is gone, or needs this helper no more.
Bytes receive(shm_mq_handle* queue) {
    pgstat_report_activity(STATE_IDLE, nullptr);
    for (;;) {
        ResetLatch(MyLatch);
        QueryCancelPending = false;
        worker::helpers::heed();
        Size size;
        void* data;
        shm_mq_result result = shm_mq_receive(queue, &size, &data, true);
        if (result == SHM_MQ_SUCCESS)
            return {static_cast<const char*>(data), size};
        if (result == SHM_MQ_DETACHED)
            proc_exit(0);
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_EXIT_ON_PM_DEATH, 0, PG_WAIT_EXTENSION);
    }
}

void serve(dsm_segment* segment) {
    auto* requests = reinterpret_cast<shm_mq*>(Segment::of(segment)->requests);
    auto* replies = reinterpret_cast<shm_mq*>(Segment::of(segment)->replies);
    shm_mq_set_receiver(requests, MyProc);
    shm_mq_set_sender(replies, MyProc);
    shm_mq_handle* in = shm_mq_attach(requests, segment, nullptr);
    shm_mq_handle* out = shm_mq_attach(replies, segment, nullptr);
    for (;;) {
        Bytes message = pg::call([in] { return receive(in); });
        std::string reply = answer(message);
        pg::call([&] { send(out, reply); });
    }
}

}  // namespace

}  // namespace server

extern "C" {

PGDLLEXPORT void kv_helper_main(Datum);

void kv_helper_main(Datum argument) {
    dsm_handle handle = worker::helpers::begin(argument, "pg_kv helper");
    pqsignal(SIGINT, StatementCancelHandler);
    dsm_segment* segment = dsm_attach(handle);
    if (!segment)
        proc_exit(0);  // the server has ended meanwhile
    dsm_pin_mapping(segment);
    server::rights::watch();
    pg::entry([segment] { server::serve(segment); });
}
}
