// The maintenance worker of a database: it removes expired keys and the rows of flushed keyspaces,
// a batch at a time, and leaves when it is told to or has nothing to work on.
#pragma once

#include "pg/pg.hpp"

extern "C" {
#include "postmaster/bgworker.h"
}

namespace worker::maintenance {

// Asks the postmaster for the worker of an entry. Null if max_worker_processes are taken.
BackgroundWorkerHandle* ask_for_worker(int entry, uint32 generation, const char* database);

}  // namespace worker::maintenance
