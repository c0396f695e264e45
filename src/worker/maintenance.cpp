// The maintenance worker of a database: it removes expired keys and the rows of flushed keyspaces,
// a batch at a time, and leaves when it is told to or has nothing to work on.
#include "worker/agenda.hpp"
#include "worker/attempt.hpp"
#include "worker/process.hpp"

extern "C" {
#include "pgstat.h"
#include "utils/wait_event.h"
}

namespace worker::maintenance {

namespace {

void set_up_session() {
    // What a crash undoes is done again.
    process::set("synchronous_commit", "off");
    // A backstop: the batches take their locks without waiting.
    process::set("lock_timeout", "200");
}

// A lock that was not to be had in time is no failure.
bool is_worth_logging(int sqlstate) {
    return sqlstate != ERRCODE_LOCK_NOT_AVAILABLE && process::is_worth_logging(sqlstate);
}

// Returns the pause.
int note_failure(const ErrorData* error) {
    if (error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
        return backoff(0);
    return process::note_failure(error->message);
}

void note_removed(int64 rows) {
    locked(LW_EXCLUSIVE, [rows] {
        Entry& entry = process::entry();
        entry.removed += rows;
        entry.last_batch = rows;
        entry.last_batch_at = GetCurrentTimestamp();
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
        process::leave(done.extension);
    if (done.removed > 0)
        note_removed(done.removed);
    process::note_success();
    return done.pause;
}

}  // namespace

}  // namespace worker::maintenance

extern "C" {

PGDLLEXPORT void kv_maintenance_main(Datum);

void kv_maintenance_main(Datum argument) {
    using namespace worker;
    process::begin(argument, "pg_kv maintenance");
    maintenance::set_up_session();
    for (;;) {
        // What may have changed is looked at in each batch.
        (void)process::heed();
        int pause = maintenance::work();
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, pause,
                        PG_WAIT_EXTENSION);
        ResetLatch(MyLatch);
    }
}
}
