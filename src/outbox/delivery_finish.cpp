// What became of what was sent, written down; and the tables of the outbox, emptied in turn.
#include <atomic>

#include "outbox/announce.hpp"
#include "outbox/current.hpp"
#include "outbox/delivery.hpp"
#include "outbox/key_reader.hpp"
#include "outbox/pending.hpp"
#include "outbox/relations.hpp"
#include "pg/guard.hpp"
#include "pg/settings_relay.hpp"
#include "pg/version.hpp"

extern "C" {
#include "catalog/storage.h"
#include "storage/bufmgr.h"
}

namespace outbox {

namespace {

// What Redis refused is sent again after so long; doubled each time.
constexpr int shortest_pause = 200;  // milliseconds
constexpr int longest_pause = 60 * 1000;

// Writers change to the other table after so long without work, too.
constexpr int64 idle_time = 5 * 1000 * 1000;  // microseconds
constexpr int64 rotation_interval = 200 * 1000;

int pause_after(int tries) {
    return std::min(shortest_pause << std::min(tries - 1, 16), longest_pause);
}

pending::Left left(const Entry& entry) {
    if (entry.verdict == relay::Verdict::refused)
        return {&entry, pause_after(entry.tries), entry.problem.c_str()};
    return {&entry, entry.pause, entry.problem.c_str()};
}

bool is_exhausted(const Entry& entry) {
    return entry.verdict == relay::Verdict::refused &&
           entry.tries >= pg::settings::relay().max_tries;
}

// What an old snapshot could still see of the table nobody looks for. As VACUUM does it: the file
// is short at once, whatever becomes of the transaction.
bool empty_table(Oid oid) {
    if (!ConditionalLockRelationOid(oid, AccessExclusiveLock))
        return false;
    Relation table = table_open(oid, NoLock);
    bool is_empty = !has_rows(table);
    if (is_empty)
        RelationTruncate(table, 0);
    table_close(table, AccessExclusiveLock);
    return is_empty;
}

}  // namespace

void Delivery::finish_settled(Link& link) {
    for (Batch& batch : link.batches)
        if (batch.is_settled() && !batch.is_finished)
            finish(link, batch);
}

void Delivery::finish(Link& link, Batch& batch) {
    append_what_is_there(batch);
    for (Entry& entry : batch.entries)
        if (entry.verdict == relay::Verdict::refused && !batch.is_judged)
            entry.tries++;
    batch.is_judged = true;
    if (batch.is_from_pending)
        finish_pending(link, batch);
    else
        finish_outbox(link, batch);
    announce(batch);
    batch.is_finished = true;
}

void Delivery::finish_outbox(Link& link, Batch& batch) {
    // Of a key that occurs more than once, the last one counts.
    std::vector<pending::Left> kept;
    std::vector<pending::Left> dead;
    std::unordered_map<std::string, size_t> place_of;
    for (const Entry& entry : batch.entries) {
        if (entry.verdict == relay::Verdict::done)
            continue;
        if (is_exhausted(entry)) {
            dead.push_back(left(entry));
            continue;
        }
        auto [known, is_new] = place_of.emplace(Batch::name_of(entry), kept.size());
        if (is_new)
            kept.push_back(left(entry));
        else
            kept[known->second] = left(entry);
        if (link.pending_on_its_way)
            link.changed_meanwhile.emplace(known->first, true);
    }
    pending::put(kept);
    pending::bury(dead);
    if (!kept.empty()) {
        link.may_have_pending = true;
        link.pending_due = 0;
    }
    delete_rows(batch.rows);
}

void Delivery::finish_pending(Link& link, Batch& batch) {
    std::vector<const Change*> gone;
    std::vector<pending::Left> kept;
    std::vector<pending::Left> dead;
    for (const Entry& entry : batch.entries) {
        if (entry.verdict == relay::Verdict::done) {
            if (!link.changed_meanwhile.contains(Batch::name_of(entry)))
                gone.push_back(&entry);
        } else if (is_exhausted(entry)) {
            dead.push_back(left(entry));
            gone.push_back(&entry);
        } else if (entry.verdict == relay::Verdict::refused || entry.pause > 0) {
            kept.push_back(left(entry));
        }
    }
    pending::bury(dead);
    pending::remove(gone);
    pending::postpone(kept);
}

void Delivery::delete_rows(std::span<const OutboxRow> rows) {
    if (rows.empty())
        return;
    pg::call([rows] {
        Relation tables[2];
        for (int i = 0; i < 2; i++)
            tables[i] = table_open(relations().tables[i], RowExclusiveLock);
        CommandId command = GetCurrentCommandId(true);
        for (const OutboxRow& row : rows) {
            CHECK_FOR_INTERRUPTS();
            // An administrator has rewritten or truncated it.
            if (pg::file_number(tables[row.table]) != row.file)
                continue;
            ItemPointerData place;
            ItemPointerSet(&place, row.block, row.offset);
            TM_FailureData failure;
            (void)heap_delete(tables[row.table], &place, command, InvalidSnapshot, false, &failure,
                              false);
        }
        for (Relation table : tables)
            table_close(table, NoLock);
        CommandCounterIncrement();
    });
}

// After the commit.
void Delivery::forget_finished(Link& link) {
    TimestampTz now = GetCurrentTimestamp();
    for (auto batch = link.batches.begin(); batch != link.batches.end();) {
        batch->is_new = false;
        if (!batch->is_finished) {
            batch++;
            continue;
        }
        for (const OutboxRow& row : batch->rows)
            taken_.erase(place_number(row.table, row.block, row.offset));
        for (const Entry& entry : batch->entries) {
            if (entry.verdict == relay::Verdict::done) {
                link.figures.count_sent(now - entry.since);
                finished_++;
            } else if (is_exhausted(entry)) {
                link.figures.count_dead();
            } else if (!entry.is_held) {
                link.figures.count_retried();
            }
        }
        batch = link.batches.erase(batch);
    }
    link.pending_on_its_way = std::any_of(link.batches.begin(), link.batches.end(),
                                          [](const Batch& batch) { return batch.is_from_pending; });
    if (!link.pending_on_its_way)
        link.changed_meanwhile.clear();
}

// Rotation ----------------------------------------------------------------------------------------

bool Delivery::wants_rotation() const {
    TimestampTz now = GetCurrentTimestamp();
    if (now < rotate_at_ || !knows_registry_)
        return false;
    int current = place() ? place()->current : 0;
    const TableWalk& ours = walks_[current];
    const TableWalk& other = walks_[1 - current];
    if (!other.is_empty() && other.is_quiet())
        return true;
    if (!place())
        return ours.blocks() > largest_table && ours.is_quiet();
    return other.is_empty() &&
           (ours.blocks() > largest_table ||
            (!ours.is_empty() && ours.is_quiet() && now - found_at_ > idle_time));
}

void Delivery::rotate() {
    rotate_at_ = GetCurrentTimestamp() + rotation_interval;
    int current = place() ? place()->current : 0;
    int other = 1 - current;
    bool flips = place() && walks_[other].is_empty();
    if (flips) {
        std::atomic_ref<int32>(place()->current).store(other);
        return;
    }
    int emptied = walks_[other].is_empty() || !walks_[other].is_quiet() ? current : other;
    if (pg::call([emptied] { return empty_table(relations().tables[emptied]); }))
        walks_[emptied].forget();
}

}  // namespace outbox
