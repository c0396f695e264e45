// Keeps every index of a key table, those of an administrator or of REINDEX CONCURRENTLY among
// them.
#include "pg/version.hpp"
#include "store/key_table.hpp"

namespace store {

namespace {

bool has_plain_columns(Relation index) {
    return heap_attisnull(index->rd_indextuple, Anum_pg_index_indexprs, nullptr) &&
           heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr);
}

bool is_on(Relation index, Column first, Column second) {
    const FormData_pg_index* form = index->rd_index;
    return form->indnatts == 2 && form->indnkeyatts == 2 && form->indkey.values[0] == first &&
           form->indkey.values[1] == second && index->rd_rel->relam == BTREE_AM_OID;
}

// REINDEX CONCURRENTLY makes a second index, of which another session may think as the primary key
// already, or still.
bool is_twin(Relation index) {
    const FormData_pg_index* form = index->rd_index;
    return form->indisunique && form->indimmediate && form->indnatts == 1 &&
           form->indkey.values[0] == column_key && has_plain_columns(index) &&
           index->rd_rel->relam == BTREE_AM_OID;
}

// Told that an update leaves the indexed columns alone, a full index page looks for entries of dead
// versions before it splits. In a transaction that writes much, most would be its own, not dead
// yet.
bool expects_dead_entries() {
    constexpr CommandId few_writes = 64;
    return GetCurrentCommandId(false) < few_writes;
}

}  // namespace

KeyTable::Role KeyTable::role_of(Relation index) const {
    if (RelationGetRelid(index) == pg::primary_key_index(table_) || is_twin(index))
        return Role::key;
    if (RelationGetRelid(index) == due_index_)
        return Role::due;
    if (has_plain_columns(index) && is_on(index, column_keyspace, column_id))
        return Role::id;
    return Role::other;
}

void KeyTable::open_indexes() {
    MemoryContext before = MemoryContextSwitchTo(memory_);
    List* oids = RelationGetIndexList(table_);
    indexes_ = static_cast<Index*>(
        palloc0(sizeof(Index) * static_cast<size_t>(std::max(list_length(oids), 1))));
    ListCell* cell;
    foreach (cell, oids) {
        Relation relation = index_open(lfirst_oid(cell), RowExclusiveLock);
        Index& index = indexes_[index_count_++];
        index.relation = relation;
        index.role = role_of(relation);
        if (index.role == Role::other)
            index.info = BuildIndexInfo(relation);
    }
    list_free(oids);
    MemoryContextSwitchTo(before);
}

// False if the key is there already, or about to be. In the order of the indexes' OIDs, as all
// sessions do, so that two which insert the same key do not wait for each other.
bool KeyTable::insert_key_entries(TupleTableSlot* slot) {
    static IndexInfo no_info;
    bool is_null = false;
    for (int i = 0; i < index_count_; i++) {
        Index& index = indexes_[i];
        if (index.role == Role::key && index.relation->rd_index->indisready &&
            !index_insert(index.relation, &slot->tts_values[column_key - 1], &is_null,
                          &slot->tts_tid, table_, UNIQUE_CHECK_PARTIAL, false, &no_info))
            return false;
    }
    return true;
}

void KeyTable::insert_index_entries(TupleTableSlot* slot, bool is_update, bool only_summarizing,
                                    bool keys_are_done) {
    static IndexInfo no_info;
    const Datum* row = slot->tts_values - 1;
    bool nulls[2] = {};
    for (int i = 0; i < index_count_; i++) {
        Index& index = indexes_[i];
        if (!index.relation->rd_index->indisready)
            continue;
        if (index.role == Role::other) {
            if (!only_summarizing || pg::index_is_summarizing(index.info))
                insert_into_other(index, slot, is_update);
            continue;
        }
        if (only_summarizing || (index.role == Role::key && keys_are_done))
            continue;
        Datum values[2] = {row[column_key]};
        if (index.role == Role::id) {
            values[0] = row[column_keyspace];
            values[1] = row[column_id];
        }
        if (index.role == Role::due) {
            if (DatumGetInt32(row[column_due]) == 0)  // the index's predicate
                continue;
            values[0] = row[column_due];
            values[1] = row[column_id];
        }
        // The key and the id are this row's already, or the sequence's: nothing to check.
        bool is_unchanged = is_update && index.role != Role::due && expects_dead_entries();
        index_insert(index.relation, values, nulls, &slot->tts_tid, table_, UNIQUE_CHECK_NO,
                     is_unchanged, &no_info);
    }
}

void KeyTable::insert_into_other(Index& index, TupleTableSlot* slot, bool is_update) {
    MemoryContext before = MemoryContextSwitchTo(memory_);
    if (!executor_)
        executor_ = CreateExecutorState();
    ExprContext* context = GetPerTupleExprContext(executor_);
    context->ecxt_scantuple = slot;
    if (index.info->ii_Predicate != NIL && !index.predicate)
        index.predicate = ExecPrepareQual(index.info->ii_Predicate, executor_);
    MemoryContextSwitchTo(GetPerTupleMemoryContext(executor_));
    if (!index.predicate || ExecQual(index.predicate, context)) {
        Datum values[INDEX_MAX_KEYS];
        bool nulls[INDEX_MAX_KEYS];
        FormIndexDatum(index.info, slot, executor_, values, nulls);
        bool is_unique = index.relation->rd_index->indisunique;
        index_insert(index.relation, values, nulls, &slot->tts_tid, table_,
                     is_unique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO, is_update && !is_unique,
                     index.info);
    }
    MemoryContextSwitchTo(before);
    ResetPerTupleExprContext(executor_);
}

Relation KeyTable::primary() {
    if (!primary_) {
        MemoryContext before = MemoryContextSwitchTo(memory_);
        primary_ = index_open(pg::primary_key_index(table_), AccessShareLock);
        MemoryContextSwitchTo(before);
    }
    return primary_;
}

// The scan of lookups, begun anew for each.
IndexScanDesc KeyTable::scan() {
    if (!scan_) {
        MemoryContext before = MemoryContextSwitchTo(memory_);
        scan_ = pg::begin_index_scan(table_, primary(), nullptr, 1);
        MemoryContextSwitchTo(before);
    }
    return scan_;
}

IndexScanDesc KeyTable::scan_by_key(Snapshot snapshot) {
    return pg::begin_index_scan(table_, primary(), snapshot, 1);
}

IndexScanDesc KeyTable::scan_by_id(Snapshot snapshot, int key_count) {
    MemoryContext before = MemoryContextSwitchTo(memory_);
    List* oids = id_index_ ? NIL : RelationGetIndexList(table_);
    ListCell* cell;
    foreach (cell, oids) {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);
        if (role_of(index) == Role::id && index->rd_index->indisvalid) {
            id_index_ = index;
            break;
        }
        index_close(index, NoLock);
    }
    if (!id_index_)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("table %s lacks its index on (keyspace, id)",
                               RelationGetRelationName(table_)),
                        errhint("Create the index again.")));
    MemoryContextSwitchTo(before);
    return pg::begin_index_scan(table_, id_index_, snapshot, key_count);
}

}  // namespace store
