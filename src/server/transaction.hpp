// The database transaction around a turn or an EXEC.
#pragma once

#include "store/turn_store.hpp"

extern "C" {
#include "access/xlogdefs.h"
}

namespace server::transaction {

// All of these are called outside of pg::call, and may throw what the store throws and pg::Error.
void begin(store::TurnStore& store, int isolation);

struct Commit {
    bool waited_for_disk;
    XLogRecPtr unflushed;  // what is yet to be flushed before anyone may hear of it; 0: nothing
};
// may_flush_later is asked if there is something to flush.
Commit commit(store::TurnStore& store, core::FunctionRef<bool()> may_flush_later);
void abort(store::TurnStore& store);

// Since 1970.
int64 microseconds();
inline int64 milliseconds() {
    return microseconds() / 1000;
}

}  // namespace server::transaction
