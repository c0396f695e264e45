#include "worker/holds.hpp"

#include "worker/state.hpp"

extern "C" {
#include <signal.h>

#include "storage/procarray.h"
#include "utils/wait_event.h"
}

namespace worker::holds {

namespace {

// How long a session waits for a worker: until it ends it by a signal, and in all. PostgreSQL
// itself waits for a few seconds more before it refuses the statement.
constexpr int patience = 1000;
constexpr int wait_limit = 5000;
constexpr int wait_step = 10;

bool holding = false;  // this session

Hold* unused_hold() {
    for (Hold& hold : shared->holds)
        if (!OidIsValid(hold.database) || !BackendPidGetProc(hold.session))
            return &hold;
    return nullptr;
}

// Enters the hold and tells the database's worker. Returns the worker's pid, 0 if there is none.
pid_t enter(Oid database) {
    Hold* hold = unused_hold();
    if (!hold)
        return 0;
    *hold = {database, MyProcPid};
    holding = true;
    shared->holds_so_far++;
    for (Entry& entry : shared->entries) {
        if (!entry.is_used() || entry.database != database)
            continue;
        if (entry.pid != 0) {
            tell_to_leave(entry);
            return entry.pid;
        }
        // One that has been asked for finds that it came too late.
        if (entry.expected) {
            entry.generation++;
            worker_is_gone(entry, State::held);
        }
    }
    return 0;
}

// A worker is in its entry before PostgreSQL knows its database, and PostgreSQL knows it a moment
// longer than its entry.
bool is_there(pid_t worker) {
    if (BackendPidGetProc(worker))
        return true;
    return locked(LW_SHARED, [worker] {
        return std::any_of(std::begin(shared->entries), std::end(shared->entries),
                           [worker](const Entry& entry) { return entry.pid == worker; });
    });
}

void wait_until_gone(pid_t worker) {
    bool signalled = false;
    for (int waited = 0; waited < wait_limit && is_there(worker); waited += wait_step) {
        if (waited >= patience && !signalled) {
            signalled = true;
            kill(worker, SIGTERM);
        }
        (void)WaitLatch(MyLatch, WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, wait_step, PG_WAIT_EXTENSION);
        CHECK_FOR_INTERRUPTS();
    }
}

}  // namespace

bool is_held(Oid database) {
    return std::any_of(std::begin(shared->holds), std::end(shared->holds), [database](Hold hold) {
        return hold.database == database && BackendPidGetProc(hold.session);
    });
}

void take(Oid database) {
    pid_t worker = locked(LW_EXCLUSIVE, [database] { return enter(database); });
    if (worker != 0)
        wait_until_gone(worker);
}

void release_all() {
    if (!holding)
        return;
    holding = false;
    locked(LW_EXCLUSIVE, [] {
        for (Hold& hold : shared->holds)
            if (hold.session == MyProcPid)
                hold = {};
        wake_launcher();
    });
}

}  // namespace worker::holds
