// The locks that keep a reader from caching what a writer is about to change. They are PostgreSQL's
// heavyweight locks, so that they go with a subtransaction that is rolled back and stay with a
// prepared transaction. All are held to the end of the transaction and call PostgreSQL.
//
// A writer shares the lock of its key, which is one of 1,024, with other writers, and waits for a
// filler if it must. A filler needs it for itself and never waits: no deadlock goes through it.
#pragma once

#include "pg/pg.hpp"

namespace cache::locks {

// Keeps fillers away from a key of a table, or from all its keys. May wait.
void lock_to_change(Oid table, uint64 key_hash);
void lock_to_change_all(Oid table);

// Keeps writers and other fillers away from a key; false if there are any.
bool lock_to_fill(Oid table, uint64 key_hash);
// Results know no writers: keeps other fillers away from one.
bool lock_to_fill_result(uint64 key_hash);

// Of those that miss one key at one time, one gets this lock and the others wait for it, each for
// so long as it pleases.
bool try_to_be_filler(uint64 key_hash);
// Does nothing for who is none.
void resign_as_filler(uint64 key_hash);

// Whether this transaction may have changed the table.
bool may_have_changed(Oid table, bool has_partitions);

// Called by _PG_init.
void install_callbacks();

}  // namespace cache::locks
