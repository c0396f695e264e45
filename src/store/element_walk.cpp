#include "store/element_walk.hpp"

#include "store/table_elements.hpp"

namespace store {

void ElementWalk::begin(ElementTable* of, Direction direction, Snapshot snapshot) {
    table = of;
    direction_ = direction == Direction::forward ? ForwardScanDirection : BackwardScanDirection;
    snapshot_ = RegisterSnapshot(snapshot);
    start_name_ = 0;
    allocated_count_ = 0;
}

void ElementWalk::begin_by_number(ElementTable* of, CollectionId collection, int64 first,
                                  int64 last, Direction direction, Snapshot snapshot) {
    begin(of, direction, snapshot);
    scan_ = table->scan_by_number(snapshot_, 3);
    ScanKeyInit(&keys_[0], element_collection, BTEqualStrategyNumber, F_INT8EQ,
                Int64GetDatum(collection));
    ScanKeyInit(&keys_[1], 2, BTGreaterEqualStrategyNumber, F_INT8GE, Int64GetDatum(first));
    ScanKeyInit(&keys_[2], 2, BTLessEqualStrategyNumber, F_INT8LE, Int64GetDatum(last));
    index_rescan(scan_, keys_, 3, nullptr, 0);
}

// The columns of the index on the order: collection, score, name.
void ElementWalk::begin_by_order(ElementTable* of, CollectionId collection, const Gap& from,
                                 Direction direction, Snapshot snapshot) {
    constexpr AttrNumber score_key = 2;
    constexpr AttrNumber name_key = 3;
    begin(of, direction, snapshot);
    scan_ = table->scan_by_order(snapshot_, 2);
    ScanKeyInit(&keys_[0], 1, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(collection));
    bool forward = direction == Direction::forward;
    Datum score = Float8GetDatum(from.score);
    StrategyNumber inclusive = forward ? BTGreaterEqualStrategyNumber : BTLessEqualStrategyNumber;
    if (from.side == Gap::Side::before_score || from.side == Gap::Side::after_score) {
        bool includes = (from.side == Gap::Side::before_score) == forward;
        if (includes)
            ScanKeyInit(&keys_[1], score_key, inclusive, forward ? F_FLOAT8GE : F_FLOAT8LE, score);
        else
            ScanKeyInit(&keys_[1], score_key,
                        forward ? BTGreaterStrategyNumber : BTLessStrategyNumber,
                        forward ? F_FLOAT8GT : F_FLOAT8LT, score);
    } else {
        // (score, name) >= (from.score, from.name), as the executor makes of such a comparison.
        start_name_ = make_bytea(from.name.substr(0, longest_ordered_name));
        ScanKeyEntryInitialize(&row_keys_[0], SK_ROW_MEMBER, score_key, inclusive, InvalidOid,
                               InvalidOid, F_BTFLOAT8CMP, score);
        ScanKeyEntryInitialize(&row_keys_[1], SK_ROW_MEMBER | SK_ROW_END, name_key, inclusive,
                               InvalidOid, InvalidOid, F_BYTEACMP, start_name_);
        memset(&keys_[1], 0, sizeof(ScanKeyData));
        keys_[1].sk_flags = SK_ROW_HEADER;
        keys_[1].sk_attno = score_key;
        keys_[1].sk_strategy = inclusive;
        keys_[1].sk_argument = PointerGetDatum(row_keys_);
    }
    index_rescan(scan_, keys_, 2, nullptr, 0);
}

void ElementWalk::free_row() {
    while (allocated_count_ > 0)
        pfree(allocated_[--allocated_count_]);
}

bool ElementWalk::next() {
    CHECK_FOR_INTERRUPTS();
    patience::count_visit();
    free_row();
    return index_getnext_slot(scan_, direction_, table->slot());
}

Bytes ElementWalk::bytes(AttrNumber column) {
    ColumnBytes found(table->column(column));
    if (found.allocated)
        allocated_[allocated_count_++] = found.allocated;
    return found.bytes;
}

void ElementWalk::end() {
    free_row();
    index_endscan(scan_);
    UnregisterSnapshot(snapshot_);
    ExecClearTuple(table->slot());
    if (start_name_)
        pfree(DatumGetPointer(start_name_));
}

}  // namespace store
