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

// The workers and helpers of a database.
struct Processes {
    static constexpr int limit = static_cast<int>(std::size(kinds)) * (1 + helper_limit);

    pid_t pids[limit];
    int count;

    void add(pid_t pid) {
        if (pid != 0 && count < limit)
            pids[count++] = pid;
    }
};

// Enters the hold and tells the database's workers. Returns the processes that are to leave.
Processes enter(Oid database) {
    Processes processes = {};
    Hold* hold = unused_hold();
    if (!hold)
        return processes;
    *hold = {database, MyProcPid};
    holding = true;
    shared->holds_so_far++;
    for (Entry& entry : shared->entries) {
        if (!entry.is_used() || entry.database != database)
            continue;
        if (entry.pid != 0)
            tell_to_leave(entry);
        processes.add(entry.pid);
        for (const Helper& helper : entry.helpers)
            processes.add(helper.pid);
        // One that has been asked for finds that it came too late.
        if (entry.expected) {
            entry.generation++;
            worker_is_gone(entry, State::held);
        }
    }
    return processes;
}

// A process is in its entry before PostgreSQL knows its database, and PostgreSQL knows it a moment
// longer than its entry.
bool is_there(pid_t process) {
    if (BackendPidGetProc(process))
        return true;
    return locked(LW_SHARED, [process] {
        return std::any_of(std::begin(shared->entries), std::end(shared->entries),
                           [process](const Entry& entry) { return entry.has_process(process); });
    });
}

// Forgets those that have left.
void look_again(Processes& processes) {
    auto* end = std::remove_if(processes.pids, processes.pids + processes.count,
                               [](pid_t process) { return !is_there(process); });
    processes.count = static_cast<int>(end - processes.pids);
}

void wait_until_gone(Processes& processes) {
    bool signalled = false;
    for (int waited = 0; waited < wait_limit; waited += wait_step) {
        look_again(processes);
        if (processes.count == 0)
            return;
        if (waited >= patience && !signalled) {
            signalled = true;
            for (int i = 0; i < processes.count; i++)
                kill(processes.pids[i], SIGTERM);
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
    Processes processes = locked(LW_EXCLUSIVE, [database] { return enter(database); });
    wait_until_gone(processes);
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
