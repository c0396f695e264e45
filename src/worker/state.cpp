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

void wake_helpers(Entry& entry) {
    for (Helper& helper : entry.helpers)
        if (helper.latch)
            SetLatch(helper.latch);
}

}  // namespace

const char* name_of(Kind kind) {
    switch (kind) {
        case Kind::maintenance:
            return "maintenance";
        case Kind::server:
            return "server";
        case Kind::relay:
            break;
    }
    return "relay";
}

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
        case State::no_port:
            return "no port";
        case State::not_listening:
            return "not listening";
        case State::no_target:
            return "no target";
    }
    return "unknown";
}

bool Entry::has_process(pid_t process) const {
    return pid == process ||
           std::any_of(std::begin(helpers), std::end(helpers),
                       [process](const Helper& helper) { return helper.pid == process; });
}

bool Entry::has_helpers() const {
    return std::any_of(std::begin(helpers), std::end(helpers),
                       [](const Helper& helper) { return helper.pid != 0; });
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
    wake_helpers(entry);
}

void worker_is_gone(Entry& entry, State state) {
    TimestampTz now = GetCurrentTimestamp();
    bool ran_long = entry.pid != 0 && TimestampDifferenceExceeds(entry.started_at, now, long_run);
    bool at_once = entry.told_to_leave || entry.look_again || state == State::held;
    if (ran_long || at_once)
        entry.failures = 0;
    int pause = 0;
    if (!at_once && state == State::ended)
        pause = pause_after_failure(entry.kind, entry.failures++);
    else if (!at_once)
        pause = backoff(entry.failures++);
    entry.next_start = TimestampTzPlusMilliseconds(now, pause);
    entry.expected = false;
    entry.told_to_leave = false;
    entry.pid = 0;
    entry.latch = nullptr;
    wake_helpers(entry);
    set_state(entry, state);
    wake_launcher();
}

void wake_launcher() {
    if (shared->launcher)
        SetLatch(shared->launcher);
}

void look_again_at(Oid database) {
    for (Entry& entry : shared->entries) {
        if (!entry.is_used() || (OidIsValid(database) && entry.database != database))
            continue;
        entry.look_again = true;
        entry.next_start = 0;
        entry.failures = 0;
        if (entry.latch)
            SetLatch(entry.latch);
    }
    wake_launcher();
}

int backoff(int failures) {
    return std::min(1000 << std::min(failures, 6), 60 * 1000);
}

int pause_after_failure(Kind kind, int failures) {
    if (kind == Kind::maintenance)
        return backoff(failures);
    // Clients wait for a server, and caches for a relay: it goes on at once, unless that did not
    // help.
    return failures == 0 ? 0 : backoff(failures - 1);
}

void reserve_shared_state() {
    pg::shared_memory::reserve({size, attach});
}

}  // namespace worker
