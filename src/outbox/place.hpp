// What a database's sessions and its relay tell each other in shared memory.
#pragma once

#include "pg/pg.hpp"

extern "C" {
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "utils/timestamp.h"
}

namespace outbox {

constexpr int target_limit = 16;    // of a database, that have figures
constexpr int bucket_limit = 64;    // of latencies
constexpr int problem_limit = 200;  // bytes kept of why a target is not ready

// One target as the relay sees it.
struct TargetFigures {
    NameData name;  // empty: unused
    char state[16];
    char problem[problem_limit];
    TimestampTz since;  // when that state began
    uint64 sent;        // changes that Redis has acknowledged
    uint64 retried;     // that were sent, or tried to be sent, in vain
    uint64 dead;
    // How many took how long from commit to acknowledgement: latency_bucket() tells which.
    uint64 latencies[bucket_limit];
};

struct Place {
    Oid database;  // invalid: unused
    // Read and written without the lock:
    Latch* relay;              // null: no worker relays
    TimestampTz first_commit;  // that the relay has not seen yet; 0: none
    int32 current;             // which table writers append to
    // Under the lock:
    TargetFigures targets[target_limit];
};

// This database's; null if the library is not preloaded, or nobody has claimed one yet. Neither
// waits nor raises.
Place* place();

// The same; takes one if there is none yet. Null if there are no more.
Place* claim_place();

// The process relays from now on, until it leaves: writers wake it.
void take_place();
void leave_place();

// Gives back what a dropped database held.
void forget_database(Oid database);

extern LWLock* place_lock;

// Called by _PG_init.
void install_place();

}  // namespace outbox
