// A table of ours, open for a command or, where that runs within a statement, from call to call
// until the end of the statement; see pg/statement.hpp. What is common to the key tables and those
// of elements. Calls PostgreSQL, may raise, and is trivially destructible.
#pragma once

#include "pg/statement.hpp"
#include "store/patience.hpp"

namespace store {

class OpenTable {
public:
    enum class Use { read, write };

    // Takes the lock that writes need, if the table was opened to read.
    void prepare_to_write();

    Relation relation() const { return table_; }
    // Into which rows are fetched.
    TupleTableSlot* slot() const { return slot_; }

protected:
    static LOCKMODE mode_of(Use use) {
        return use == Use::write ? RowExclusiveLock : AccessShareLock;
    }

    // `open_relations` opens a Table that is all zero but for its memory. It is the one that is
    // kept, if that may be, and then perhaps open already.
    template <class Table, class Open>
    static Table* open(Table* kept, Use use, Open open_relations) {
        if (kept->is_kept_ && kept->owner_ == CurrentResourceOwner) {
            if (use == Use::write)
                kept->prepare_to_write();
            return kept;
        }
        if (kept->is_kept_ || !pg::statement::may_keep()) {
            auto* table = static_cast<Table*>(palloc0(sizeof(Table)));
            table->memory_ = CurrentMemoryContext;
            open_relations(table);
            return table;
        }
        MemoryContext memory =
            AllocSetContextCreate(TopTransactionContext, "pg_kv table", ALLOCSET_SMALL_SIZES);
        MemoryContext before = MemoryContextSwitchTo(memory);
        memset(static_cast<void*>(kept), 0, sizeof(Table));
        kept->memory_ = memory;
        open_relations(kept);
        kept->is_kept_ = true;  // only now: opening it may have raised
        MemoryContextSwitchTo(before);
        pg::statement::keep();
        return kept;
    }

    // At the end of the statement.
    template <class Table>
    static void release(Table& kept, bool after_error) {
        if (!kept.is_kept_)
            return;
        if (!after_error) {
            ResourceOwner current = CurrentResourceOwner;
            CurrentResourceOwner = kept.owner_;
            kept.close_relations();
            CurrentResourceOwner = current;
        }
        kept.is_kept_ = false;
        MemoryContextDelete(kept.memory_);
    }

    // For open_relations and its counterpart.
    void begin(Relation table, Use use);
    void end();

    // True if the table stays open, without what an operation holds on to, such as buffer pins.
    bool stays_open();
    // Calls write(true), which may wait for others that are at a row, or, where waiting is
    // forbidden, write(false), and throws Blocked if somebody is.
    template <class Write>
    TM_Result attempt(ItemPointerData tid, Write write) const {
        if (patience::may_wait())
            return write(true);
        TM_Result result = write(false);
        if (result != TM_BeingModified && result != TM_WouldBlock)
            return result;
        expect_own_lock(tid);
        return write(true);
    }
    // A row that this transaction itself has locked looks like one to wait for. Throws Blocked.
    void expect_own_lock(ItemPointerData tid) const;
    // Puts the values of all columns into the slot to be written.
    void fill(const Datum* values);

    bool is_kept_;
    bool locked_for_write_;
    ResourceOwner owner_;
    MemoryContext memory_;
    Relation table_;
    TupleTableSlot* slot_;        // what was found
    TupleTableSlot* write_slot_;  // what is written
    EState* executor_;            // for indexes with expressions or predicates
};

}  // namespace store
