// A walk over many elements of a collection. Everything here calls PostgreSQL, may raise, and is
// trivially destructible.
#pragma once

#include "store/element_table.hpp"

namespace store {

struct ElementWalk {
    ElementTable* table;

    // Those with a number from first to last.
    void begin_by_number(ElementTable* of, CollectionId collection, int64 first, int64 last,
                         Direction direction, Snapshot snapshot);
    // Those of an ordered table from a gap on. Names that begin alike for longer than an index
    // entry may be come in any order, and so may a few that lie before the gap.
    void begin_by_order(ElementTable* of, CollectionId collection, const Gap& from,
                        Direction direction, Snapshot snapshot);

    // The next row, in the table's slot.
    bool next();
    // A bytea of it, valid until the next row.
    Bytes bytes(AttrNumber column);
    void end();
    Snapshot snapshot() const { return snapshot_; }

private:
    static constexpr int most_allocated = 2;

    void begin(ElementTable* of, Direction direction, Snapshot snapshot);
    void free_row();

    IndexScanDesc scan_;
    Snapshot snapshot_;
    ScanDirection direction_;
    ScanKeyData keys_[3];
    ScanKeyData row_keys_[2];
    Datum start_name_;
    void* allocated_[most_allocated];
    int allocated_count_;
};

}  // namespace store
