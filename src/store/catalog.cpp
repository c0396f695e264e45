#include "store/catalog.hpp"

#include "store/known_blocks.hpp"
#include "store/remembered.hpp"
#include "store/version.hpp"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "utils/fmgroids.h"
}

namespace store {

namespace {

Catalog cached;
bool valid = false;

Oid relation(Oid schema, const char* name) {
    Oid oid = get_relname_relid(name, schema);
    if (!OidIsValid(oid))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("relation kv.%s of extension pg_kv is missing", name),
                        errhint("Was it dropped by hand? Restore it, or drop the extension and "
                                "create it again.")));
    return oid;
}

void load(Oid owner) {
    Oid schema = get_namespace_oid("kv", false);
    cached.extension_owner = owner;
    cached.keys[0] = {relation(schema, "durable_key"), relation(schema, "durable_key_due"),
                      relation(schema, "durable_size")};
    cached.keys[1] = {relation(schema, "cache_key"), relation(schema, "cache_key_due"),
                      relation(schema, "cache_size")};
    constexpr const char* classes[] = {"durable", "cache"};
    constexpr const char* kinds[] = {"field", "item", "member", "block"};
    for (int storage = 0; storage < storage_count; storage++) {
        for (int kind = 0; kind < element_kind_count; kind++)
            cached.elements[storage][kind] =
                relation(schema, psprintf("%s_%s", classes[storage], kinds[kind]));
        cached.dropped_collection[storage] =
            relation(schema, psprintf("%s_dropped_collection", classes[storage]));
    }
    cached.database_map = relation(schema, "database_map");
    cached.dropped_keyspace = relation(schema, "dropped_keyspace");
    cached.table_changes = relation(schema, "cache_change");
    cached.table_changes_index = relation(schema, "cache_change_table_xid");
    cached.watch = relation(schema, "watch");
    cached.watch_table = relation(schema, "watch_table");
    cached.row_id_sequence = relation(schema, "row_id");
    for (int number = 0; number < 16; number++)
        cached.database_views[number] = relation(schema, psprintf("db%d", number));
    valid = true;
}

void forget(Datum, int, uint32) {
    valid = false;
}

void forget_if_ours(Datum, Oid changed) {
    if (!valid || changed == InvalidOid) {
        valid = false;
        remembered::forget_all();
        known_blocks::forget_all();
        return;
    }
    for (const KeyRelations& keys : cached.keys) {
        if (changed == keys.table || changed == keys.due_index || changed == keys.size_table)
            valid = false;
        if (changed == keys.table)
            remembered::forget_all();
    }
    if (changed == cached.table_changes || changed == cached.table_changes_index)
        valid = false;
    for (auto& tables : cached.elements)
        if (std::find(std::begin(tables), std::end(tables), changed) != std::end(tables)) {
            valid = false;
            remembered::forget_all();
            known_blocks::forget_all();
        }
    for (Oid table : cached.dropped_collection)
        if (changed == table)
            valid = false;
}

}  // namespace

Extension find_extension() {
    Relation table = table_open(ExtensionRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
                CStringGetDatum("pg_kv"));
    SysScanDesc scan = systable_beginscan(table, ExtensionNameIndexId, true, nullptr, 1, &key);
    HeapTuple tuple = systable_getnext(scan);
    Extension extension = {InvalidOid, nullptr};
    if (HeapTupleIsValid(tuple)) {
        bool is_null;
        Datum version =
            heap_getattr(tuple, Anum_pg_extension_extversion, RelationGetDescr(table), &is_null);
        extension = {reinterpret_cast<Form_pg_extension>(GETSTRUCT(tuple))->extowner,
                     text_to_cstring(DatumGetTextPP(version))};
    }
    systable_endscan(scan);
    table_close(table, AccessShareLock);
    return extension;
}

bool Extension::is_ours() const {
    return strcmp(version, layout_version) == 0;
}

const Catalog* catalog_if_there() {
    if (!valid) {
        Extension extension = find_extension();
        if (!OidIsValid(extension.owner))
            return nullptr;
        if (!extension.is_ours())
            ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                            errmsg("extension pg_kv is of version %s in this database, its library "
                                   "of version %s",
                                   extension.version, layout_version),
                            errhint("Run ALTER EXTENSION pg_kv UPDATE, and start a new session if "
                                    "the library was replaced.")));
        load(extension.owner);
    }
    return &cached;
}

const Catalog& catalog() {
    const Catalog* found = catalog_if_there();
    if (!found)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("extension pg_kv is not installed in this database"),
                        errhint("Run CREATE EXTENSION pg_kv.")));
    return *found;
}

int64 next_row_id() {
    Oid sequence = catalog().row_id_sequence;
    patience::before_lock(sequence, RowExclusiveLock);
    return nextval_internal(sequence, false);
}

void forget_catalog() {
    valid = false;
}

bool may_be_database_map(Oid relation) {
    return !valid || relation == cached.database_map;
}

void watch_catalog() {
    CacheRegisterRelcacheCallback(forget_if_ours, 0);
    CacheRegisterSyscacheCallback(NAMESPACEOID, forget, 0);
}

}  // namespace store
