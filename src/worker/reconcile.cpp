#include "worker/reconcile.hpp"

#include "worker/holds.hpp"
#include "worker/process.hpp"
#include "worker/wanted.hpp"

namespace worker {

namespace {

// Changes that nobody announces, such as an UPDATE of pg_database, are seen after so long.
constexpr int longest_pause = 5000;

// A worker that an earlier launcher asked for, so that there is no handle, has so long to enter.
constexpr int longest_start = 10 * 1000;

// Of the workers that this launcher asked for, by entry.
BackgroundWorkerHandle* handles[entry_limit];

bool is_stopped(BackgroundWorkerHandle* handle) {
    pid_t pid;
    return GetBackgroundWorkerPid(handle, &pid) == BGWH_STOPPED;
}

// Takes note of workers that ended without saying so, or never came.
void notice_absence(Entry& entry, BackgroundWorkerHandle* handle) {
    bool gone = false;
    if (handle)
        gone = (entry.expected || entry.pid != 0) && is_stopped(handle);
    else
        gone = entry.expected &&
               TimestampDifferenceExceeds(entry.started_at, GetCurrentTimestamp(), longest_start);
    if (!gone)
        return;
    entry.generation++;
    worker_is_gone(entry, State::ended);
}

// Brings a worker to leave, and its helpers. True if there are none any more, nor will be.
bool clear_out(Entry& entry) {
    if (entry.expected) {
        entry.generation++;
        worker_is_gone(entry, State::leaving);
    }
    if (entry.pid == 0)
        return !entry.has_helpers();
    if (!entry.told_to_leave) {
        set_state(entry, State::leaving);
        tell_to_leave(entry);
    }
    return false;
}

// True if a worker is to be started now.
bool attend(Entry& entry, const Wanted& wanted) {
    State obstacle = wanted.obstacle;
    // A database that is being dropped looks otherwise for a moment.
    if (OidIsValid(wanted.database) && holds::is_held(wanted.database))
        obstacle = State::held;
    if (entry.pid == 0 && !entry.expected)
        entry.database = wanted.database;
    if (obstacle != State::none) {
        if (clear_out(entry)) {
            set_state(entry, obstacle);
            entry.next_start = 0;
        }
        return false;
    }
    if (entry.pid != 0 || entry.expected) {
        if (entry.database != wanted.database)
            clear_out(entry);
        return false;
    }
    return entry.next_start <= GetCurrentTimestamp();
}

void expect_worker(Entry& entry) {
    entry.generation++;
    entry.expected = true;
    entry.look_again = false;
    entry.started_at = GetCurrentTimestamp();
}

// An entry whose database is no longer listed. Its generation goes on, lest a late worker take the
// next user's place.
void forget(Entry& entry) {
    uint32 generation = entry.generation;
    memset(&entry, 0, sizeof(entry));
    entry.generation = generation;
}

Entry* entry_of(const NameData& name, Kind kind) {
    Entry* unused = nullptr;
    for (Entry& entry : shared->entries) {
        if (entry.is_used() && entry.kind == kind &&
            strcmp(NameStr(entry.name), NameStr(name)) == 0)
            return &entry;
        if (!entry.is_used() && !unused)
            unused = &entry;
    }
    if (unused) {
        unused->name = name;
        unused->kind = kind;
    }
    return unused;
}

// The entries for which a worker is to be started.
struct Starts {
    int entries[entry_limit];
    int count;

    void add(const Entry& entry) { entries[count++] = static_cast<int>(&entry - shared->entries); }
};

// Compares entries and wishes.
Starts compare(const WantedList& list, uint32 holds_before) {
    Starts starts = {};
    for (int i = 0; i < entry_limit; i++) {
        Entry& entry = shared->entries[i];
        if (!entry.is_used())
            continue;
        notice_absence(entry, handles[i]);
        if (!list.find(NameStr(entry.name)) && clear_out(entry))
            forget(entry);
    }
    for (int i = 0; i < list.count; i++) {
        for (Kind kind : kinds) {
            Entry* entry = entry_of(list.items[i].name, kind);
            if (!entry || !attend(*entry, list.items[i]))
                continue;
            // A database that was held since it was looked up may be gone: look again.
            if (shared->holds_so_far != holds_before) {
                SetLatch(MyLatch);
                return starts;
            }
            expect_worker(*entry);
            starts.add(*entry);
        }
    }
    return starts;
}

// These are still so while a worker looks once more.
bool outlasts_start(State state) {
    return state == State::no_extension || state == State::other_version ||
           state == State::no_port || state == State::not_listening || state == State::no_target;
}

void start(int index) {
    Entry& entry = shared->entries[index];
    uint32 generation = entry.generation;
    if (handles[index])
        pfree(handles[index]);
    handles[index] = process::ask_for_worker(index, generation);
    locked(LW_EXCLUSIVE, [&entry, index, generation] {
        if (!entry.expected || entry.generation != generation)
            return;  // it has already come
        if (!handles[index])
            worker_is_gone(entry, State::no_slot);
        else if (!outlasts_start(entry.state))
            set_state(entry, State::starting);
    });
}

void report_left_out(int left_out) {
    static int reported = 0;
    if (left_out == reported)
        return;
    reported = left_out;
    if (left_out > 0)
        ereport(LOG, (errmsg("kv.worker_databases lists %d databases more than can have a worker",
                             left_out),
                      errdetail("The first %d have one.", database_limit)));
}

int pause_before(const Entry& entry, TimestampTz now) {
    if (!entry.is_used() || entry.pid != 0 || entry.next_start == 0)
        return longest_pause;
    return static_cast<int>(TimestampDifferenceMilliseconds(now, entry.next_start)) + 1;
}

}  // namespace

int reconcile() {
    uint32 holds_before = locked(LW_SHARED, [] { return shared->holds_so_far; });
    static WantedList list;
    read_wanted(list);
    report_left_out(list.left_out);
    Starts starts = locked(LW_EXCLUSIVE, [holds_before] { return compare(list, holds_before); });
    for (int i = 0; i < starts.count; i++)
        start(starts.entries[i]);
    return locked(LW_SHARED, [] {
        TimestampTz now = GetCurrentTimestamp();
        int pause = longest_pause;
        for (const Entry& entry : shared->entries)
            pause = std::min(pause, pause_before(entry, now));
        return pause;
    });
}

}  // namespace worker
