// Puts down what has to be told to Redis, in the transaction that changes it.
#pragma once

#include "core/bytes.hpp"
#include "pg/pg.hpp"

namespace outbox {

using core::Bytes;

// What happened to the rows behind the keys; see kv.relay_outbox_0.
enum class Operation : char { insert = 'i', update = 'u', erase = 'd', all = 't' };

// `identities` is empty or has the same number of texts for each key. Calls PostgreSQL, may raise.
void append(int32 watch, Operation operation, std::span<const Bytes> keys,
            std::span<const Bytes> identities);

// Any key of the watch may have changed; once a transaction is enough. Calls PostgreSQL, may raise.
void append_all(int32 watch);

}  // namespace outbox
