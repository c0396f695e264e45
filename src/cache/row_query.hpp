// The queries behind a cache of rows: what a table itself says of a key.
#pragma once

#include "cache/source.hpp"

namespace cache {

// A version of a row: another version of it, or another row, differs in one of these.
struct Version {
    Oid table;  // the partition, where there are any
    ItemPointerData tid;
    TransactionId made_by;
};

// A row as a query found it.
struct FoundRow {
    bool exists = false;
    Datum json = 0;  // in the memory context that was current at the call
    Version version = {};
};

// These run with the rights of the current role.

// The row of a key, no part of which is null.
FoundRow query_row(Source& source, const Part* parts, Snapshot snapshot);

// The rows of several keys, each with as many parts as the source has columns, key after key.
// rows[i] is that of the i-th key.
void query_rows(Source& source, const Part* parts, int key_count, Snapshot snapshot,
                FoundRow* rows);

// Whether a version is still what a snapshot sees.
bool is_current(const Version& version, Snapshot snapshot);

}  // namespace cache
