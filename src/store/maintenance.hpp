// What is done in the background, in bounded batches: removing expired keys, and the rows of
// keyspaces that were flushed. Each batch runs in the caller's transaction under READ COMMITTED,
// waits for nobody's row lock, calls PostgreSQL and may raise.
#pragma once

#include "store/catalog.hpp"

namespace store::maintenance {

// Where the scan of due keys goes on, so that it does not walk over the dead entries of earlier
// batches again. A default one begins at the beginning.
struct Position {
    int32_t due = 0;
    int64 id = 0;
};

struct Progress {
    int64 removed = 0;   // rows
    int64 examined = 0;  // rows
    bool more = false;   // the batch was full: there is probably more to do
};

// Examines up to `limit` keys that are due: removes the expired ones, files the refreshed ones
// under a later time, leaves those that another session is writing. Moves the position on.
Progress expire(Storage storage, int limit, Position& position);

// Removes up to `limit` rows of flushed keyspaces.
Progress sweep(Storage storage, int limit);

// Sums up the rows behind kv.dbsize() if there are many.
void fold_sizes(Storage storage);

}  // namespace store::maintenance
