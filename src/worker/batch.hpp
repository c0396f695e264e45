// One batch of maintenance: a transaction that waits for nobody.
#pragma once

#include "store/maintenance.hpp"
#include "worker/state.hpp"

namespace worker::batch {

enum class Job { expire, sweep, sweep_elements, fold };

struct Task {
    Job job;
    store::Storage storage;
    store::maintenance::Position position;  // of an expiry
};

struct Outcome {
    // Running, or what stands in the way: no_extension, other_version.
    State extension;
    // Someone else has, or waits for, a lock on the tables; nothing was done.
    bool is_busy;
    store::maintenance::Progress progress;
};

// What pg_stat_activity and error messages call it.
const char* description(const Task& task);

// Runs outside a transaction, and may raise.
Outcome run(Task& task);

}  // namespace worker::batch
