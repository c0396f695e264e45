// How a source is put together from the registry of watched tables and the system catalogs.
#pragma once

#include "cache/source.hpp"

namespace cache {

// The sources of a table, each in a memory context of its own; null if it has none.
Source* build_sources(Oid table);
void forget_plans(Source& source);

// For messages.
const char* generate_table_name(Oid table);
const char* list_of_columns(const Source* sources);

}  // namespace cache
