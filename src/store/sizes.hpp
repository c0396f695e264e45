// How many keys each keyspace holds, without a counter row that every writer would queue for: a
// transaction appends what it changed, and the sum is folded now and then.
#pragma once

#include "store/database_map.hpp"

namespace store::sizes {

// Notes that the transaction added or removed keys; written before it commits, forgotten with the
// subtransaction if that is rolled back. Throws.
void add(Keyspace keyspace, int64 keys);

// The same for a key that was there, or is now.
inline void count(Keyspace keyspace, bool was_there, bool is_there) {
    if (was_there != is_there)
        add(keyspace, is_there ? 1 : -1);
}

// Empties the sizes of a storage class, whose key table was truncated. Throws.
void clear(Storage storage);

// All keys of a keyspace that the transaction can see, its own among them.
int64 total(Keyspace keyspace);

// Replaces the rows by one for each keyspace. False if another session is at it.
bool fold(Storage storage);

// True if there are enough rows to fold.
bool are_many(Storage storage);
// Removes the rows of a keyspace that has no more keys.
void forget(Keyspace keyspace);

// Called by _PG_init.
void install_callbacks();

}  // namespace store::sizes
