#include <sys/resource.h>

#include "worker/agenda.hpp"

#include "worker/batch.hpp"

extern "C" {
#include "pgstat.h"
}

namespace worker::agenda {

namespace {

using batch::Job;
using store::Storage;

// Milliseconds between two looks, where there was nothing more to do.
constexpr int expiry_interval = 1000;
constexpr int sweep_interval = 1000;
constexpr int fold_interval = 10 * 1000;

// After so long an expiry begins at the beginning again: a transaction may have committed a key
// that was due before the position.
constexpr int round_length = 60 * 1000;

struct Item {
    batch::Task task;
    int interval;
    TimestampTz next;
    TimestampTz round_began;
};

Item items[] = {
    {{Job::expire, Storage::durable, {}}, expiry_interval, 0, 0},
    {{Job::expire, Storage::cache, {}}, expiry_interval, 0, 0},
    {{Job::sweep, Storage::durable, {}}, sweep_interval, 0, 0},
    {{Job::sweep, Storage::cache, {}}, sweep_interval, 0, 0},
    {{Job::sweep_elements, Storage::durable, {}}, sweep_interval, 0, 0},
    {{Job::sweep_elements, Storage::cache, {}}, sweep_interval, 0, 0},
    {{Job::fold, Storage::durable, {}}, fold_interval, 0, 0},
    {{Job::fold, Storage::cache, {}}, fold_interval, 0, 0},
};

// The one that has been due for longest.
Item& next_item() {
    return *std::min_element(std::begin(items), std::end(items),
                             [](const Item& a, const Item& b) { return a.next < b.next; });
}

int pause_until(TimestampTz time) {
    return static_cast<int>(TimestampDifferenceMilliseconds(GetCurrentTimestamp(), time));
}

// How often others took the processor from this process before it gave it back by itself.
long preemptions() {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_nivcsw;
}

// In a backlog the worker rests as long as it has worked, and longer where somebody else wanted the
// processor meanwhile. Where a batch has to share processor or disk with sessions it takes longer,
// and so does the rest.
int rest(TimestampTz began, bool is_contended) {
    auto worked = static_cast<int>(GetCurrentTimestamp() - began);
    return std::clamp(worked / 1000 * (is_contended ? 3 : 1), 1, 1000);
}

}  // namespace

Done work() {
    Item& item = next_item();
    TimestampTz began = GetCurrentTimestamp();
    if (item.next > began) {
        pgstat_report_stat(true);  // autovacuum is to hear of the last rows as well
        return {State::running, 0, std::max(pause_until(item.next), 1)};
    }
    if (TimestampDifferenceExceeds(item.round_began, began, round_length)) {
        item.task.position = {};
        item.round_began = began;
    }
    // Set before, lest one that fails be the only one ever tried.
    item.next = TimestampTzPlusMilliseconds(began, item.interval);
    long preemptions_before = preemptions();
    batch::Outcome outcome = batch::run(item.task);
    bool is_contended = preemptions() > preemptions_before;
    if (outcome.progress.more)
        item.next = began;
    bool worked = outcome.progress.examined > 0;
    return {outcome.extension, outcome.progress.removed, worked ? rest(began, is_contended) : 0};
}

}  // namespace worker::agenda
