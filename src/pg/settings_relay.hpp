// The configuration parameters of the relay, kv.relay_* and the field's name.
#pragma once

namespace pg::settings {

struct Relay {
    bool notify;          // the relay announces on kv_invalidation what it has sent
    bool notify_writers;  // where no relay runs, writers announce on kv_relay that there is work
    int max_tries;        // of a change that Redis refuses, before it becomes a dead letter
};

const Relay& relay();

// Called by define().
void define_relay();

}  // namespace pg::settings
