// What the launcher, the workers and the sessions tell each other in shared memory.
// README.md tells how the states follow each other.
#pragma once

#include "pg/pg.hpp"

extern "C" {
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "utils/timestamp.h"
}

namespace worker {

// Each listed database has a worker of each kind.
enum class Kind : uint8_t { maintenance, server, relay };
constexpr Kind kinds[] = {Kind::maintenance, Kind::server, Kind::relay};

constexpr int database_limit = 64;  // that are listed
constexpr int entry_limit = database_limit * static_cast<int>(std::size(kinds));
constexpr int helper_limit = 16;  // of a worker
constexpr int hold_limit = 64;    // of all sessions together
constexpr int error_limit = 256;  // bytes of a message kept

enum class State : uint8_t {
    none,
    starting,       // the postmaster was asked to start a worker
    running,        // a worker does its work
    failing,        // a worker runs, and its last work ended with an error
    leaving,        // the worker was told to leave
    held,           // no worker, while a session drops, renames, moves or copies the database
    ended,          // the worker ended without being told; another is started
    no_extension,   // looked at again and again
    other_version,  // the extension is not of the library's version; looked at again and again
    no_database,
    not_accepting,  // connections
    is_template,
    no_slot,        // max_worker_processes are running; tried again and again
    no_port,        // the server is not to listen anywhere; looked at again and again
    not_listening,  // the server could not; tried again and again
    no_target,      // there is nobody to relay to; looked at again and again
};

// As kv.workers shows them.
const char* name_of(Kind kind);
const char* name_of(State state);

// A process that a worker has started for work of its own.
struct Helper {
    pid_t pid;  // 0: unused
    Latch* latch;
    TimestampTz since;
};

// The worker of a kind for a database that is, or was just, listed in kv.worker_databases.
struct Entry {
    NameData name;  // empty: the entry is unused
    Kind kind;
    Oid database;
    State state;
    State reported;  // the state that the log tells of
    TimestampTz since;

    // The worker. It is there from the moment it has entered its pid until it takes that away.
    uint32 generation;  // of the worker that may enter; an earlier one leaves again
    bool expected;      // one was asked for and has not yet entered
    bool told_to_leave;
    bool look_again;  // something changed since the worker was asked for, or looked
    pid_t pid;
    Latch* latch;
    TimestampTz started_at;  // or asked for
    Helper helpers[helper_limit];

    int failures;  // starts, or pieces of work, that failed in a row
    TimestampTz next_start;

    char error[error_limit];
    TimestampTz error_at;
    uint64 removed;
    int64 last_batch;
    TimestampTz last_batch_at;

    bool is_used() const { return name.data[0] != '\0'; }
    // The process is the worker or one of its helpers.
    bool has_process(pid_t process) const;
    bool has_helpers() const;
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
// The worker, and its helpers with it.
void tell_to_leave(Entry& entry);
// Takes note that the entry's worker is gone, or never came, and when to start the next.
void worker_is_gone(Entry& entry, State state);
void wake_launcher();

// Something that concerns the workers of a database, or of all if it is invalid, has changed: they,
// or the launcher, shall look at it now.
void look_again_at(Oid database);

// The pause after so many failures in a row, in milliseconds: 1 s, doubled up to 60 s.
int backoff(int failures);
// The same where a worker of a kind ended, or its work did.
int pause_after_failure(Kind kind, int failures);

// Called by install().
void reserve_shared_state();

}  // namespace worker
