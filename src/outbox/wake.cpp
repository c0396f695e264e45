#include <atomic>

#include "outbox/wake.hpp"

#include "outbox/place.hpp"
#include "pg/settings_relay.hpp"

extern "C" {
#include "commands/async.h"
}

namespace outbox {

namespace {

constexpr const char* channel = "kv_relay";

bool noted = false;  // in this transaction

Latch* relay() {
    Place* ours = place();
    return ours ? std::atomic_ref<Latch*>(ours->relay).load() : nullptr;
}

void at_transaction_end(XactEvent event, void*) {
    switch (event) {
        case XACT_EVENT_COMMIT:
            if (noted)
                wake_now();
            break;
        case XACT_EVENT_ABORT:
        case XACT_EVENT_PREPARE:
            break;
        default:
            return;
    }
    noted = false;
}

}  // namespace

void wake_at_commit() {
    if (noted)
        return;
    noted = true;
    if (pg::settings::relay().notify_writers && !relay())
        Async_Notify(channel, nullptr);
}

// The relay takes the time away before it looks. So as long as one stands there it is awake, or
// about to be, and need not be woken once more.
void wake_now() {
    Latch* latch = relay();
    if (!latch)
        return;
    std::atomic_ref<TimestampTz> first(place()->first_commit);
    TimestampTz none = 0;
    if (first.load() == 0 && first.compare_exchange_strong(none, GetCurrentTimestamp()))
        SetLatch(latch);
}

void install_wake() {
    RegisterXactCallback(at_transaction_end, nullptr);
}

}  // namespace outbox
