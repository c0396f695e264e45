// What differs between PostgreSQL 15 and 18, and nothing else.
#pragma once

#include "pg/pg.hpp"

extern "C" {
#include "catalog/pg_database.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "commands/trigger.h"
#include "storage/latch.h"
}

// What the hook of ExecutorRun takes, and passes on.
#if PG_VERSION_NUM >= 180000
#define EXECUTOR_RUN_PARAMETERS QueryDesc *query, ScanDirection direction, uint64 count
#define EXECUTOR_RUN_ARGUMENTS query, direction, count
#else
#define EXECUTOR_RUN_PARAMETERS QueryDesc *query, ScanDirection direction, uint64 count, bool once
#define EXECUTOR_RUN_ARGUMENTS query, direction, count, once
#endif

namespace pg {

inline IndexScanDesc begin_index_scan(Relation table, Relation index, Snapshot snapshot,
                                      int key_count) {
#if PG_VERSION_NUM >= 180000
    return index_beginscan(table, index, snapshot, nullptr, key_count, 0);
#else
    return index_beginscan(table, index, snapshot, key_count, 0);
#endif
}

// Descends in a B-tree to the first leaf that a key may be on, which is then locked; to an invalid
// buffer in a tree without any.
inline BTStack search_btree(Relation table, Relation index, BTScanInsert key, Buffer* leaf,
                            int access) {
#if PG_VERSION_NUM >= 170000
    return _bt_search(index, table, key, leaf, access);
#elif PG_VERSION_NUM >= 160000
    return _bt_search(index, table, key, leaf, access, nullptr);
#else
    (void)table;
    return _bt_search(index, key, leaf, access, nullptr);
#endif
}

// Which indexes need an entry for the new version of an updated row.
enum class IndexUpdate { none, summarizing, all };

inline TM_Result update_tuple(Relation table, ItemPointer tid, TupleTableSlot* slot,
                              Snapshot snapshot, bool wait, TM_FailureData* failure,
                              IndexUpdate* indexes) {
    LockTupleMode lock_mode;
    CommandId command = GetCurrentCommandId(true);
#if PG_VERSION_NUM >= 160000
    TU_UpdateIndexes update = TU_None;
    TM_Result result = table_tuple_update(table, tid, slot, command, snapshot, InvalidSnapshot,
                                          wait, failure, &lock_mode, &update);
    *indexes = update == TU_None          ? IndexUpdate::none
               : update == TU_Summarizing ? IndexUpdate::summarizing
                                          : IndexUpdate::all;
#else
    bool update = false;
    TM_Result result = table_tuple_update(table, tid, slot, command, snapshot, InvalidSnapshot,
                                          wait, failure, &lock_mode, &update);
    *indexes = update ? IndexUpdate::all : IndexUpdate::none;
#endif
    return result;
}

inline bool index_is_summarizing(const IndexInfo* info) {
#if PG_VERSION_NUM >= 160000
    return info->ii_Summarizing;
#else
    (void)info;
    return false;
#endif
}

inline Oid primary_key_index(Relation table) {
#if PG_VERSION_NUM >= 180000
    return RelationGetPrimaryKeyIndex(table, false);
#else
    return RelationGetPrimaryKeyIndex(table);
#endif
}

// The number of the file that holds a table: a new one whenever the table is rewritten.
inline Oid file_number(Relation table) {
#if PG_VERSION_NUM >= 160000
    return table->rd_locator.relNumber;
#else
    return table->rd_node.relNode;
#endif
}

// Pins the buffer if it still holds the table's block.
inline bool read_recent_buffer(Relation table, BlockNumber block, Buffer recent) {
#if PG_VERSION_NUM >= 160000
    return ReadRecentBuffer(table->rd_locator, MAIN_FORKNUM, block, recent);
#else
    return ReadRecentBuffer(table->rd_node, MAIN_FORKNUM, block, recent);
#endif
}

inline bool may_execute_function(Oid function, Oid role) {
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE) == ACLCHECK_OK;
#else
    return pg_proc_aclcheck(function, role, ACL_EXECUTE) == ACLCHECK_OK;
#endif
}

inline bool may_use_schema(Oid schema, Oid role) {
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(NamespaceRelationId, schema, role, ACL_USAGE) == ACLCHECK_OK;
#else
    return pg_namespace_aclcheck(schema, role, ACL_USAGE) == ACLCHECK_OK;
#endif
}

inline bool may_connect(Oid database, Oid role) {
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(DatabaseRelationId, database, role, ACL_CONNECT) == ACLCHECK_OK;
#else
    return pg_database_aclcheck(database, role, ACL_CONNECT) == ACLCHECK_OK;
#endif
}

inline bool owns_database(Oid database) {
#if PG_VERSION_NUM >= 160000
    return object_ownercheck(DatabaseRelationId, database, GetUserId());
#else
    return pg_database_ownercheck(database, GetUserId());
#endif
}

// A function as PostgreSQL takes it to walk over an expression or a query.
#if PG_VERSION_NUM >= 160000
inline auto walker(bool (*function)(Node*, void*)) {
    return function;
}
#else
inline auto walker(bool (*function)(Node*, void*)) {
    return reinterpret_cast<bool (*)()>(reinterpret_cast<void (*)()>(function));
}
#endif

// Raises unless the current role may read what a plan reads.
inline void check_rights(PlannedStmt* plan) {
#if PG_VERSION_NUM >= 160000
    (void)ExecCheckPermissions(plan->rtable, plan->permInfos, true);
#else
    (void)ExecCheckRTPerms(plan->rtable, true);
#endif
}

// Whether this transaction has that lock, or a stronger one.
inline bool has_lock(const LOCKTAG& tag, LOCKMODE mode) {
#if PG_VERSION_NUM >= 170000
    return LockHeldByMe(&tag, mode, true);
#else
    return LockOrStrongerHeldByMe(&tag, mode);
#endif
}

inline bool has_lock(Oid table, LOCKMODE mode) {
    LOCKTAG tag;
    SET_LOCKTAG_RELATION(tag, MyDatabaseId, table);
    return has_lock(tag, mode);
}

inline bool owns_relation(Oid relation, Oid role) {
#if PG_VERSION_NUM >= 160000
    return object_ownercheck(RelationRelationId, relation, role);
#else
    return pg_class_ownercheck(relation, role);
#endif
}

// When a trigger fires, as in pg_trigger.tgenabled.
inline void set_trigger_firing(Relation table, const char* name, char firing, LOCKMODE lock) {
#if PG_VERSION_NUM >= 160000
    EnableDisableTrigger(table, name, InvalidOid, firing, false, false, lock);
#else
    EnableDisableTrigger(table, name, firing, false, lock);
#endif
}

// For the life of the process.
inline WaitEventSet* create_wait_event_set(int size) {
#if PG_VERSION_NUM >= 170000
    return CreateWaitEventSet(nullptr, size);
#else
    return CreateWaitEventSet(TopMemoryContext, size);
#endif
}

inline int process_number() {
#if PG_VERSION_NUM >= 170000
    return MyProcNumber;
#else
    return MyProc->pgprocno;
#endif
}

}  // namespace pg
