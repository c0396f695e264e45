// The functions behind kv.clients and kv.slowlog, and kv.kill_client().
#include "pg/entry.hpp"
#include "pg/version.hpp"
#include "server/inquiries.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "nodes/makefuncs.h"
#include "parser/parse_func.h"
}

namespace server::inquiries {

namespace {

// Who may execute kv.administer() sees all clients.
bool may_administer() {
    List* name = list_make2(makeString(pstrdup("kv")), makeString(pstrdup("administer")));
    Oid function = LookupFuncName(name, 0, nullptr, true);
    return OidIsValid(function) ? pg::may_execute_function(function, GetUserId()) : superuser();
}

bool is_own(const char* role_name) {
    Oid role = role_name ? get_role_oid(role_name, true) : InvalidOid;
    return OidIsValid(role) && has_privs_of_role(GetUserId(), role);
}

// Puts the rows of an answer. If roles are looked at, the first field names the one that the row
// concerns.
void put_rows(ReturnSetInfo* result, FieldReader answer, bool looks_at_roles) {
    TupleDesc columns = result->setDesc;
    AttInMetadata* input = TupleDescGetAttInMetadata(columns);
    bool sees_all = !looks_at_roles || may_administer();
    auto** values = static_cast<char**>(palloc0(sizeof(char*) * columns->natts));
    while (!answer.at_end()) {
        for (int i = 0; i < columns->natts; i++)
            values[i] = answer.next();
        if (!sees_all && !is_own(values[0]))
            continue;
        HeapTuple row = BuildTupleFromCStrings(input, values);
        tuplestore_puttuple(result->setResult, row);
        heap_freetuple(row);
    }
}

Datum return_rows(FunctionCallInfo fcinfo, Question question, bool looks_at_roles) {
    InitMaterializedSRF(fcinfo, 0);
    FieldReader answer;
    if (ask(question, 0, answer))
        put_rows(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo), answer, looks_at_roles);
    return 0;
}

}  // namespace

}  // namespace server::inquiries

extern "C" {

SQL_FUNCTION(kv_client_states) {
    using namespace server::inquiries;
    return return_rows(fcinfo, Question::clients, true);
}

SQL_FUNCTION(kv_slow_commands) {
    using namespace server::inquiries;
    return return_rows(fcinfo, Question::slow_commands, false);
}

SQL_FUNCTION(kv_kill_client) {
    using namespace server::inquiries;
    FieldReader answer;
    bool killed = ask(Question::kill_client, PG_GETARG_INT64(0), answer) && *answer.next() == 't';
    PG_RETURN_BOOL(killed);
}
}
