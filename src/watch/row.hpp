// A row of kv.watch, as it is stored.
#pragma once

#include "pg/pg.hpp"

namespace watch {

// Texts are null where the column is.
struct Row {
    int32 id;
    Oid table;
    char* key;
    char* condition;
    char** columns;
    int column_count;  // -1: NULL
    Oid known_oid;
    const int16* known_columns;
    int known_column_count;
    char* known_condition;
    char* broken;
    int database;   // of pg_kv's own keys
    char* pattern;  // of these; else null
    unsigned modes;
    char* channel;
};

// What follows calls PostgreSQL, may raise, and allocates in the current memory context.

// The rows over one of the tables, or over any if there are none, by id. They are read as the
// catalogs are, by a snapshot of now: whoever may write to a table sees who watches it, also under
// REPEATABLE READ.
List* read_rows(List* tables);
// The rows over keys of pg_kv, read likewise.
List* read_rows_of_keys();
// The row of an id, or null.
Row* read_row(int32 id);

// Whether the triggers of a watch are those that see rows one by one, as kv.watch_table says: false
// for one that is not in there.
bool is_by_row(const Row& row);

// A relation and all above it.
List* lineage(Oid relation);

}  // namespace watch
