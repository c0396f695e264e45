// Where the extension's own relations are, looked up once per backend and again after a change.
#pragma once

#include "store/patience.hpp"

namespace store {

// Storage classes: rows of durable databases are in logged tables, those of cache databases in
// UNLOGGED ones, which are empty after a crash and cannot be read on a standby.
enum class Storage : uint8_t { durable, cache };
constexpr int storage_count = 2;

// What the elements of large collections are: fields of hashes and members of sets, items of
// lists, members of sorted sets, and the blocks behind their ranks.
enum class ElementKind : uint8_t { field, item, member, block };
constexpr int element_kind_count = 4;

struct KeyRelations {
    Oid table;
    Oid due_index;
    Oid size_table;
};

struct Catalog {
    Oid extension_owner;
    KeyRelations keys[storage_count];
    Oid elements[storage_count][element_kind_count];
    Oid dropped_collection[storage_count];
    Oid database_map;
    Oid dropped_keyspace;
    Oid table_changes;
    Oid table_changes_index;
    Oid watch;
    Oid watch_table;
    Oid row_id_sequence;
    Oid database_views[16];  // kv.db0 to kv.db15: their privileges are the databases'
};

struct Extension {
    Oid owner;      // invalid if there is no extension in this database
    char* version;  // in the current memory context

    bool is_ours() const;  // this library knows the layout
};
Extension find_extension();

// Raises if the extension is not there, or is of another layout than this library.
const Catalog& catalog();

// The same, or null where catalog() would raise because there is no extension in this database.
const Catalog* catalog_if_there();

// Draws a number for a key's row or a collection.
int64 next_row_id();

// Looks everything up again when asked next.
void forget_catalog();

// Opens a table that is chosen from the catalog; chooses again if the extension was dropped, and
// perhaps created again, while we waited for the lock.
template <class Choose>
Relation open_own_table(LOCKMODE mode, Choose choose) {
    for (;;) {
        Oid table_oid = choose(catalog());
        patience::before_lock(table_oid, mode);
        if (Relation table = try_table_open(table_oid, mode))
            return table;
        forget_catalog();
    }
}

// For cache callbacks: true also while the catalog is not known.
bool may_be_database_map(Oid relation);

// Called by _PG_init.
void watch_catalog();

}  // namespace store
