// kv.relay_pending and kv.relay_dead: what could not be sent at once.
//
// All of these run in a transaction and throw pg::Error.
#pragma once

#include "outbox/batch.hpp"

namespace outbox::pending {

// A change with what became of it.
struct Left {
    const Change* change;
    int pause;  // milliseconds until it is tried again
    const char* problem;
};

// Writes changes down, one row for each key.
void put(std::span<const Left> changes);

// Rows of a key that wait already.
std::vector<bool> are_there(std::span<const Entry> entries);

// Takes out changes that were sent.
void remove(std::span<const Change* const> changes);

// Notes for changes that were tried again in vain, when that is due again.
void postpone(std::span<const Left> changes);

// Moves changes to the dead letters; their reasons are their problems.
void bury(std::span<const Left> changes);

// Reads what is due of some watches, beginning at a place, into a batch; the place moves on. False
// if the end is reached.
bool read(Batch& batch, const std::vector<int32>& watches, ItemPointerData& place, int limit);

// When the next change of some watches is due; none if there is none.
std::optional<TimestampTz> next_due(const std::vector<int32>& watches);

// Takes out what no watch is there for. Returns how many rows.
uint64 remove_orphans();

// Where Redis may know of changes that are undone: enters a change of all keys for each watch.
// Returns false if the timeline is the one noted last.
bool enter_new_timeline();

// The same for mirrors of cache databases, which a crash empties. Returns whether there are any
// that it has emptied.
bool note_crash();

}  // namespace outbox::pending
