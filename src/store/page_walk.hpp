// A walk over all elements of a collection in the order of the table's pages, each of which is
// looked at once, where an index in the order of a hash would lead to another page each time. Calls
// PostgreSQL, may raise, and is trivially destructible.
#pragma once

#include "store/element_table.hpp"

namespace store {

class PageWalk {
public:
    void begin(ElementTable* table, CollectionId collection, Snapshot snapshot);
    // The next row, in the table's slot.
    bool next();
    void end();

private:
    // So many index entries are sorted at a time.
    static constexpr int batch_size = 8192;

    bool fill_batch();
    bool read_page();
    void leave_page();

    ElementTable* table_;
    Snapshot snapshot_;
    IndexScanDesc scan_;
    uint64* batch_;  // the places of rows, sorted
    int batch_count_;
    int batch_next_;
    bool is_at_end_;  // of the index
    Buffer buffer_;
    HeapTupleData* tuples_;  // what is visible of a page
    int tuple_count_;
    int tuple_next_;
};

}  // namespace store
