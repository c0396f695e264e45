// The cache of rows and of the results of queries, coherent with the tables: README.md tells how.
#pragma once

namespace cache {

// Called by _PG_init.
void install();

}  // namespace cache
