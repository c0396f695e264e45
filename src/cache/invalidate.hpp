// What the triggers of watched tables tell the cache, within the transaction that changes a table.
// These call PostgreSQL and may raise; they may wait, but only for as long as a reader takes to
// read one row and commit.
#pragma once

#include <span>

#include "cache/entry.hpp"

namespace cache {

// A row with that key came, changed or went. `columns` are those of a watch with mode read, in any
// order, `texts` what their types' output functions make of the key's values. Removes what is
// cached of that key, and up to the end of the transaction keeps readers, who do not see the change
// yet, from caching it.
void invalidate(Oid table, std::span<const AttrNumber> columns, std::span<const Bytes> texts);

// Any row of the table may have changed.
void invalidate_all(Oid table);

// Something in the table changed: results of queries that name it are out of date once the
// transaction commits. Cheap from the second call within a transaction on.
void note_change(Oid table);

// The same for who has the name of the row in the cache; true if it was there, or how many were.
bool remove_row(Oid table, Bytes name, Busy busy);
int64 remove_rows(Oid table, Busy busy);

}  // namespace cache
