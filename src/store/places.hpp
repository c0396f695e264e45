// Where rows of keys and elements were last found, for all sessions: it spares a reader the descent
// of the index, which is most of the work. A table in shared memory, there only if the library is
// preloaded.
//
// Nobody takes back what it says. A row may have moved or gone, its place may be another row's by
// now, or beyond the end of the table. So a place must be checked to exist, and to hold a row that
// is visible and has the key: then that is the key's row, as a visible key has one. Likewise an
// element.
#pragma once

#include "pg/pg.hpp"

namespace store::places {

// The root of a row's HOT chain, to which the index would lead.
bool find(Relation table, uint64 hash, ItemPointer root);
bool find(Oid file, uint64 hash, ItemPointer root);
// Before find(), for the processor.
void prefetch(Oid file, uint64 hash);
void set(Relation table, uint64 hash, ItemPointerData root);

// Called by _PG_init.
void install();

}  // namespace store::places
