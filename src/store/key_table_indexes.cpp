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
        Index& index = indexes_[index_count_++];
        index.any.open(lfirst_oid(cell), RowExclusiveLock);
        index.role = role_of(index.any.relation());
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
        Relation relation = index.any.relation();
        if (index.role == Role::key && relation->rd_index->indisready &&
            !index_insert(relation, &slot->tts_values[column_key - 1], &is_null, &slot->tts_tid,
                          table_, UNIQUE_CHECK_PARTIAL, false, &no_info))
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
        Relation relation = index.any.relation();
        if (!relation->rd_index->indisready)
            continue;
        if (index.role == Role::other) {
            index.any.insert(table_, slot, is_update, only_summarizing, memory_, executor_);
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
        index_insert(relation, values, nulls, &slot->tts_tid, table_, UNIQUE_CHECK_NO, is_unchanged,
                     &no_info);
    }
}

Relation KeyTable::primary() {
    if (!primary_) {
        MemoryContext before = MemoryContextSwitchTo(memory_);
        Oid primary = pg::primary_key_index(table_);
        patience::before_lock(primary, AccessShareLock);
        primary_ = index_open(primary, AccessShareLock);
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
        patience::before_lock(lfirst_oid(cell), AccessShareLock);
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
