// The result of a query as it stands in the cache: the snapshot that it was computed from, the
// tables it was computed from, and its rows as JSON. Calls PostgreSQL and may raise.
#pragma once

#include "cache/entry.hpp"
#include "store/table_changes.hpp"

namespace cache {

// What is read from an entry's body.
struct Result {
    store::table_changes::Horizon horizon;
    int row_count;
    Bytes rows;  // each the bytes of a jsonb, its varlena header among them
};

// False if the body is none that this library wrote.
bool unpack_result(Bytes body, Result& result);
// The next of the rows, taken away from them, in the current memory context.
Datum next_row(Bytes& rows);

// As the entry's body, in the current memory context; empty if it is too long to be cached.
Bytes pack_result(const store::table_changes::Horizon& horizon, std::span<const Datum> rows);

}  // namespace cache
