#include "store/page_walk.hpp"

#include <bit>

#include "store/patience.hpp"

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

// Sorts by pages, where the numbers lie close enough together to be counted; the order within a
// page does not matter.
constexpr uint64 most_blocks = 16384;

}  // namespace

uint64 PageWalk::batch_[];
HeapTupleData PageWalk::tuples_[];

void PageWalk::begin(ElementTable* table, CollectionId collection, Snapshot snapshot) {
    table_ = table;
    snapshot_ = RegisterSnapshot(snapshot);
    scan_ = nullptr;
    Relation index = table->index_with_known_leaves();
    by_leaves_ = index && leaves_.begin(table->relation(), index, collection);
    if (!by_leaves_) {
        scan_ = table->scan_by_number(snapshot_, 1);
        ScanKeyData key;
        ScanKeyInit(&key, element_collection, BTEqualStrategyNumber, F_INT8EQ,
                    Int64GetDatum(collection));
        index_rescan(scan_, &key, 1, nullptr, 0);
    }
    batch_count_ = batch_next_ = tuple_count_ = tuple_next_ = 0;
    is_at_end_ = false;
    buffer_ = InvalidBuffer;
}

bool PageWalk::fill_from_leaves() {
    ItemPointerData places[MaxTIDsPerBTreePage];
    int count;
    if (!leaves_.next(places, &count))
        return false;
    for (int i = 0; i < count; i++)
        batch_[batch_count_++] = number_of(places[i]);
    return true;
}

bool PageWalk::fill_from_scan() {
    if (!index_getnext_tid(scan_, ForwardScanDirection))
        return false;
    batch_[batch_count_++] = number_of(scan_->xs_heaptid);
    return true;
}

bool PageWalk::fill_batch() {
    batch_count_ = batch_next_ = 0;
    // A scan that is asked beyond its end begins again.
    while (!is_at_end_ && batch_count_ < batch_size) {
        CHECK_FOR_INTERRUPTS();
        is_at_end_ = by_leaves_ ? !fill_from_leaves() : !fill_from_scan();
    }
    sort_batch();
    return batch_count_ > 0;
}

// By pages; the order within a page does not matter.
void PageWalk::sort_batch() {
    auto [least, greatest] = std::minmax_element(batch_, batch_ + batch_count_);
    if (batch_count_ == 0 || block_of(*greatest) - block_of(*least) >= most_blocks) {
        std::sort(batch_, batch_ + batch_count_);
        return;
    }
    static uint64 sorted[std::size(batch_)];
    static int begin[most_blocks + 1];
    BlockNumber first = block_of(*least);
    int blocks = static_cast<int>(block_of(*greatest) - first) + 1;
    std::fill_n(begin, blocks + 1, 0);
    for (int i = 0; i < batch_count_; i++)
        begin[block_of(batch_[i]) - first + 1]++;
    for (int block = 0; block < blocks; block++)
        begin[block + 1] += begin[block];
    for (int i = 0; i < batch_count_; i++)
        sorted[begin[block_of(batch_[i]) - first]++] = batch_[i];
    std::copy_n(sorted, batch_count_, batch_);
}

// On a page that is all visible to all, an index entry leads to its row or a redirection to it.
void PageWalk::take(ItemPointerData place, bool all_are_visible) {
    HeapTuple tuple = &tuples_[tuple_count_];
    Page page = BufferGetPage(buffer_);
    ItemId item = PageGetItemId(page, ItemPointerGetOffsetNumber(&place));
    if (all_are_visible && ItemIdIsNormal(item)) {
        tuple->t_data = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item));
        tuple->t_len = ItemIdGetLength(item);
        tuple->t_tableOid = RelationGetRelid(table_->relation());
        tuple->t_self = place;
        __builtin_prefetch(tuple->t_data);
        tuple_count_++;
    } else if (heap_hot_search_buffer(&place, table_->relation(), buffer_, snapshot_, tuple,
                                      nullptr, true)) {
        tuple_count_++;
    }
}

// Takes the visible rows of the batch's next page, as they lie there: the processor fetches ahead.
// The pin keeps them where they are.
void PageWalk::read_page() {
    uint64 offsets[(MaxOffsetNumber + 64) / 64] = {};
    BlockNumber block = block_of(batch_[batch_next_]);
    for (; batch_next_ < batch_count_ && block_of(batch_[batch_next_]) == block; batch_next_++) {
        auto offset = static_cast<OffsetNumber>(batch_[batch_next_]);
        offsets[offset / 64] |= uint64{1} << offset % 64;
    }
    buffer_ = ReadBuffer(table_->relation(), block);
    LockBuffer(buffer_, BUFFER_LOCK_SHARE);
    bool all_are_visible = by_leaves_ && PageIsAllVisible(BufferGetPage(buffer_));
    for (size_t word = 0; word < std::size(offsets); word++)
        for (; offsets[word] != 0; offsets[word] &= offsets[word] - 1) {
            auto bit = static_cast<uint64>(std::countr_zero(offsets[word]));
            take(place_of(uint64{block} << 16 | (word * 64 + bit)), all_are_visible);
        }
    LockBuffer(buffer_, BUFFER_LOCK_UNLOCK);
    for (int i = 0; i < tuple_count_; i++) {
        patience::count_visit();
        pgstat_count_heap_fetch(table_->relation());
    }
}

void PageWalk::leave_page() {
    tuple_count_ = tuple_next_ = 0;
    if (!BufferIsValid(buffer_))
        return;
    ExecClearTuple(table_->slot());
    ReleaseBuffer(buffer_);
    buffer_ = InvalidBuffer;
}

bool PageWalk::next_page() {
    do {
        leave_page();
        CHECK_FOR_INTERRUPTS();
        if (batch_next_ == batch_count_ && !fill_batch())
            return false;
        read_page();
    } while (tuple_count_ == 0);
    return true;
}

void PageWalk::end() {
    leave_page();
    if (scan_)
        index_endscan(scan_);
    UnregisterSnapshot(snapshot_);
}

}  // namespace store
