#include "worker/statements.hpp"
#include "pg/version.hpp"

#include "outbox/place.hpp"
#include "outbox/wake.hpp"
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
bool settings_changed = false;   // of a database, or of all if it is invalid
bool settings_were_reset = false;
Oid database_of_settings = InvalidOid;
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

// Settings that a running server follows. What is reset it cannot tell: it has to begin anew.
void before_setting(Oid database, const VariableSetStmt* setting) {
    bool is_server_s = !setting->name || strncmp(setting->name, "kv.", 3) == 0 ||
                       strcmp(setting->name, "synchronous_commit") == 0;
    if (!is_server_s)
        return;
    if (!settings_changed)
        database_of_settings = database;
    else if (database_of_settings != database)
        database_of_settings = InvalidOid;
    settings_changed = true;
    settings_were_reset |= setting->kind != VAR_SET_VALUE && setting->kind != VAR_SET_CURRENT;
}

void before_database_setting(AlterDatabaseSetStmt* statement) {
    Oid database = get_database_oid(statement->dbname, true);
    if (OidIsValid(database))
        before_setting(database, statement->setstmt);
}

// ALTER ROLE ALL [IN DATABASE ...] SET
void before_role_setting(AlterRoleSetStmt* statement) {
    if (statement->role)
        return;
    Oid database = statement->database ? get_database_oid(statement->database, true) : InvalidOid;
    if (OidIsValid(database) || !statement->database)
        before_setting(database, statement->setstmt);
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
        case T_AlterDatabaseSetStmt:
            return before_database_setting(reinterpret_cast<AlterDatabaseSetStmt*>(statement));
        case T_AlterRoleSetStmt:
            return before_role_setting(reinterpret_cast<AlterRoleSetStmt*>(statement));
        default:
            return;
    }
}

bool is_commit_prepared(Node* statement) {
    return IsA(statement, TransactionStmt) &&
           reinterpret_cast<TransactionStmt*>(statement)->kind == TRANS_STMT_COMMIT_PREPARED;
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
    // No callback tells of what a prepared transaction did.
    if (is_commit_prepared(statement->utilityStmt))
        outbox::wake_now();
}

void object_access(ObjectAccessType access, Oid catalog, Oid object, int column, void* detail) {
    if (next_object_access)
        next_object_access(access, catalog, object, column, detail);
    extension_changed |= catalog == ExtensionRelationId;
}

void announce_settings() {
    look_again_at(database_of_settings);
    if (!settings_were_reset)
        return;
    for (Entry& entry : shared->entries) {
        bool is_concerned =
            entry.is_used() && entry.kind == Kind::server &&
            (!OidIsValid(database_of_settings) || entry.database == database_of_settings);
        if (is_concerned && entry.pid != 0)
            tell_to_leave(entry);
    }
}

void announce() {
    if (!databases_changed && !extension_changed && !settings_changed)
        return;
    locked(LW_EXCLUSIVE, [] {
        if (extension_changed)
            look_again_at(MyDatabaseId);
        if (settings_changed)
            announce_settings();
        wake_launcher();
    });
    if (OidIsValid(dropped_database)) {
        outbox::forget_database(dropped_database);
        pg::statistics::forget_database(dropped_database);
    }
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
    databases_changed = extension_changed = settings_changed = settings_were_reset = false;
    dropped_database = InvalidOid;
    holds::release_all();
}

}  // namespace

void note_change() {
    extension_changed = true;
}

void install_hooks() {
    next_process_utility = ProcessUtility_hook;
    ProcessUtility_hook = process_utility;
    next_object_access = object_access_hook;
    object_access_hook = object_access;
    RegisterXactCallback(at_transaction_end, nullptr);
}

}  // namespace worker::statements
