// Rows whose order is by score and name: members of sorted sets, and blocks. A name that is longer
// than an index entry may be is cut in two columns; rows that agree in the first are put in order
// here.
#pragma once

#include "store/element_walk.hpp"

namespace store {

struct OrderedRow {
    Bytes name;
    double score;
    int64 number;
    int64 node;  // of a block
    ItemPointerData tid;
};

// Puts names together. What it returns is valid until the next call, and as long as the slot.
class WholeName {
public:
    // The name of the row in a table's slot. Calls PostgreSQL, and may raise.
    Bytes of(const ElementTable* table);

private:
    char* buffer_ = nullptr;
    size_t size_ = 0;
};

// Whether a name's two columns hold just this name.
bool has_name(const ElementTable* table, Bytes name);

// The name's two columns; both to be freed after use.
void set_name(Datum* values, Bytes name);
void free_name(const Datum* values);

// Visits the rows of an ordered table from a gap on, until visit returns false. To be called
// outside of pg::call, after begin_by_order() on the same gap.
void walk_in_order(ElementWalk& walk, const Gap& from, Direction direction,
                   FunctionRef<bool(const OrderedRow& row)> visit);

}  // namespace store
