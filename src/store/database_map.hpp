// Which rows a numbered database means, where they are stored, and who may use them.
#pragma once

#include "store/catalog.hpp"
#include "store/store.hpp"

namespace store {

struct Keyspace {
    int32_t id;  // the namespace column of the key tables
    Storage storage;
};

// Keyspaces that are no database's: of cached rows, and of the results of cached queries.
constexpr Keyspace cached_rows = {-1, Storage::cache};
constexpr Keyspace cached_queries = {-2, Storage::cache};
constexpr bool is_database(Keyspace keyspace) {
    return keyspace.id >= 0;
}

enum class Access { read, write };

// All of these call PostgreSQL and may raise.

// The keyspace of a database number, from 0 to 15.
Keyspace keyspace_of(int database);

// Raises unless the current role may read or write the database.
void check_access(int database, Access access);
bool has_access(int database, Access access);

// The number of the database of that name.
int database_named(const char* name);

void flush_database(int database);
void swap_databases(int first, int second);

// Lets every session read the map again: this one at its next command, the others when the
// transaction has committed.
void announce_databases();

// Lets this session read the map again. For who has seen that a transaction has committed, and
// cannot wait for what it announces, which comes a moment later.
void forget_databases();

// Called by _PG_init.
void watch_database_map();

}  // namespace store
