#include "worker/maintenance.hpp"

#include "worker/agenda.hpp"
#include "worker/attempt.hpp"
#include "worker/holds.hpp"
#include "worker/state.hpp"

extern "C" {
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/wait_event.h"
}

namespace worker::maintenance {

namespace {

// How long the worker must do without an error before it is no more taken for one that fails again
// and again.
constexpr int recovery = 60 * 1000;

Entry* entry = nullptr;
uint32 generation = 0;
State last_state = State::ended;  // what the entry shall say when the worker is gone
emit_log_hook_type next_emit_log = nullptr;

// The last words of a worker that PostgreSQL ends.
void keep_fatal_message(ErrorData* error) {
    if (next_emit_log)
        next_emit_log(error);
    if (error->elevel < FATAL || !error->message || !MyProc || LWLockHeldByMe(shared_lock))
        return;
    locked(LW_EXCLUSIVE, [error] { set_error(*entry, error->message); });
}

void say_gone(int, Datum) {
    locked(LW_EXCLUSIVE, [] {
        if (entry->pid == MyProcPid && entry->generation == generation)
            worker_is_gone(*entry, last_state);
    });
}

[[noreturn]] void leave(State why) {
    last_state = why;
    // The postmaster is not to start the worker again; the launcher does.
    proc_exit(0);
}

// Takes the place in the entry, or leaves if it is no longer meant for this worker. Returns the
// database.
Oid enter(int index) {
    memcpy(&generation, MyBgworkerEntry->bgw_extra, sizeof(generation));
    entry = &shared->entries[index];
    Oid database = locked(LW_EXCLUSIVE, [] {
        if (!entry->expected || entry->generation != generation)
            return InvalidOid;
        entry->expected = false;
        entry->pid = MyProcPid;
        entry->latch = MyLatch;
        entry->started_at = GetCurrentTimestamp();
        return entry->database;
    });
    if (!OidIsValid(database))
        proc_exit(0);
    before_shmem_exit(say_gone, 0);
    next_emit_log = emit_log_hook;
    emit_log_hook = keep_fatal_message;
    return database;
}

void set(const char* name, const char* value) {
    SetConfigOption(name, value, PGC_SUSET, PGC_S_OVERRIDE);
}

// Whatever the database's or the server's configuration says.
void set_up_session() {
    set("search_path", "pg_catalog, pg_temp");
    set("default_transaction_isolation", "read committed");
    set("default_transaction_read_only", "off");
    set("default_transaction_deferrable", "off");
    set("statement_timeout", "0");
    set("idle_in_transaction_session_timeout", "0");
    // What a crash undoes is done again.
    set("synchronous_commit", "off");
    // A backstop: the batches take their locks without waiting.
    set("lock_timeout", "200");
    pgstat_report_appname("pg_kv maintenance");
}

void heed_signals() {
    if (ProcDiePending)
        leave(State::ended);
    CHECK_FOR_INTERRUPTS();
    if (ConfigReloadPending) {
        ConfigReloadPending = false;
        ProcessConfigFile(PGC_SIGHUP);
    }
}

void heed_wishes() {
    State wish = locked(LW_SHARED, [] {
        if (holds::is_held(entry->database))
            return State::held;
        return entry->told_to_leave ? State::leaving : State::none;
    });
    if (wish != State::none)
        leave(wish);
}

// A lock that was not to be had in time is no failure, and one of many is not logged again.
bool is_worth_logging(int sqlstate) {
    return sqlstate != ERRCODE_LOCK_NOT_AVAILABLE && entry->state != State::failing;
}

// Returns the pause.
int note_failure(const ErrorData* error) {
    if (error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
        return backoff(0);
    return locked(LW_EXCLUSIVE, [error] {
        set_error(*entry, error->message);
        set_state(*entry, State::failing);
        entry->reported = State::failing;
        return backoff(entry->failures++);
    });
}

void note_success(const agenda::Done& done) {
    locked(LW_EXCLUSIVE, [&done] {
        TimestampTz now = GetCurrentTimestamp();
        if (done.removed > 0) {
            entry->removed += done.removed;
            entry->last_batch = done.removed;
            entry->last_batch_at = now;
        }
        if (entry->state != State::running) {
            set_state(*entry, State::running);
            wake_launcher();
        }
        if (TimestampDifferenceExceeds(std::max(entry->error_at, entry->started_at), now, recovery))
            entry->failures = 0;
    });
}

// Does what is next. Returns the pause after it, in milliseconds.
int work() {
    agenda::Done done = {};
    ErrorData* error = attempt(is_worth_logging, [&done] { done = agenda::work(); });
    if (error) {
        pgstat_report_activity(STATE_IDLE, nullptr);
        int pause = note_failure(error);
        FreeErrorData(error);
        return pause;
    }
    if (done.extension != State::running)
        leave(done.extension);
    note_success(done);
    return done.pause;
}

}  // namespace

BackgroundWorkerHandle* ask_for_worker(int index, uint32 generation, const char* database) {
    BackgroundWorker worker = {};
    snprintf(worker.bgw_name, BGW_MAXLEN, "pg_kv maintenance worker for %s", database);
    strlcpy(worker.bgw_type, "pg_kv maintenance", BGW_MAXLEN);
    strlcpy(worker.bgw_library_name, "pg_kv", BGW_MAXLEN);
    strlcpy(worker.bgw_function_name, "kv_maintenance_main", BGW_MAXLEN);
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = BGW_NEVER_RESTART;
    worker.bgw_main_arg = Int32GetDatum(index);
    memcpy(worker.bgw_extra, &generation, sizeof(generation));
    worker.bgw_notify_pid = MyProcPid;
    BackgroundWorkerHandle* handle = nullptr;
    MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
    bool asked = RegisterDynamicBackgroundWorker(&worker, &handle);
    MemoryContextSwitchTo(before);
    return asked ? handle : nullptr;
}

}  // namespace worker::maintenance

extern "C" {

PGDLLEXPORT void kv_maintenance_main(Datum);

void kv_maintenance_main(Datum index) {
    using namespace worker::maintenance;
    pqsignal(SIGHUP, SignalHandlerForConfigReload);
    pqsignal(SIGTERM, die);
    Oid database = enter(DatumGetInt32(index));
    BackgroundWorkerUnblockSignals();
    BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0);
    set_up_session();
    for (;;) {
        heed_signals();
        heed_wishes();
        int pause = work();
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, pause,
                        PG_WAIT_EXTENSION);
        ResetLatch(MyLatch);
    }
}
}
