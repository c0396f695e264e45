// Whether a query may be cached: that all it depends on are the rows of watched tables, its text
// and its parameters.
#pragma once

#include "pg/pg.hpp"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace cache {

// The tables that a rewritten query reads, as a list of oids without duplicates. Raises if it reads
// or does anything else.
List* tables_of_query(Query* query);

}  // namespace cache
