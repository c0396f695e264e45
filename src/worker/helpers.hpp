// Processes that a worker starts itself, for work of its own. They are listed beneath its entry,
// which is how statements about databases find them, and leave when the worker does.
#pragma once

#include "pg/pg.hpp"

extern "C" {
#include "postmaster/bgworker.h"
}

namespace worker::helpers {

// In the worker: asks the postmaster for one, whose main function in this library is given what its
// begin() returns. Null if max_worker_processes are taken.
BackgroundWorkerHandle* ask_for(const char* main_function, uint32 argument);

// In the helper, what it does first: it takes a place beneath the worker's entry and connects to
// the worker's database as a role, or as a superuser. Leaves if the worker is gone or about to be,
// or all places are taken.
uint32 begin(Datum argument, const char* application_name, Oid role = InvalidOid);

// To be called outside of transactions and whenever the latch was set: heeds signals, and leaves
// if the worker is gone or about to be. True if the configuration was read again.
bool heed();

}  // namespace worker::helpers
