// The indexes of a table, kept with each row that is written: those of an administrator or of
// REINDEX CONCURRENTLY among them. Everything here calls PostgreSQL, may raise, and is trivially
// destructible.
#pragma once

#include "store/any_index.hpp"

namespace store {

class TableIndexes {
public:
    // What it allocates lives in the memory context.
    void open(Relation table, LOCKMODE mode, MemoryContext memory);
    // Opens those that were made since.
    void open_new(LOCKMODE mode);
    void close();

    // Makes the entries of a new row, or of a row's new version that needs them. The executor is as
    // for AnyIndex.
    void insert(TupleTableSlot* slot, bool is_update, bool only_summarizing, EState*& executor);

    // The B-tree on just these columns, in this order; raises if somebody dropped it.
    Relation on(std::span<const AttrNumber> columns) const;

private:
    struct Index {
        AnyIndex any;
        bool has_plain_columns;
        bool has_known_leaves;  // see leaves.hpp
    };

    bool is_open(Oid index) const;
    void insert_plain_entry(const Index& index, TupleTableSlot* slot, bool is_update);

    Relation table_;
    MemoryContext memory_;
    Index* indexes_;
    int count_;
};

}  // namespace store
