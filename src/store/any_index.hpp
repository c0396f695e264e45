// Entries of indexes that may be anything: with expressions, a predicate, uniqueness. Calls
// PostgreSQL, and may raise.
#pragma once

#include "store/patience.hpp"

namespace store {

// Trivially destructible. What it allocates lives in the memory context that it is told.
class AnyIndex {
public:
    void open(Oid oid, LOCKMODE mode) {
        patience::before_lock(oid, mode);
        relation_ = index_open(oid, mode);
    }
    void close() { index_close(relation_, NoLock); }
    Relation relation() const { return relation_; }

    // The executor is made when it is first needed, and is the caller's to free.
    void insert(Relation table, TupleTableSlot* slot, bool is_update, bool only_summarizing,
                MemoryContext memory, EState*& executor);

private:
    Relation relation_;
    IndexInfo* info_;
    ExprState* predicate_;
};

// Told that an update leaves the indexed columns alone, a full index page looks for entries of dead
// versions before it splits. In a transaction that writes much, most would be its own, not dead
// yet.
inline bool expects_dead_entries() {
    constexpr CommandId few_writes = 64;
    return GetCurrentCommandId(false) < few_writes;
}

}  // namespace store
