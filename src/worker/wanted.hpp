// Which databases should have workers: those that kv.worker_databases lists, unless
// something is in the way.
#pragma once

#include "worker/state.hpp"

namespace worker {

struct Wanted {
    NameData name;
    Oid database;    // invalid if there is none of that name
    State obstacle;  // none: its workers should run
};

struct WantedList {
    Wanted items[database_limit];
    int count;
    int left_out;  // listed, but more than there are places for

    const Wanted* find(const char* name) const;
};

// Reads the setting and pg_database, in a transaction of its own. May raise.
void read_wanted(WantedList& list);

}  // namespace worker
