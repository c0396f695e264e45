#include "worker/statements.hpp"
#include "pg/version.hpp"

#include "pg/pg.hpp"
#include "pg/statistics.hpp"
#include "worker/holds.hpp"
#include "worker/state.hpp"

extern "C" {
#include "catalog/objectaccess.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "catalog/pg_extension.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "nodes/parsenodes.h"
#include "tcop/utility.h"
}

namespace worker::statements {

namespace {

ProcessUtility_hook_type next_process_utility = nullptr;
object_access_hook_type next_object_access = nullptr;

// What the transaction did, to be acted upon when it commits.
bool databases_changed = false;
bool extension_changed = false;  // one or another
Oid dropped_database = InvalidOid;

bool may_create_databases() {
    HeapTuple tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(GetUserId()));
    if (!HeapTupleIsValid(tuple))
        return false;
    bool may = reinterpret_cast<Form_pg_authid>(GETSTRUCT(tuple))->rolcreatedb;
    ReleaseSysCache(tuple);
    return may;
}

const char* option(List* options, const char* name, const char* otherwise) {
    ListCell* cell;
    foreach (cell, options) {
        auto* item = static_cast<DefElem*>(lfirst(cell));
        if (strcmp(item->defname, name) == 0)
            return item->arg ? defGetString(item) : otherwise;
    }
    return otherwise;
}

// Keeps the workers away, unless the statement is going to be refused for want of rights.
Oid keep_away(const char* name, bool is_template) {
    Oid database = get_database_oid(name, true);
    if (!OidIsValid(database))
        return InvalidOid;
    if (!pg::owns_database(database) && !(is_template && may_create_databases()))
        return InvalidOid;
    holds::take(database);
    return database;
}

void before_create(CreatedbStmt* statement) {
    databases_changed = true;
    keep_away(option(statement->options, "template", "template1"), true);
}

void before_drop(DropdbStmt* statement) {
    databases_changed = true;
    dropped_database = keep_away(statement->dbname, false);
}

void before_rename(RenameStmt* statement) {
    if (statement->renameType != OBJECT_DATABASE)
        return;
    databases_changed = true;
    keep_away(statement->subname, false);
}

void before_alter(AlterDatabaseStmt* statement) {
    databases_changed = true;
    if (option(statement->options, "tablespace", nullptr))
        keep_away(statement->dbname, false);
}

void before(Node* statement) {
    switch (nodeTag(statement)) {
        case T_CreatedbStmt:
            return before_create(reinterpret_cast<CreatedbStmt*>(statement));
        case T_DropdbStmt:
            return before_drop(reinterpret_cast<DropdbStmt*>(statement));
        case T_RenameStmt:
            return before_rename(reinterpret_cast<RenameStmt*>(statement));
        case T_AlterDatabaseStmt:
            return before_alter(reinterpret_cast<AlterDatabaseStmt*>(statement));
        default:
            return;
    }
}

void process_utility(PlannedStmt* statement, const char* text, bool read_only_tree,
                     ProcessUtilityContext context, ParamListInfo parameters,
                     QueryEnvironment* environment, DestReceiver* destination,
                     QueryCompletion* completion) {
    if (!RecoveryInProgress())
        before(statement->utilityStmt);
    ProcessUtility_hook_type next =
        next_process_utility ? next_process_utility : standard_ProcessUtility;
    next(statement, text, read_only_tree, context, parameters, environment, destination,
         completion);
}

void object_access(ObjectAccessType access, Oid catalog, Oid object, int column, void* detail) {
    if (next_object_access)
        next_object_access(access, catalog, object, column, detail);
    extension_changed |= catalog == ExtensionRelationId;
}

// The worker in this database, or the launcher, shall look at the extension now.
void announce_extension() {
    for (Entry& entry : shared->entries) {
        if (!entry.is_used() || entry.database != MyDatabaseId)
            continue;
        entry.look_again = true;
        entry.next_start = 0;
        entry.failures = 0;
        if (entry.latch)
            SetLatch(entry.latch);
    }
}

void announce() {
    if (!databases_changed && !extension_changed)
        return;
    locked(LW_EXCLUSIVE, [] {
        if (extension_changed)
            announce_extension();
        wake_launcher();
    });
    if (OidIsValid(dropped_database))
        pg::statistics::forget_database(dropped_database);
}

void at_transaction_end(XactEvent event, void*) {
    switch (event) {
        case XACT_EVENT_COMMIT:
            announce();
            break;
        case XACT_EVENT_ABORT:
        case XACT_EVENT_PREPARE:
            break;
        default:
            return;
    }
    databases_changed = extension_changed = false;
    dropped_database = InvalidOid;
    holds::release_all();
}

}  // namespace

void install_hooks() {
    next_process_utility = ProcessUtility_hook;
    ProcessUtility_hook = process_utility;
    next_object_access = object_access_hook;
    object_access_hook = object_access;
    RegisterXactCallback(at_transaction_end, nullptr);
}

}  // namespace worker::statements
