// Which rows a numbered database means, where they are stored, and who may use them.
#pragma once

#include "store/catalog.hpp"
#include "store/store.hpp"

namespace store {

struct Keyspace {
    int32_t id;  // the namespace column of the key tables
    Storage storage;
};

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

// Called by _PG_init.
void watch_database_map();

}  // namespace store
