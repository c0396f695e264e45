// What a change is in Redis's commands and in messages to listeners. Plain text and bytes.
#pragma once

#include "outbox/batch.hpp"
#include "relay/connection.hpp"

namespace outbox {

// Sends a batch's changes as far as the connection has room.
void send(Batch& batch, const std::string& prefix, relay::Connection& connection);

// insert, update, delete, truncate
const char* name_of_operation(char operation);

// Appends "table":"public.users", or "db":0 where keys of pg_kv are watched.
void append_subject(std::string& json, const Watch& watch);

// Appends a string as JSON; bytes that are no text in the database's encoding become
// {"hex": "..."}.
void append_json(std::string& json, core::Bytes text);

}  // namespace outbox
