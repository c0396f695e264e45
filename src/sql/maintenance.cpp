// Functions for administrators.
#include "store/maintenance.hpp"

#include "pg/entry.hpp"
#include "pg/spi.hpp"
#include "store/change_hook.hpp"
#include "store/dropped_collections.hpp"
#include "store/sizes.hpp"
#include "store/table_changes.hpp"

extern "C" {
#include "commands/trigger.h"
#include "storage/bufmgr.h"
}

namespace sql {

namespace {

// One batch for each storage class, from the beginning.
int64 expire_batch(int limit) {
    if (limit < 1 || limit > 1000000)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("max_keys must be between 1 and 1000000")));
    PreventCommandIfReadOnly("kv.expire_batch()");
    PreventCommandIfParallelMode("kv.expire_batch()");
    int64 removed = 0;
    for (store::Storage storage : {store::Storage::durable, store::Storage::cache}) {
        store::maintenance::Position position;
        removed += store::maintenance::expire(storage, limit, position).removed;
        removed += store::maintenance::sweep(storage, limit).removed;
        removed += store::dropped_collections::sweep(storage, limit).removed;
        store::maintenance::fold_sizes(storage);
    }
    store::table_changes::fold();
    return removed;
}

// The storage class of the key table that a trigger fires for.
store::Storage storage_of_trigger(FunctionCallInfo fcinfo) {
    if (!CALLED_AS_TRIGGER(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("kv.truncate_with_keys() is a trigger function")));
    auto* trigger = reinterpret_cast<TriggerData*>(fcinfo->context);
    Oid table = RelationGetRelid(trigger->tg_relation);
    return table == store::catalog().keys[1].table ? store::Storage::cache
                                                   : store::Storage::durable;
}

// A table that is empty may be one that the same command truncates, which cannot be done again.
void truncate_unless_empty(Oid oid) {
    Relation table = table_open(oid, AccessExclusiveLock);
    bool is_empty = RelationGetNumberOfBlocks(table) == 0;
    const char* name = RelationGetRelationName(table);
    char* statement = psprintf("TRUNCATE kv.%s", quote_identifier(name));
    table_close(table, NoLock);
    if (!is_empty)
        pg::spi::execute(store::catalog().extension_owner, statement);
}

void truncate_elements(store::Storage storage) {
    const store::Catalog relations = store::catalog();
    for (Oid table : relations.elements[static_cast<int>(storage)])
        truncate_unless_empty(table);
    truncate_unless_empty(relations.dropped_collection[static_cast<int>(storage)]);
}

}  // namespace

}  // namespace sql

extern "C" {

SQL_FUNCTION(kv_expire_batch) {
    return pg::entry([&] {
        return Int64GetDatum(sql::expire_batch(PG_ARGISNULL(0) ? 1000 : PG_GETARG_INT32(0)));
    });
}

SQL_FUNCTION(kv_truncate_with_keys) {
    return pg::entry([&] {
        store::Storage storage = pg::call([&] { return sql::storage_of_trigger(fcinfo); });
        store::sizes::clear(storage);
        pg::call([&] { sql::truncate_elements(storage); });
        for (int database = 0; database < store::database_count; database++)
            if (pg::call([database] { return store::keyspace_of(database); }).storage == storage)
                store::change_hook::database_changed(database);
        return PointerGetDatum(nullptr);
    });
}

SQL_FUNCTION(kv_announce_databases) {
    store::announce_databases();
    PG_RETURN_VOID();
}
}
