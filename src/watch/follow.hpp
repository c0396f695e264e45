// How a watch follows its table when that changes.
#pragma once

#include "pg/pg.hpp"

namespace watch {

// kv.watch_now(id): the columns of kv.watch that follow from the table, as they must be by now.
// What the texts name is found by name, or, where a name is gone, by what was known. Throws
// pg::Error if it is not there any more.
Datum row_as_it_is_now(FunctionCallInfo fcinfo);

}  // namespace watch
