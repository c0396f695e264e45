#include "pg/settings_relay.hpp"

#include "pg/pg.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace pg::settings {

namespace {

Relay values;

}  // namespace

const Relay& relay() {
    return values;
}

void define_relay() {
    DefineCustomBoolVariable(
        "kv.relay_notify", "Whether the relay announces on kv_invalidation what it has sent.",
        "Every role that may connect can listen, and gets JSON: table, operation, keys.",
        &values.notify, false, PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomBoolVariable(
        "kv.relay_notify_writers",
        "Whether writers announce on kv_relay, once a transaction, that there is work for "
        "kv.relay_drain().",
        "For where no worker relays. PREPARE TRANSACTION fails in a transaction that did.",
        &values.notify_writers, false, PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable(
        "kv.relay_max_tries",
        "How often a change that Redis refuses is sent before it becomes a dead letter.",
        "That Redis is away, or refuses everything, does not count.", &values.max_tries, 10, 1,
        1000, PGC_SUSET, 0, nullptr, nullptr, nullptr);
}

}  // namespace pg::settings
