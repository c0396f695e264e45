// What this transaction read and is going to cache, when it commits.
//
// A row is read by the statement's own snapshot; at the commit the locks of its key are taken, if
// nobody has them, and with them the row is looked at again by a new snapshot. If it is the same
// version, no writer can have got past it: who commits before the locks is seen by the snapshot,
// who comes after them waits for our commit, and removes what we wrote. So the locks are held for a
// few microseconds only, and no code of a user's runs under them.
//
// A transaction that has written anything fills nothing: what it read may be its own and come to
// nothing, and its commit may take long.
#pragma once

#include "cache/entry.hpp"
#include "cache/row_query.hpp"

namespace cache::fills {

// True if what is read now may be cached. Calls nothing that raises.
bool is_possible();

// Called before a key that is not cached is read. True if it was being cached by somebody else
// meanwhile, so that it is worthwhile to look again, by a new snapshot. Calls PostgreSQL, may raise
// and wait up to kv.cache_wait.
bool wait_for_other(uint64 key_hash);
// Called if nothing is going to be cached after all: the cache had it by now, or it was not to be
// remembered. Else each key would keep a lock to the end of the statement.
void let_others_fill(uint64 key_hash);

// Remember a row, that there is none, or a query's result; false if it is too much. These throw.
bool add_row(const Source& source, Bytes name, Bytes json, const Version& version, int64 lifetime);
bool add_absence(const Source& source, const Part* parts, Bytes name, int64 lifetime);
bool add_result(Bytes name, Bytes packed, int64 lifetime);

// Called by _PG_init.
void install_callbacks();

}  // namespace cache::fills
