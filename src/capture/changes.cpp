#include "capture/changes.hpp"

#include "cache/invalidate.hpp"
#include "watch/canonical_output.hpp"

extern "C" {
#include "commands/trigger.h"
#include "utils/datum.h"
}

namespace capture {

namespace {

// True if a column is the same in both rows, to the byte; a value that is stored elsewhere is not
// fetched if both rows refer to the same one.
bool is_same(TupleTableSlot* before, TupleTableSlot* after, int index) {
    if (before->tts_isnull[index] || after->tts_isnull[index])
        return before->tts_isnull[index] && after->tts_isnull[index];
    Form_pg_attribute column = TupleDescAttr(before->tts_tupleDescriptor, index);
    Datum left = before->tts_values[index];
    Datum right = after->tts_values[index];
    if (column->attbyval)
        return left == right;
    if (column->attlen == -1) {
        const void* left_bytes = DatumGetPointer(left);
        const void* right_bytes = DatumGetPointer(right);
        size_t size = VARSIZE_ANY(left_bytes);
        if (size == VARSIZE_ANY(right_bytes) && memcmp(left_bytes, right_bytes, size) == 0)
            return true;
    }
    return datum_image_eq(left, right, false, column->attlen);
}

bool rows_differ(TupleTableSlot* before, TupleTableSlot* after) {
    TupleDesc row = before->tts_tupleDescriptor;
    for (int index = 0; index < row->natts; index++)
        if (!TupleDescAttr(row, index)->attisdropped && !is_same(before, after, index))
            return true;
    return false;
}

bool has_same_key(const watch::Watch& watch, TupleTableSlot* before, TupleTableSlot* after) {
    return std::all_of(watch.columns.begin(), watch.columns.end(),
                       [&](const watch::Column& column) {
                           return is_same(before, after, column.number - 1);
                       });
}

}  // namespace

Changes::Changes(watch::Watches& watches, outbox::Operation operation, Level level)
    : watches_(watches) {
    bool is_replica = SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA;
    batches_.reserve(watches.all().size());
    for (watch::Watch& watch : watches.all()) {
        bool by_row = watch.by_row || (is_replica && level == Level::row);
        if (operation == outbox::Operation::all || by_row == (level == Level::row))
            batches_.emplace_back(watch, operation);
    }
}

bool Changes::differ(const watch::Watch& watch, TupleTableSlot* before, TupleTableSlot* after) {
    if (watch.counted.empty())
        return rows_differ(before, after);
    return std::any_of(watch.counted.begin(), watch.counted.end(),
                       [&](AttrNumber number) { return !is_same(before, after, number - 1); });
}

void Changes::add(TupleTableSlot* before, TupleTableSlot* after) {
    if (before)
        slot_getallattrs(before);
    if (after)
        slot_getallattrs(after);
    for (KeyBatch& batch : batches_) {
        const watch::Watch& watch = batch.watch();
        if (before && after && !differ(watch, before, after))
            continue;
        are_any_ = true;
        if (watch.is_broken) {
            batch.add_all();
        } else if (before && after && has_same_key(watch, before, after)) {
            if (is_met(batch, after) || is_met(batch, before))
                add_key(batch, after);
        } else {
            if (before)
                add_row(batch, before);
            if (after)
                add_row(batch, after);
        }
    }
}

void Changes::add_row(KeyBatch& batch, TupleTableSlot* slot) {
    if (is_met(batch, slot))
        add_key(batch, slot);
}

// With the session's settings, as it might be in a function of the session's own.
bool Changes::is_met(KeyBatch& batch, TupleTableSlot* slot) {
    if (!batch.watch().condition.exists())
        return true;
    leave_canonical_output();
    return batch.watch().condition.is_met(slot, watches_.users() > 1);
}

void Changes::add_key(KeyBatch& batch, TupleTableSlot* slot) {
    if (batch.watch().depends_on_settings && canonical_level_ == 0)
        canonical_level_ = watch::begin_canonical_output();
    batch.add(slot);
}

void Changes::leave_canonical_output() {
    if (canonical_level_ != 0)
        watch::end_canonical_output(std::exchange(canonical_level_, 0));
}

void Changes::add_all() {
    are_any_ = true;
    for (KeyBatch& batch : batches_)
        batch.add_all();
}

void Changes::write() {
    leave_canonical_output();
    for (KeyBatch& batch : batches_)
        batch.flush();
    if (!are_any_)
        return;
    for (KeyBatch& batch : batches_)
        if (batch.watch().modes & watch::Mode::read)
            cache::note_change(batch.watch().table);
}

}  // namespace capture
