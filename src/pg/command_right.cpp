#include "pg/command_right.hpp"

#include "pg/version.hpp"

extern "C" {
#include "utils/catcache.h"
}

namespace pg {

namespace {

Oid find_function(Oid schema, const char* name) {
    char symbols[2][NAMEDATALEN];
    snprintf(symbols[0], NAMEDATALEN, "kv_%s_bytea", name);
    snprintf(symbols[1], NAMEDATALEN, "kv_%s_text", name);
    Oid found = InvalidOid;
    CatCList* list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
    for (int i = 0; i < list->n_members; i++) {
        HeapTuple tuple = &list->members[i]->tuple;
        auto* form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
        if (form->pronamespace != schema)
            continue;
        bool is_null;
        char* symbol = TextDatumGetCString(
            SysCacheGetAttr(PROCNAMEARGSNSP, tuple, Anum_pg_proc_prosrc, &is_null));
        if (strcmp(symbol, symbols[0]) == 0)
            found = form->oid;
        else if (strcmp(symbol, symbols[1]) == 0 && !OidIsValid(found))
            found = form->oid;
        pfree(symbol);
    }
    ReleaseSysCacheList(list);
    return found;
}

bool may_execute(Oid schema, Oid function, Oid role) {
    return OidIsValid(function) && may_use_schema(schema, role) &&
           may_execute_function(function, role);
}

}  // namespace

bool may_run(const char* function, Oid role) {
    Oid schema = get_namespace_oid("kv", true);
    return OidIsValid(schema) && may_execute(schema, find_function(schema, function), role);
}

bool may_administer(Oid role) {
    Oid schema = get_namespace_oid("kv", true);
    if (!OidIsValid(schema))
        return false;
    oidvector* no_arguments = buildoidvector(nullptr, 0);
    Oid function = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("administer"),
                                   PointerGetDatum(no_arguments), ObjectIdGetDatum(schema));
    pfree(no_arguments);
    return may_execute(schema, function, role);
}

}  // namespace pg
