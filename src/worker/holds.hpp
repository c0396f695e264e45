// Holds: a session that drops, renames, moves or copies a database keeps the workers away from it
// until its transaction ends.
#pragma once

#include "pg/pg.hpp"

namespace worker::holds {

// True while a living session holds the database. The lock of the shared state must be held.
bool is_held(Oid database);

// Keeps workers away from a database and waits, for some seconds at most, until they have left.
// May raise.
void take(Oid database);

// Gives back all that the session holds.
void release_all();

}  // namespace worker::holds
