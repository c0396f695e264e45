// How sessions tell the relay worker that its targets, or what is pending, changed.
#include "outbox/relations.hpp"
#include "pg/entry.hpp"
#include "worker/state.hpp"
#include "worker/statements.hpp"

extern "C" {
#include "commands/trigger.h"
}

extern "C" {

// A trigger function, and one that can be called.
SQL_FUNCTION(kv_relay_changed) {
    CacheInvalidateRelcacheByRelid(outbox::relations().target);
    if (worker::shared)
        worker::statements::note_change();
    return 0;
}
}
