// Reads pg_kv's own keys that refresh sends, as they are now.
#pragma once

#include "outbox/batch.hpp"

namespace outbox {

// Reads the keys of a batch's entries whose watch is one of refresh, with a snapshot of its own.
// What is too much for one batch is held, and what cannot be read is marked: stalled if the tables
// were locked, else refused. In a transaction.
void read_keys(Batch& batch);

// Where Redis has removed all keys of a mirror: appends those that are there, to be sent. Keys that
// were sent meanwhile may have been removed among them. What fails is marked as above. In a
// transaction, after which they are found.
void append_what_is_there(Batch& batch);

// Appends all keys of a database that match.
void append_keys(int32 watch, int database, core::Bytes pattern);

}  // namespace outbox
