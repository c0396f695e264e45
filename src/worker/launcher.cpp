#include "worker/launcher.hpp"

#include "worker/attempt.hpp"
#include "worker/reconcile.hpp"
#include "worker/report.hpp"
#include "worker/state.hpp"

extern "C" {
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/wait_event.h"
}

namespace worker::launcher {

namespace {

constexpr int seconds_until_restart = 5;

int failures = 0;  // in a row

bool is_first_failure(int) {
    return failures == 0;
}

void leave(int, Datum) {
    locked(LW_EXCLUSIVE, [] { shared->launcher = nullptr; });
}

void start_up() {
    pqsignal(SIGHUP, SignalHandlerForConfigReload);
    pqsignal(SIGTERM, die);
    BackgroundWorkerUnblockSignals();
    BackgroundWorkerInitializeConnection(nullptr, nullptr, 0);
    before_shmem_exit(leave, 0);
    locked(LW_EXCLUSIVE, [] { shared->launcher = MyLatch; });
}

void heed_signals() {
    // The exit code makes the postmaster start the launcher again, unless it shuts down.
    if (ProcDiePending)
        proc_exit(1);
    CHECK_FOR_INTERRUPTS();
    if (ConfigReloadPending) {
        ConfigReloadPending = false;
        ProcessConfigFile(PGC_SIGHUP);
    }
}

// Returns the pause before the next pass.
int pass() {
    volatile int pause = 0;
    ErrorData* error = attempt(is_first_failure, [&pause] { pause = reconcile(); });
    if (error) {
        FreeErrorData(error);
        return backoff(failures++);
    }
    failures = 0;
    report_changes();
    return pause;
}

}  // namespace

void install() {
    // pg_upgrade wants to be alone.
    if (IsBinaryUpgrade)
        return;
    BackgroundWorker worker = {};
    strlcpy(worker.bgw_name, "pg_kv launcher", BGW_MAXLEN);
    strlcpy(worker.bgw_type, "pg_kv launcher", BGW_MAXLEN);
    strlcpy(worker.bgw_library_name, "pg_kv", BGW_MAXLEN);
    strlcpy(worker.bgw_function_name, "kv_launcher_main", BGW_MAXLEN);
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    // Not on a standby, until it is promoted.
    worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = seconds_until_restart;
    RegisterBackgroundWorker(&worker);
}

}  // namespace worker::launcher

extern "C" {

PGDLLEXPORT void kv_launcher_main(Datum);

void kv_launcher_main(Datum) {
    using namespace worker::launcher;
    start_up();
    for (;;) {
        heed_signals();
        int pause = pass();
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, pause,
                        PG_WAIT_EXTENSION);
        ResetLatch(MyLatch);
    }
}
}
