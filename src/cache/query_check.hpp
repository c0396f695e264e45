// Whether a query may be cached: that all it depends on are the rows of watched tables, its text
// and its parameters.
#pragma once

#include "pg/pg.hpp"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace cache {

// What a rewritten query reads and what values it handles: lists of oids without duplicates.
struct QueryUse {
    List* tables;  // in the order of their oids
    List* types;   // that are not PostgreSQL's own
};

// Raises if the query does anything but read tables, or depends on anything else.
QueryUse check_query(Query* query);

}  // namespace cache
