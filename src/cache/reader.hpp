// Reads rows through the cache. Throws pg::Error.
#pragma once

#include "cache/fills.hpp"

namespace cache {

// How long what is read shall be kept, in milliseconds.
struct Lifetimes {
    int64 of_row;
    int64 of_absence;
};

// As a function's argument, an interval, or the settings say. Calls PostgreSQL and may raise.
Lifetimes lifetimes_of(FunctionCallInfo fcinfo, int argument);

// As a jsonb, in the current memory context; nothing if there is no such row.
std::optional<Datum> read_row(Oid table, Jsonb* key, const Lifetimes& lifetimes);

// The same for several keys at once. values[i] is of keys[i].
void read_rows(Oid table, std::span<Jsonb* const> keys, const Lifetimes& lifetimes,
               std::optional<Datum>* values);

}  // namespace cache
