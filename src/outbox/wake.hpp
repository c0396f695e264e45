// How a writer's commit wakes the relay.
#pragma once

#include "pg/pg.hpp"

namespace outbox {

// To be called by who appended to the outbox in this transaction: when it commits, the relay is
// woken. Where none runs, and kv.relay_notify_writers is on, NOTIFY kv_relay is sent instead, once
// a transaction; then PREPARE TRANSACTION fails. May raise.
void wake_at_commit();

// There may be something to relay.
void wake_now();

// Called by _PG_init.
void install_wake();

}  // namespace outbox
