// What the launcher, the maintenance workers and the sessions tell each other in shared memory.
// README.md tells how the states follow each other.
#pragma once

#include "pg/pg.hpp"

extern "C" {
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "utils/timestamp.h"
}

namespace worker {

constexpr int entry_limit = 64;   // listed databases
constexpr int hold_limit = 64;    // of all sessions together
constexpr int error_limit = 256;  // bytes of a message kept

enum class State : uint8_t {
    none,
    starting,       // the postmaster was asked to start a worker
    running,        // a worker does its work
    failing,        // a worker runs, and its last batch ended with an error
    leaving,        // the worker was told to leave
    held,           // no worker, while a session drops, renames, moves or copies the database
    ended,          // the worker ended without being told; another is started
    no_extension,   // looked at again and again
    other_version,  // the extension is not of the library's version; looked at again and again
    no_database,
    not_accepting,  // connections
    is_template,
    no_slot,  // max_worker_processes are running; tried again and again
};

// As kv.workers shows it.
const char* name_of(State state);

// A database that is, or was just, listed in kv.worker_databases.
struct Entry {
    NameData name;  // empty: the entry is unused
    Oid database;
    State state;
    State reported;  // the state that the log tells of
    TimestampTz since;

    // The worker. It is there from the moment it has entered its pid until it takes that away.
    uint32 generation;  // of the worker that may enter; an earlier one leaves again
    bool expected;      // one was asked for and has not yet entered
    bool told_to_leave;
    bool look_again;  // something changed since the worker was asked for
    pid_t pid;
    Latch* latch;
    TimestampTz started_at;  // or asked for

    int failures;  // starts, or batches, that failed in a row
    TimestampTz next_start;

    char error[error_limit];
    TimestampTz error_at;
    uint64 removed;
    int64 last_batch;
    TimestampTz last_batch_at;

    bool is_used() const { return name.data[0] != '\0'; }
};

// A session's wish that no worker be in a database.
struct Hold {
    Oid database;  // invalid: unused
    pid_t session;
};

struct Shared {
    Latch* launcher;      // null: it does not run
    uint32 holds_so_far;  // tells whether one came meanwhile
    Entry entries[entry_limit];
    Hold holds[hold_limit];
};

// Null unless the library is preloaded.
extern Shared* shared;
extern LWLock* shared_lock;

// Calls a function, which must neither raise nor throw, while holding the lock.
template <class Function>
auto locked(LWLockMode mode, Function&& function) -> decltype(function()) {
    LWLockAcquire(shared_lock, mode);
    if constexpr (std::is_void_v<decltype(function())>) {
        function();
        LWLockRelease(shared_lock);
    } else {
        auto value = function();
        LWLockRelease(shared_lock);
        return value;
    }
}

// For these the lock must be held.
void set_state(Entry& entry, State state);
void set_error(Entry& entry, const char* message);
void tell_to_leave(Entry& entry);
// Takes note that the entry's worker is gone, or never came, and when to start the next.
void worker_is_gone(Entry& entry, State state);
void wake_launcher();

// The pause after so many failures in a row, in milliseconds: 1 s, doubled up to 60 s.
int backoff(int failures);

// Called by install().
void reserve_shared_state();

}  // namespace worker
