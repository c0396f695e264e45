#include "worker/state.hpp"

#include "pg/shared_memory.hpp"

namespace worker {

Shared* shared = nullptr;
LWLock* shared_lock = nullptr;

namespace {

// A worker that ran for so long did not fail at once.
constexpr int long_run = 60 * 1000;

Size size() {
    return sizeof(Shared);
}

void attach(void* memory, LWLock* lock) {
    shared = static_cast<Shared*>(memory);
    shared_lock = lock;
}

}  // namespace

const char* name_of(State state) {
    switch (state) {
        case State::none:
            return "unknown";
        case State::starting:
            return "starting";
        case State::running:
            return "running";
        case State::failing:
            return "failing";
        case State::leaving:
            return "leaving";
        case State::held:
            return "held";
        case State::ended:
            return "ended";
        case State::no_extension:
            return "no extension";
        case State::other_version:
            return "other version";
        case State::no_database:
            return "no database";
        case State::not_accepting:
            return "no connections";
        case State::is_template:
            return "template";
        case State::no_slot:
            return "no worker slot";
    }
    return "unknown";
}

void set_state(Entry& entry, State state) {
    if (entry.state == state)
        return;
    entry.state = state;
    entry.since = GetCurrentTimestamp();
}

void set_error(Entry& entry, const char* message) {
    int size = pg_mbcliplen(message, static_cast<int>(strlen(message)), error_limit - 1);
    memcpy(entry.error, message, size);
    entry.error[size] = '\0';
    entry.error_at = GetCurrentTimestamp();
}

void tell_to_leave(Entry& entry) {
    entry.told_to_leave = true;
    if (entry.latch)
        SetLatch(entry.latch);
}

void worker_is_gone(Entry& entry, State state) {
    TimestampTz now = GetCurrentTimestamp();
    bool ran_long = entry.pid != 0 && TimestampDifferenceExceeds(entry.started_at, now, long_run);
    bool at_once = entry.told_to_leave || entry.look_again || state == State::held;
    if (ran_long || at_once)
        entry.failures = 0;
    entry.next_start = at_once ? now : TimestampTzPlusMilliseconds(now, backoff(entry.failures++));
    entry.expected = false;
    entry.told_to_leave = false;
    entry.pid = 0;
    entry.latch = nullptr;
    set_state(entry, state);
    wake_launcher();
}

void wake_launcher() {
    if (shared->launcher)
        SetLatch(shared->launcher);
}

int backoff(int failures) {
    return std::min(1000 << std::min(failures, 6), 60 * 1000);
}

void reserve_shared_state() {
    pg::shared_memory::reserve({size, attach});
}

}  // namespace worker
