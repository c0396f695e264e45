#include "outbox/relations.hpp"

#include "store/catalog.hpp"

extern "C" {
#include "catalog/pg_class.h"
}

namespace outbox {

namespace {

Relations known;
bool is_known = false;
uint64 changes = 0;

Oid find(Oid schema, const char* name) {
    Oid oid = get_relname_relid(name, schema);
    if (!OidIsValid(oid))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("relation kv.%s of extension pg_kv is missing", name),
                        errhint("Was it dropped by hand? Restore it, or drop the extension and "
                                "create it again.")));
    return oid;
}

void forget(Datum, int, uint32) {
    is_known = false;
}

void notice(Datum, Oid changed) {
    bool all = !OidIsValid(changed);
    if (all || !is_known || changed == known.target || changed == known.watch)
        changes++;
    for (Oid table : {known.tables[0], known.tables[1], known.pending, known.dead, known.target,
                      known.watch, known.timeline, known.versions})
        if (all || changed == table)
            is_known = false;
}

}  // namespace

const Relations& relations() {
    if (is_known)
        return known;
    known.owner = store::catalog().extension_owner;
    Oid schema = get_namespace_oid("kv", false);
    known.tables[0] = find(schema, "relay_outbox_0");
    known.tables[1] = find(schema, "relay_outbox_1");
    known.pending = find(schema, "relay_pending");
    known.dead = find(schema, "relay_dead");
    known.target = find(schema, "relay_target");
    known.watch = find(schema, "watch");
    known.timeline = find(schema, "relay_timeline");
    known.versions = find(schema, "relay_version");
    is_known = true;
    return known;
}

uint64 registry_changes() {
    return changes;
}

// The object of the table, not the table: nobody else ever locks that, so that neither VACUUM nor
// DROP EXTENSION wait for a relay. Locks of this method outlive a worker's failed transactions, and
// go with its process.
bool lock_relay(bool for_session) {
    LOCKTAG tag;
    SET_LOCKTAG_OBJECT(tag, MyDatabaseId, RelationRelationId, relations().tables[0], 0);
    tag.locktag_lockmethodid = USER_LOCKMETHOD;
    return LockAcquire(&tag, ExclusiveLock, for_session, true) != LOCKACQUIRE_NOT_AVAIL;
}

bool lock_tables_without_waiting() {
    const Relations before = relations();
    for (Oid table : {before.tables[0], before.tables[1], before.pending, before.dead,
                      before.timeline, before.versions})
        if (!ConditionalLockRelationOid(table, RowExclusiveLock))
            return false;
    for (Oid table : {before.target, before.watch})
        if (!ConditionalLockRelationOid(table, AccessShareLock))
            return false;
    AcceptInvalidationMessages();
    return store::catalog_if_there() && memcmp(&relations(), &before, sizeof(before)) == 0;
}

void watch_relations() {
    CacheRegisterRelcacheCallback(notice, 0);
    CacheRegisterSyscacheCallback(NAMESPACEOID, forget, 0);
}

}  // namespace outbox
