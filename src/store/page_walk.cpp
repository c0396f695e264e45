#include "store/page_walk.hpp"

extern "C" {
#include "pgstat.h"
#include "storage/bufmgr.h"
}

namespace store {

namespace {

// A place as a number, which is compared at once.
uint64 number_of(ItemPointerData place) {
    return static_cast<uint64>(ItemPointerGetBlockNumber(&place)) << 16 |
           ItemPointerGetOffsetNumber(&place);
}

BlockNumber block_of(uint64 number) {
    return static_cast<BlockNumber>(number >> 16);
}

ItemPointerData place_of(uint64 number) {
    ItemPointerData place;
    ItemPointerSet(&place, block_of(number), static_cast<OffsetNumber>(number));
    return place;
}

}  // namespace

void PageWalk::begin(ElementTable* table, CollectionId collection, Snapshot snapshot) {
    table_ = table;
    snapshot_ = RegisterSnapshot(snapshot);
    scan_ = table->scan_by_number(snapshot_, 1);
    ScanKeyData key;
    ScanKeyInit(&key, element_collection, BTEqualStrategyNumber, F_INT8EQ,
                Int64GetDatum(collection));
    index_rescan(scan_, &key, 1, nullptr, 0);
    batch_ = static_cast<uint64*>(palloc(sizeof(uint64) * batch_size));
    tuples_ = static_cast<HeapTupleData*>(palloc(sizeof(HeapTupleData) * MaxHeapTuplesPerPage));
    batch_count_ = batch_next_ = tuple_count_ = tuple_next_ = 0;
    is_at_end_ = false;
    buffer_ = InvalidBuffer;
}

bool PageWalk::fill_batch() {
    batch_count_ = batch_next_ = 0;
    // A scan that is asked beyond its end begins again.
    while (!is_at_end_ && batch_count_ < batch_size) {
        is_at_end_ = !index_getnext_tid(scan_, ForwardScanDirection);
        if (!is_at_end_)
            batch_[batch_count_++] = number_of(scan_->xs_heaptid);
    }
    std::sort(batch_, batch_ + batch_count_);
    return batch_count_ > 0;
}

// Takes the visible rows of the batch's next page. The pin keeps them where they are.
bool PageWalk::read_page() {
    leave_page();
    CHECK_FOR_INTERRUPTS();
    if (batch_next_ == batch_count_ && !fill_batch())
        return false;
    BlockNumber block = block_of(batch_[batch_next_]);
    buffer_ = ReadBuffer(table_->relation(), block);
    LockBuffer(buffer_, BUFFER_LOCK_SHARE);
    while (batch_next_ < batch_count_ && block_of(batch_[batch_next_]) == block) {
        ItemPointerData place = place_of(batch_[batch_next_++]);
        if (heap_hot_search_buffer(&place, table_->relation(), buffer_, snapshot_,
                                   &tuples_[tuple_count_], nullptr, true))
            tuple_count_++;
    }
    LockBuffer(buffer_, BUFFER_LOCK_UNLOCK);
    return true;
}

void PageWalk::leave_page() {
    tuple_count_ = tuple_next_ = 0;
    if (!BufferIsValid(buffer_))
        return;
    ExecClearTuple(table_->slot());
    ReleaseBuffer(buffer_);
    buffer_ = InvalidBuffer;
}

bool PageWalk::next() {
    patience::count_visit();
    while (tuple_next_ == tuple_count_)
        if (!read_page())
            return false;
    pgstat_count_heap_fetch(table_->relation());
    ExecStoreBufferHeapTuple(&tuples_[tuple_next_++], table_->slot(), buffer_);
    return true;
}

void PageWalk::end() {
    leave_page();
    index_endscan(scan_);
    UnregisterSnapshot(snapshot_);
    pfree(batch_);
    pfree(tuples_);
}

}  // namespace store
