// Running a command for a SQL function.
#pragma once

#include "sql/arguments.hpp"

namespace sql {

// Called from PostgreSQL; raises a command's error with its SQLSTATE.
Datum run(command::FunctionId id, Form form, FunctionCallInfo fcinfo);

// Raises where a command that writes may not run: in a read-only transaction, on a standby, in a
// parallel worker.
void check_may_write(const command::Command& command);

}  // namespace sql
