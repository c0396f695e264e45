#include "store/table_indexes.hpp"

#include "store/leaves.hpp"

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
    indexes_ = nullptr;
    count_ = 0;
    open_new(mode);
}

void TableIndexes::open_new(LOCKMODE mode) {
    MemoryContext before = MemoryContextSwitchTo(memory_);
    List* oids = RelationGetIndexList(table_);
    auto* indexes = static_cast<Index*>(
        palloc0(sizeof(Index) * static_cast<size_t>(count_ + list_length(oids))));
    std::copy_n(indexes_, count_, indexes);
    indexes_ = indexes;
    ListCell* cell;
    foreach (cell, oids) {
        if (is_open(lfirst_oid(cell)))
            continue;
        Index& index = indexes_[count_];
        index.any.open(lfirst_oid(cell), mode);
        index.has_plain_columns = has_plain_columns(index.any.relation());
        index.has_known_leaves = index.has_plain_columns && leaves::suit(index.any.relation());
        count_++;
    }
    list_free(oids);
    MemoryContextSwitchTo(before);
}

bool TableIndexes::is_open(Oid index) const {
    return std::any_of(indexes_, indexes_ + count_, [index](const Index& open) {
        return RelationGetRelid(open.any.relation()) == index;
    });
}

void TableIndexes::close() {
    for (int i = 0; i < count_; i++)
        indexes_[i].any.close();
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

void TableIndexes::insert(TupleTableSlot* slot, bool is_update, bool only_summarizing,
                          EState*& executor) {
    for (int i = 0; i < count_; i++) {
        Index& index = indexes_[i];
        Relation relation = index.any.relation();
        if (!relation->rd_index->indisready)
            continue;
        if (!index.has_plain_columns)
            index.any.insert(table_, slot, is_update, only_summarizing, memory_, executor);
        else if (!only_summarizing)
            insert_plain_entry(index, slot, is_update);
    }
}

void TableIndexes::insert_plain_entry(const Index& of, TupleTableSlot* slot, bool is_update) {
    static IndexInfo no_info;
    Relation index = of.any.relation();
    const FormData_pg_index* form = index->rd_index;
    Datum values[INDEX_MAX_KEYS];
    bool nulls[INDEX_MAX_KEYS];
    for (int i = 0; i < form->indnatts; i++)
        values[i] = slot_getattr(slot, form->indkey.values[i], &nulls[i]);
    if (!is_update && of.has_known_leaves &&
        leaves::insert(table_, index, values, nulls, slot->tts_tid))
        return;
    index_insert(index, values, nulls, &slot->tts_tid, table_, UNIQUE_CHECK_NO,
                 is_update && expects_dead_entries(), &no_info);
}

}  // namespace store
