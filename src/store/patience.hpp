// How long the transaction of this process may take: whether it may wait for others, and how much
// one command may look at. The server, which runs the commands of many clients in one transaction,
// may not wait while it holds locks; everybody else may.
#pragma once

#include "pg/pg.hpp"

namespace store {

// Another transaction is at what a command wants to change, and nothing was waited for: at a key,
// or else, if `transaction` is invalid, at a table. The transaction must be aborted.
struct Blocked {
    TransactionId transaction;
};

// A command has visited more than it may. The transaction must be aborted.
struct TooLong {};

namespace patience {

// What follows, up to the end of the transaction, throws Blocked rather than wait.
void forbid_waiting();
// False also while the transaction commits.
bool may_wait();

// What is called before something may wait for a transaction or a lock on a relation; these throw
// Blocked where waiting is forbidden. They may be called within pg::call, not within a function
// that PostgreSQL calls.
void before_wait_for(TransactionId transaction);
// Afterwards the lock can be had without waiting.
void before_lock(Oid relation, LOCKMODE mode);

// From now on, `visits` of elements and keys are allowed; the next throws TooLong.
void limit_visits(int64 visits);
void lift_limit();

extern int64 visits_left;
[[noreturn]] void give_up();

inline void count_visit() {
    if (visits_left-- == 0)
        give_up();
}

// Called by _PG_init.
void install_callbacks();

}  // namespace patience

}  // namespace store
