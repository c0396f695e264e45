#include "server/roles.hpp"

#include "pg/guard.hpp"
#include "pg/settings_server.hpp"
#include "server/admission.hpp"
#include "server/rights.hpp"
#include "store/catalog.hpp"

extern "C" {
#include "catalog/pg_authid.h"
}

namespace server {

namespace {

// A role as PostgreSQL's side of this file hands it over, in the memory context of the call.
struct Found {
    Oid oid;
    const char* name;
    bool is_enabled;
    bool may_read;
    bool may_write;
};

bool has_on_any_database(Oid role, AclMode privilege) {
    if (const store::Catalog* catalog = store::catalog_if_there())
        for (Oid view : catalog->database_views)
            if (pg_class_aclcheck(view, role, privilege) == ACLCHECK_OK)
                return true;
    return false;
}

// Superusers, who never come in, are none, nor is the role itself that only has members.
bool is_client(const FormData_pg_authid& role) {
    Oid group = client_role();
    return OidIsValid(group) && !role.rolsuper && (role.oid != group || role.rolcanlogin) &&
           is_member_of_role_nosuper(role.oid, group);
}

Found describe(Oid role) {
    Applicant applicant = find_applicant(role);
    return {role, applicant.name, applicant.objection == nullptr,
            has_on_any_database(role, ACL_SELECT), has_on_any_database(role, ACL_INSERT)};
}

std::span<Found> find_all() {
    List* clients = NIL;
    Relation table = table_open(AuthIdRelationId, AccessShareLock);
    SysScanDesc scan = systable_beginscan(table, InvalidOid, false, nullptr, 0, nullptr);
    while (HeapTuple row = systable_getnext(scan)) {
        const auto& role = *reinterpret_cast<Form_pg_authid>(GETSTRUCT(row));
        if (is_client(role))
            clients = lappend_oid(clients, role.oid);
    }
    systable_endscan(scan);
    table_close(table, AccessShareLock);

    auto size = static_cast<size_t>(list_length(clients));
    auto* found = static_cast<Found*>(palloc(size * sizeof(Found)));
    for (size_t i = 0; i < size; i++) {
        CHECK_FOR_INTERRUPTS();
        found[i] = describe(list_nth_oid(clients, static_cast<int>(i)));
    }
    return {found, size};
}

Roles::Role to_role(const Found& found) {
    bool is_default = strcmp(found.name, pg::settings::server().default_role) == 0;
    return {found.oid, found.name, found.is_enabled, !is_default, found.may_read, found.may_write};
}

}  // namespace

std::vector<Roles::Role> Roles::all() {
    std::vector<Role> roles;
    for (const Found& found : pg::call([] { return find_all(); }))
        if (found.name)  // it may have been dropped meanwhile
            roles.push_back(to_role(found));
    std::sort(roles.begin(), roles.end(),
              [](const Role& left, const Role& right) { return left.name < right.name; });
    return roles;
}

std::optional<Roles::Role> Roles::find(core::Bytes name) {
    std::string text(name.substr(0, NAMEDATALEN));
    std::optional<Found> found = pg::call([&]() -> std::optional<Found> {
        HeapTuple row = SearchSysCache1(AUTHNAME, CStringGetDatum(text.c_str()));
        if (!HeapTupleIsValid(row))
            return {};
        const auto& role = *reinterpret_cast<Form_pg_authid>(GETSTRUCT(row));
        Oid client = is_client(role) ? role.oid : InvalidOid;
        ReleaseSysCache(row);
        if (!OidIsValid(client))
            return {};
        return describe(client);
    });
    if (!found || !found->name)
        return {};
    return to_role(*found);
}

bool Roles::may_run(const Role& role, const command::Command& command) {
    return rights::may_run(role.oid, command);
}

void Roles::fill_with_random(std::span<uint8_t> bytes) {
    pg::call([&] {
        if (!pg_strong_random(bytes.data(), bytes.size()))
            ereport(ERROR,
                    (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random bytes")));
    });
}

}  // namespace server
