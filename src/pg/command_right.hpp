// The right to run a command: EXECUTE on its function in schema kv, and USAGE on the schema.
#pragma once

#include "pg/pg.hpp"

namespace pg {

// By the name of the command's SQL function, whose bytea form decides, or its only one. False
// also where there is no such function. Called from PostgreSQL.
bool may_run(const char* function, Oid role);

// The commands that administer the server have no function of their own: kv.administer() stands
// for them.
bool may_administer(Oid role);

}  // namespace pg
