// What is cached, as the value of a key in a keyspace that is no database's. All of it calls
// PostgreSQL and may raise.
#pragma once

#include "store/key_table.hpp"

namespace cache {

using core::Bytes;

enum class Kind : char { row = 'r', no_row = '-', result = 'q' };

// Stands before what is cached, in the value's bytes.
struct EntryHeader {
    uint64 shape;  // of the table when it was read: see Source
    Kind kind;
    char unused[7];
};

struct Entry {
    EntryHeader header;
    // A jsonb without its varlena header, or what a query's result is packed in. In the current
    // memory context, or in a buffer that is pinned until the table is next used.
    Bytes body;
};

// Milliseconds since 1970.
int64 milliseconds_now();

// False if nothing is cached, or it has expired.
bool find_entry(store::KeyTable* table, const store::RowKey& key, Snapshot snapshot, Entry& entry);

// The bytes of an entry, for put_entry.
std::string pack_entry(const EntryHeader& header, Bytes body);

// Writes what is cached from now on. To be called where waiting is forbidden, see
// store/patience.hpp; does nothing if somebody else is at the key.
void put_entry(store::KeyTable* table, const store::RowKey& key, Bytes packed, int64 expires_at);

// What is done about an entry that another transaction is removing or writing. A writer must wait,
// since the other may roll back; who merely wants it gone leaves it to the other.
enum class Busy { wait, skip };

// Removes what is cached, whatever the transaction's snapshot says; false if it is nothing.
bool remove_entry(store::KeyTable* table, const store::RowKey& key, Busy busy);
// The same for all whose names begin with a prefix; returns how many they are.
int64 remove_entries(store::KeyTable* table, store::Keyspace keyspace, Bytes prefix, Busy busy);

}  // namespace cache
