// A walk over all elements of a collection in the order of the table's pages, each of which is
// looked at once, where an index in the order of a hash would lead to another page each time. Calls
// PostgreSQL, may raise, and is trivially destructible.
#pragma once

#include "store/element_table.hpp"
#include "store/leaves.hpp"

namespace store {

// Only one at a time: what is too large for each to have of its own is the session's.
class PageWalk {
public:
    void begin(ElementTable* table, CollectionId collection, Snapshot snapshot);
    // Goes to the next page with rows; false if there is none.
    bool next_page();
    // The next row of the page, null if there is none. It stays where it is until next_page().
    HeapTuple next() { return tuple_next_ == tuple_count_ ? nullptr : &tuples_[tuple_next_++]; }
    // Puts a row of the page into the table's slot.
    void show(HeapTuple tuple) { ExecStoreBufferHeapTuple(tuple, table_->slot(), buffer_); }
    void end();

private:
    // So many index entries are sorted at a time, or a leaf more.
    static constexpr int batch_size = 8192;

    bool fill_batch();
    bool fill_from_leaves();
    bool fill_from_scan();
    void sort_batch();
    void read_page();
    void take(ItemPointerData place, bool all_are_visible);
    void leave_page();

    static uint64 batch_[batch_size + MaxTIDsPerBTreePage];  // the places of rows, sorted
    static HeapTupleData tuples_[MaxHeapTuplesPerPage];      // what is visible of a page

    ElementTable* table_;
    Snapshot snapshot_;
    leaves::Walk leaves_;
    bool by_leaves_;
    IndexScanDesc scan_;  // otherwise
    int batch_count_;
    int batch_next_;
    bool is_at_end_;  // of the index
    Buffer buffer_;
    int tuple_count_;
    int tuple_next_;
};

}  // namespace store
