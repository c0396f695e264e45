#include "store/table_indexes.hpp"

namespace store {

namespace {

// Entries can be made of the row's columns, and need no check.
bool has_plain_columns(Relation index) {
    const FormData_pg_index* form = index->rd_index;
    return !form->indisunique && !form->indisexclusion && form->indnatts == form->indnkeyatts &&
           index->rd_rel->relam == BTREE_AM_OID &&
           heap_attisnull(index->rd_indextuple, Anum_pg_index_indexprs, nullptr) &&
           heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr);
}

bool is_on(Relation index, std::span<const AttrNumber> columns) {
    const FormData_pg_index* form = index->rd_index;
    return form->indisvalid && static_cast<size_t>(form->indnatts) == columns.size() &&
           std::equal(columns.begin(), columns.end(), form->indkey.values);
}

}  // namespace

void TableIndexes::open(Relation table, LOCKMODE mode, MemoryContext memory) {
    table_ = table;
    memory_ = memory;
    executor_ = nullptr;
    count_ = 0;
    MemoryContext before = MemoryContextSwitchTo(memory);
    List* oids = RelationGetIndexList(table);
    indexes_ = static_cast<Index*>(
        palloc0(sizeof(Index) * static_cast<size_t>(std::max(list_length(oids), 1))));
    ListCell* cell;
    foreach (cell, oids) {
        Index& index = indexes_[count_++];
        index.any.open(lfirst_oid(cell), mode);
        index.has_plain_columns = has_plain_columns(index.any.relation());
    }
    list_free(oids);
    MemoryContextSwitchTo(before);
}

void TableIndexes::close() {
    for (int i = 0; i < count_; i++)
        indexes_[i].any.close();
    if (executor_)
        FreeExecutorState(executor_);
}

Relation TableIndexes::on(std::span<const AttrNumber> columns) const {
    for (int i = 0; i < count_; i++)
        if (indexes_[i].has_plain_columns && is_on(indexes_[i].any.relation(), columns))
            return indexes_[i].any.relation();
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                    errmsg("table %s lacks one of its indexes", RelationGetRelationName(table_)),
                    errhint("Create the index again as the extension's script has it.")));
    pg_unreachable();
}

void TableIndexes::insert(TupleTableSlot* slot, bool is_update, bool only_summarizing) {
    for (int i = 0; i < count_; i++) {
        Index& index = indexes_[i];
        Relation relation = index.any.relation();
        if (!relation->rd_index->indisready)
            continue;
        if (!index.has_plain_columns)
            index.any.insert(table_, slot, is_update, only_summarizing, memory_, executor_);
        else if (!only_summarizing)
            insert_plain_entry(relation, slot, is_update);
    }
}

void TableIndexes::insert_plain_entry(Relation index, TupleTableSlot* slot, bool is_update) {
    static IndexInfo no_info;
    const FormData_pg_index* form = index->rd_index;
    Datum values[INDEX_MAX_KEYS];
    bool nulls[INDEX_MAX_KEYS];
    for (int i = 0; i < form->indnatts; i++)
        values[i] = slot_getattr(slot, form->indkey.values[i], &nulls[i]);
    index_insert(index, values, nulls, &slot->tts_tid, table_, UNIQUE_CHECK_NO,
                 is_update && expects_dead_entries(), &no_info);
}

}  // namespace store
