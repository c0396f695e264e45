#include "store/open_table.hpp"

#include "store/fetch.hpp"

namespace store {

void OpenTable::prepare_to_write() {
    if (locked_for_write_)
        return;
    patience::before_lock(RelationGetRelid(table_), RowExclusiveLock);
    LockRelationOid(RelationGetRelid(table_), RowExclusiveLock);
    locked_for_write_ = true;
}

void OpenTable::begin(Relation table, Use use) {
    // Rows are fetched by their places in a heap.
    if (table->rd_rel->relam != HEAP_TABLE_AM_OID)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("table %s is not a heap", RelationGetRelationName(table)),
                        errhint("Run ALTER TABLE ... SET ACCESS METHOD heap.")));
    table_ = table;
    owner_ = CurrentResourceOwner;
    locked_for_write_ = use == Use::write;
    slot_ = table_slot_create(table, nullptr);
}

void OpenTable::end() {
    ExecDropSingleTupleTableSlot(slot_);
    if (write_slot_)
        ExecDropSingleTupleTableSlot(write_slot_);
    if (executor_)
        FreeExecutorState(executor_);
    table_close(table_, NoLock);
}

bool OpenTable::stays_open() {
    // A pin of our own would keep the page from being pruned.
    if (is_kept_)
        ExecClearTuple(slot_);
    return is_kept_;
}

void OpenTable::expect_own_lock(ItemPointerData tid) const {
    TransactionId holder = holder_of(table_, tid);
    if (!TransactionIdIsCurrentTransactionId(holder))
        throw Blocked{holder};
}

void OpenTable::fill(const Datum* values) {
    TupleDesc row = RelationGetDescr(table_);
    if (!write_slot_) {
        MemoryContext before = MemoryContextSwitchTo(memory_);
        write_slot_ = MakeSingleTupleTableSlot(row, &TTSOpsVirtual);
        MemoryContextSwitchTo(before);
    }
    auto columns = static_cast<size_t>(row->natts);
    ExecClearTuple(write_slot_);
    memcpy(write_slot_->tts_values, values, sizeof(Datum) * columns);
    memset(write_slot_->tts_isnull, 0, columns);
    ExecStoreVirtualTuple(write_slot_);
}

}  // namespace store
