// The background workers: a launcher, and the workers of each listed database.
#pragma once

namespace worker {

// Called by _PG_init while shared libraries are preloaded.
void install();

}  // namespace worker
