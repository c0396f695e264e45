// Fetching a row by its place in a heap. Calls PostgreSQL, and may raise.
#pragma once

#include "pg/pg.hpp"

namespace store {

// Whether a place that may be out of date lies within the table at all.
bool has_block(Relation table, ItemPointerData place);
// The same of a block of a table or an index.
bool has_block(Relation relation, BlockNumber block);

// The open transaction that has locked or changed a version of a row, this one if there is no
// other; invalid if there is none.
TransactionId holder_of(Relation table, ItemPointerData place);

// Fetches into the slot what a snapshot sees of a row, from the root of its HOT chain; false if it
// sees none. all_dead, if given, tells whether nobody sees anything any more.
bool fetch_row(Relation table, ItemPointerData root, Snapshot snapshot, bool is_writer,
               TupleTableSlot* slot, bool* all_dead);

}  // namespace store
