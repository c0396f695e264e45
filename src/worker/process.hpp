// The frame of a worker's process, of whatever kind: how it takes its place in the entry, what it
// heeds while it works, and what it says of itself.
#pragma once

#include "worker/state.hpp"

extern "C" {
#include "postmaster/bgworker.h"
}

namespace worker::process {

// Asks the postmaster for a process, whose name, type, main function, argument and extra bytes are
// given. Null if max_worker_processes are taken.
BackgroundWorkerHandle* ask_for(BackgroundWorker process);
// The same for the worker of an entry.
BackgroundWorkerHandle* ask_for_worker(int entry, uint32 generation);

// What the process does first, with the argument of its main function: it takes its place in the
// entry and connects to the entry's database, as a superuser. Leaves if the place is no longer
// meant for it.
void begin(Datum argument, const char* application_name);

// What the session of a worker or helper is, whatever the database's or the server's configuration
// says.
void set_up_session(const char* application_name);
// The same for one more parameter.
void set(const char* name, const char* value);

// To be called outside of transactions and whenever the latch was set; costs next to nothing if
// there is nothing to heed. Leaves if the process is to. True if the configuration was read again,
// or something else changed that look_at_extension() and apply_database_settings() tell.
bool heed();

// These run in a transaction.
// Running, or what stands in the way of all work: no_extension, other_version.
State look_at_extension();
// What ALTER DATABASE SET says by now. What it no longer says stays as it was.
void apply_database_settings();

// The launcher starts the next process when it is time.
[[noreturn]] void leave(State why);
[[noreturn]] void leave(State why, const char* message);

// An error is worth logging once, not as long as it returns. For worker::attempt().
bool is_worth_logging(int sqlstate);
// The work ended with an error. Returns the pause before it is to be tried again.
int note_failure(const char* message);
// There is something to be known that keeps nothing from working.
void note_error(const char* message);
// The work succeeds.
void note_success();

// The process's own entry, for what its kind keeps there. To be read and changed under the lock.
Entry& entry();
int entry_index();

}  // namespace worker::process
