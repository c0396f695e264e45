// Where the relay's own tables are, and the locks that it takes on them.
#pragma once

#include "pg/pg.hpp"

namespace outbox {

struct Relations {
    Oid owner;      // of the extension
    Oid tables[2];  // of the outbox
    Oid pending;
    Oid dead;
    Oid target;
    Oid watch;
    Oid timeline;
    Oid versions;  // the sequence
};

// Looked up once, and again after a change. Raises if the extension is not there, or is of another
// layout than this library.
const Relations& relations();

// Counts the changes of kv.relay_target and kv.watch that this session has heard of.
uint64 registry_changes();

// Whoever relays has this lock, so that there is one at a time: a worker for as long as it lives, a
// session until its transaction ends, since what it has sent stands in the outbox until then. False
// if somebody else has it.
bool lock_relay(bool for_session);

// Takes all locks that a step of the relay needs, without waiting. False if another session has, or
// waits for, one that conflicts, or the tables just went away.
bool lock_tables_without_waiting();

// Called by _PG_init.
void watch_relations();

}  // namespace outbox
