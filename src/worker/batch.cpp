#include "worker/batch.hpp"

#include "pg/entry.hpp"
#include "store/catalog.hpp"
#include "store/dropped_collections.hpp"
#include "store/table_changes.hpp"
#include "worker/process.hpp"

extern "C" {
#include "pgstat.h"
#include "utils/guc.h"
}

namespace worker::batch {

namespace {

// Rows a transaction. So many take a fraction of a millisecond, in which the batch may keep a
// processor from others.
constexpr int row_limit = 300;

bool lock(Oid relation, LOCKMODE mode) {
    return ConditionalLockRelationOid(relation, mode);
}

// Locks a table with its indexes, which have locks of their own.
bool lock_with_indexes(Oid oid) {
    if (!lock(oid, RowExclusiveLock))
        return false;
    Relation table = try_relation_open(oid, NoLock);
    if (!table)
        return false;
    List* indexes = RelationGetIndexList(table);
    relation_close(table, NoLock);
    ListCell* cell;
    foreach (cell, indexes)
        if (!lock(lfirst_oid(cell), RowExclusiveLock))
            return false;
    list_free(indexes);
    return true;
}

// Takes all locks that a batch needs, so that it need not wait while holding one. False if another
// session has, or waits for, one that conflicts, or the tables just went away.
bool lock_without_waiting(store::Storage storage) {
    const store::Catalog before = store::catalog();
    const store::KeyRelations& keys = before.keys[static_cast<int>(storage)];
    if (!lock_with_indexes(keys.table) || !lock(keys.size_table, RowExclusiveLock) ||
        !lock(before.dropped_keyspace, RowExclusiveLock) ||
        !lock_with_indexes(before.table_changes) || !lock(before.database_map, AccessShareLock) ||
        !lock(before.dropped_collection[static_cast<int>(storage)], RowExclusiveLock))
        return false;
    for (Oid table : before.elements[static_cast<int>(storage)])
        if (!lock_with_indexes(table))
            return false;
    const store::Catalog* after = store::catalog_if_there();
    return after && memcmp(after, &before, sizeof(before)) == 0;
}

// The role that the work is done as, since indexes may have expressions.
struct Role {
    Oid user;
    int security;
    int settings_level;
};

Role become_owner() {
    Role before;
    GetUserIdAndSecContext(&before.user, &before.security);
    SetUserIdAndSecContext(store::catalog().extension_owner,
                           before.security | SECURITY_RESTRICTED_OPERATION);
    before.settings_level = NewGUCNestLevel();
    return before;
}

void become_again(const Role& role) {
    AtEOXact_GUC(false, role.settings_level);
    SetUserIdAndSecContext(role.user, role.security);
}

store::maintenance::Progress do_job(Task& task) {
    switch (task.job) {
        case Job::expire:
            return store::maintenance::expire(task.storage, row_limit, task.position);
        case Job::sweep:
            return store::maintenance::sweep(task.storage, row_limit);
        case Job::sweep_elements:
            return store::dropped_collections::sweep(task.storage, row_limit);
        case Job::fold:
            store::maintenance::fold_sizes(task.storage);
            if (task.storage == store::Storage::cache)
                store::table_changes::fold();
            break;
    }
    return {};
}

void do_job_as_owner(Task& task, Outcome& outcome) {
    PushActiveSnapshot(GetTransactionSnapshot());
    Role before = become_owner();
    // The store may throw as well as raise.
    pg::entry([&task, &outcome] { outcome.progress = do_job(task); });
    become_again(before);
    PopActiveSnapshot();
}

void add_context(void* task) {
    errcontext("pg_kv maintenance: %s", description(*static_cast<Task*>(task)));
}

}  // namespace

const char* description(const Task& task) {
    bool is_cache = task.storage == store::Storage::cache;
    switch (task.job) {
        case Job::expire:
            return is_cache ? "remove expired keys of cache databases"
                            : "remove expired keys of durable databases";
        case Job::sweep:
            return is_cache ? "remove the rows of flushed cache databases"
                            : "remove the rows of flushed durable databases";
        case Job::sweep_elements:
            return is_cache ? "remove the elements of dropped collections of cache databases"
                            : "remove the elements of dropped collections of durable databases";
        case Job::fold:
            break;
    }
    return is_cache ? "sum up the sizes of cache databases and the changes of tables"
                    : "sum up the sizes of durable databases";
}

Outcome run(Task& task) {
    ErrorContextCallback context = {error_context_stack, add_context, &task};
    error_context_stack = &context;
    Outcome outcome = {};
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    pgstat_report_activity(STATE_RUNNING, description(task));
    outcome.extension = process::look_at_extension();
    if (outcome.extension == State::running) {
        outcome.is_busy = !lock_without_waiting(task.storage);
        if (!outcome.is_busy)
            do_job_as_owner(task, outcome);
    }
    CommitTransactionCommand();
    pgstat_report_stat(false);
    pgstat_report_activity(STATE_IDLE, nullptr);
    error_context_stack = context.previous;
    return outcome;
}

}  // namespace worker::batch
