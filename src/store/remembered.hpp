// Where this transaction wrote the latest version of a key's row: a small table in which a later
// key takes an earlier one's place. What it says must be checked against the row found there.
#pragma once

#include "pg/pg.hpp"

namespace store::remembered {

void set(Oid table, uint64 key_hash, ItemPointerData tid);
bool find(Oid table, uint64 key_hash, ItemPointer tid);

// The row was deleted.
void set_deleted(Oid table, uint64 key_hash);
// True if the row was deleted by this transaction, and is not known to have come back.
bool was_deleted(Oid table, uint64 key_hash);
// True if the row was deleted by this transaction, and came back.
bool came_back(Oid table, uint64 key_hash);

void forget_all();  // a table may have got a new file

// Grows when all is forgotten.
uint32 current_epoch();

// Called by _PG_init.
void install_callbacks();

}  // namespace store::remembered
