// The database transaction around a turn or an EXEC.
#pragma once

#include "store/turn_store.hpp"

namespace server::transaction {

// All of these are called outside of pg::call, and may throw what the store throws and pg::Error.
void begin(store::TurnStore& store, int isolation);
// True if it waited for the disk.
bool commit(store::TurnStore& store);
void abort(store::TurnStore& store);

// Since 1970.
int64 microseconds();
inline int64 milliseconds() {
    return microseconds() / 1000;
}

}  // namespace server::transaction
