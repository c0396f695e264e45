// The queries of kv.cache_query, prepared and looked at once per session: which tables they read,
// and that they read nothing else. Calls PostgreSQL and may raise.
#pragma once

#include "cache/source.hpp"

namespace cache {

// A query as one role gives it under some settings. Valid to the end of the transaction.
struct Statement {
    SPIPlanPtr plan;
    MemoryContext memory;
    int generation;  // of the plan that was looked at
    bool bypasses;   // row security applies: nothing is cached
    uint64 shape;    // of the query, views resolved
    int table_count;
    Oid* tables;  // in the order of their oids
    int type_count;
    Oid* types;  // that are not PostgreSQL's own
};

// The values of a query's parameters.
struct Parameters {
    int count;
    Oid types[FUNC_MAX_ARGS];
    Datum values[FUNC_MAX_ARGS];
    char nulls[FUNC_MAX_ARGS];
};

// These are to be called while connected to SPI.

// The statement of a query, prepared if this session has not seen it yet.
Statement& find_statement(const char* query, const Parameters& parameters);

// Locks the tables, checks the rights of the current role as the executor does, and the query if it
// is another one by now. Raises if it is not one that can be cached.
void check_statement(Statement& statement);

// What its result depends on besides the tables' rows: it changes with their definitions.
uint64 shape_of(const Statement& statement);

// Called by _PG_init.
void install_statements();

}  // namespace cache
