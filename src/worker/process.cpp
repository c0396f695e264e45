#include <atomic>

#include "worker/process.hpp"

#include "store/catalog.hpp"
#include "worker/holds.hpp"

extern "C" {
#include "catalog/pg_db_role_setting.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
}

namespace worker::process {

namespace {

// How long a worker must do without an error before it is no more taken for one that fails again
// and again.
constexpr int recovery = 60 * 1000;

Entry* own_entry = nullptr;
uint32 generation = 0;
State last_state = State::ended;  // what the entry shall say when the worker is gone
emit_log_hook_type next_emit_log = nullptr;

// The last words of a worker that PostgreSQL ends.
void keep_fatal_message(ErrorData* error) {
    if (next_emit_log)
        next_emit_log(error);
    if (error->elevel < FATAL || !error->message || !MyProc || LWLockHeldByMe(shared_lock))
        return;
    note_error(error->message);
}

void say_gone(int, Datum) {
    locked(LW_EXCLUSIVE, [] {
        if (own_entry->pid == MyProcPid && own_entry->generation == generation)
            worker_is_gone(*own_entry, last_state);
    });
}

// Takes the place in the entry, or leaves if it is no longer meant for this worker. Returns the
// database.
Oid enter(int index) {
    memcpy(&generation, MyBgworkerEntry->bgw_extra, sizeof(generation));
    own_entry = &shared->entries[index];
    Oid database = locked(LW_EXCLUSIVE, [] {
        if (!own_entry->expected || own_entry->generation != generation)
            return InvalidOid;
        own_entry->expected = false;
        own_entry->pid = MyProcPid;
        own_entry->latch = MyLatch;
        own_entry->started_at = GetCurrentTimestamp();
        return own_entry->database;
    });
    if (!OidIsValid(database))
        proc_exit(0);
    before_shmem_exit(say_gone, 0);
    next_emit_log = emit_log_hook;
    emit_log_hook = keep_fatal_message;
    return database;
}

// Read without the lock, which whoever sets them holds: our latch is set afterwards.
bool is_set(bool& flag) {
    return std::atomic_ref<bool>(flag).load(std::memory_order_relaxed);
}

bool heed_signals() {
    if (ProcDiePending)
        leave(State::ended);
    CHECK_FOR_INTERRUPTS();
    if (!ConfigReloadPending)
        return false;
    ConfigReloadPending = false;
    ProcessConfigFile(PGC_SIGHUP);
    return true;
}

bool heed_wishes() {
    if (is_set(own_entry->told_to_leave))
        leave(locked(LW_SHARED, [] {
            return holds::is_held(own_entry->database) ? State::held : State::leaving;
        }));
    if (!is_set(own_entry->look_again))
        return false;
    locked(LW_EXCLUSIVE, [] { own_entry->look_again = false; });
    return true;
}

const char* main_function(Kind kind) {
    switch (kind) {
        case Kind::maintenance:
            return "kv_maintenance_main";
        case Kind::server:
            return "kv_server_main";
        case Kind::relay:
            break;
    }
    return "kv_relay_main";
}

}  // namespace

BackgroundWorkerHandle* ask_for(BackgroundWorker process) {
    strlcpy(process.bgw_library_name, "pg_kv", BGW_MAXLEN);
    process.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    process.bgw_start_time = BgWorkerStart_RecoveryFinished;
    process.bgw_restart_time = BGW_NEVER_RESTART;
    process.bgw_notify_pid = MyProcPid;
    BackgroundWorkerHandle* handle = nullptr;
    MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
    bool asked = RegisterDynamicBackgroundWorker(&process, &handle);
    MemoryContextSwitchTo(before);
    return asked ? handle : nullptr;
}

BackgroundWorkerHandle* ask_for_worker(int index, uint32 wanted_generation) {
    const Entry& entry = shared->entries[index];
    const char* kind = name_of(entry.kind);
    BackgroundWorker worker = {};
    snprintf(worker.bgw_name, BGW_MAXLEN, "pg_kv %s worker for %s", kind, NameStr(entry.name));
    snprintf(worker.bgw_type, BGW_MAXLEN, "pg_kv %s", kind);
    strlcpy(worker.bgw_function_name, main_function(entry.kind), BGW_MAXLEN);
    worker.bgw_main_arg = Int32GetDatum(index);
    memcpy(worker.bgw_extra, &wanted_generation, sizeof(wanted_generation));
    return ask_for(worker);
}

void begin(Datum argument, const char* application_name) {
    pqsignal(SIGHUP, SignalHandlerForConfigReload);
    pqsignal(SIGTERM, die);
    Oid database = enter(DatumGetInt32(argument));
    BackgroundWorkerUnblockSignals();
    BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0);
    set_up_session(application_name);
}

void set_up_session(const char* application_name) {
    set("search_path", "pg_catalog, pg_temp");
    set("default_transaction_isolation", "read committed");
    set("default_transaction_read_only", "off");
    set("default_transaction_deferrable", "off");
    set("statement_timeout", "0");
    set("idle_in_transaction_session_timeout", "0");
    pgstat_report_appname(application_name);
}

void set(const char* name, const char* value) {
    SetConfigOption(name, value, PGC_SUSET, PGC_S_OVERRIDE);
}

bool heed() {
    bool reloaded = heed_signals();
    return heed_wishes() || reloaded;
}

State look_at_extension() {
    store::Extension extension = store::find_extension();
    if (!OidIsValid(extension.owner))
        return State::no_extension;
    return extension.is_ours() ? State::running : State::other_version;
}

void apply_database_settings() {
    Relation settings = table_open(DbRoleSettingRelationId, AccessShareLock);
    Snapshot snapshot = RegisterSnapshot(GetCatalogSnapshot(DbRoleSettingRelationId));
    ApplySetting(snapshot, MyDatabaseId, InvalidOid, settings, PGC_S_DATABASE);
    UnregisterSnapshot(snapshot);
    table_close(settings, AccessShareLock);
}

void leave(State why) {
    last_state = why;
    // The postmaster is not to start the worker again; the launcher does.
    proc_exit(0);
}

void leave(State why, const char* message) {
    note_error(message);
    leave(why);
}

bool is_worth_logging(int) {
    return own_entry->state != State::failing;
}

int note_failure(const char* message) {
    return locked(LW_EXCLUSIVE, [message] {
        TimestampTz last = std::max(own_entry->error_at, own_entry->started_at);
        if (TimestampDifferenceExceeds(last, GetCurrentTimestamp(), recovery))
            own_entry->failures = 0;
        set_error(*own_entry, message);
        set_state(*own_entry, State::failing);
        own_entry->reported = State::failing;
        return pause_after_failure(own_entry->kind, own_entry->failures++);
    });
}

void note_error(const char* message) {
    locked(LW_EXCLUSIVE, [message] { set_error(*own_entry, message); });
}

void note_success() {
    // Read without the lock: nobody else makes it running, or failing.
    if (own_entry->state == State::running)
        return;
    locked(LW_EXCLUSIVE, [] {
        set_state(*own_entry, State::running);
        wake_launcher();
    });
}

Entry& entry() {
    return *own_entry;
}

int entry_index() {
    return static_cast<int>(own_entry - shared->entries);
}

}  // namespace worker::process
