#include "server/admission.hpp"

#include "pg/settings_server.hpp"
#include "pg/version.hpp"

extern "C" {
#include "catalog/pg_authid.h"
#include "utils/timestamp.h"
}

namespace server {

namespace {

uint64_t changes = 1;

void count_change(Datum, int, uint32) {
    ++changes;
}

const char* objection_to(const FormData_pg_authid& role, TimestampTz valid_until) {
    if (role.rolsuper)
        return "Superusers do not come in by the Redis protocol.";
    if (!role.rolcanlogin)
        return "The role is not permitted to log in.";
    if (valid_until < GetCurrentTimestamp())
        return "The role has an expired password.";
    const char* group = pg::settings::server().client_role;
    if (!OidIsValid(client_role()))
        return psprintf("There is no role \"%s\", whose members kv.client_role lets in.", group);
    if (!is_member_of_role_nosuper(role.oid, client_role()))
        return psprintf("The role is not a member of \"%s\", as kv.client_role demands.", group);
    if (!pg::may_connect(MyDatabaseId, role.oid))
        return "The role does not have the CONNECT privilege of the database.";
    return nullptr;
}

template <class Key>
Applicant find(SysCacheIdentifier cache, Key key) {
    HeapTuple row = SearchSysCache1(cache, key);
    if (!HeapTupleIsValid(row))
        return {InvalidOid, nullptr, "There is no such role.", -1};
    bool is_null;
    Datum valid_until = SysCacheGetAttr(cache, row, Anum_pg_authid_rolvaliduntil, &is_null);
    const auto& role = *reinterpret_cast<Form_pg_authid>(GETSTRUCT(row));
    Applicant applicant = {role.oid, pstrdup(NameStr(role.rolname)),
                           objection_to(role,
                                        is_null ? DT_NOEND : DatumGetTimestampTz(valid_until)),
                           role.rolconnlimit};
    ReleaseSysCache(row);
    return applicant;
}

}  // namespace

Applicant find_applicant(const char* name) {
    return find(AUTHNAME, CStringGetDatum(name));
}

Applicant find_applicant(Oid role) {
    return find(AUTHOID, ObjectIdGetDatum(role));
}

int database_connection_limit() {
    HeapTuple row = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
    if (!HeapTupleIsValid(row))
        return 0;  // it was dropped
    const auto& database = *reinterpret_cast<Form_pg_database>(GETSTRUCT(row));
    int limit = database.datallowconn ? database.datconnlimit : 0;
    ReleaseSysCache(row);
    return limit;
}

Oid client_role() {
    return get_role_oid(pg::settings::server().client_role, true);
}

uint64_t roles_epoch() {
    static char known[NAMEDATALEN];
    if (strncmp(known, pg::settings::server().client_role, NAMEDATALEN) != 0) {
        strlcpy(known, pg::settings::server().client_role, NAMEDATALEN);
        ++changes;
    }
    return changes;
}

void watch_roles() {
    for (auto cache : {AUTHOID, AUTHMEMROLEMEM, DATABASEOID})
        CacheRegisterSyscacheCallback(cache, count_change, 0);
}

}  // namespace server
