#include "pg/table_owner.hpp"

extern "C" {
#include "catalog/pg_class.h"
#include "utils/guc.h"
#include "utils/syscache.h"
}

namespace pg {

namespace {

Oid owner_of(Oid table) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
    if (!HeapTupleIsValid(tuple))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("relation with OID %u does not exist", table)));
    Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
    ReleaseSysCache(tuple);
    return owner;
}

}  // namespace

Role become_table_owner(Oid table) {
    Oid owner = owner_of(table);
    Role before;
    GetUserIdAndSecContext(&before.user, &before.security);
    SetUserIdAndSecContext(owner, before.security | SECURITY_RESTRICTED_OPERATION);
    before.settings_level = NewGUCNestLevel();
    return before;
}

void become_again(const Role& before) {
    AtEOXact_GUC(false, before.settings_level);
    SetUserIdAndSecContext(before.user, before.security);
}

}  // namespace pg
