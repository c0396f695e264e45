// The configuration parameters, all called kv.*.
#pragma once

#include "core/bytes.hpp"

namespace pg::settings {

// kv.database: a database's number or name, as it was set.
const char* database();
// Its number, -1 if it was given by name.
int database_number();

// kv.prefix: stands before every key of the session.
core::Bytes prefix();

// kv.worker_databases: PostgreSQL databases that get a maintenance worker, separated by commas.
const char* worker_databases();

// Called by _PG_init.
void define();

}  // namespace pg::settings
