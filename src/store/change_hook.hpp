// Tells of keys that are written, to somebody the store need not know.
#pragma once

#include "store/database_map.hpp"

namespace store::change_hook {

// Each may throw, which fails the write.
struct Hook {
    // The key's row was written, or removed; outside of pg::call.
    void (*key_changed)(Keyspace keyspace, Bytes name, bool is_removed);
    // Any key of the database may be another one now.
    void (*database_changed)(int database);
};

// Called by _PG_init.
void install(const Hook& hook);

// Whether key_changed is called; whoever installs the hook may change his mind.
extern bool is_wanted;

void tell_of_key(Keyspace keyspace, Bytes name, bool is_removed);
void database_changed(int database);

// A key that neither was there nor is has not changed.
inline void key_changed(Keyspace keyspace, Bytes name, bool was_there, bool is_there) {
    if (is_wanted && (was_there || is_there))
        tell_of_key(keyspace, name, !is_there);
}

}  // namespace store::change_hook
