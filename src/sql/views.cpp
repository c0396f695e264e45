// Functions behind the views of kv.
#include "pg/entry.hpp"
#include "store/key_table.hpp"
#include "store/sizes.hpp"

extern "C" {
#include "utils/fmgrprotos.h"
#include "utils/tuplestore.h"
}

namespace sql {

namespace {

store::Row row_of(Datum key, Datum value) {
    store::Row row = {};
    row.key = store::indexed_name(key);
    row.value = value;
    return row;
}

Datum to_bytea(core::Bytes bytes) {
    auto* datum = static_cast<bytea*>(palloc(bytes.size() + VARHDRSZ));
    SET_VARSIZE(datum, bytes.size() + VARHDRSZ);
    memcpy(VARDATA(datum), bytes.data(), bytes.size());
    return PointerGetDatum(datum);
}

Datum display(core::Bytes bytes, Datum datum) {
    if (pg_verify_mbstr(GetDatabaseEncoding(), bytes.data(), static_cast<int>(bytes.size()), true))
        return PointerGetDatum(
            cstring_to_text_with_len(bytes.data(), static_cast<int>(bytes.size())));
    return CStringGetTextDatum(DatumGetCString(DirectFunctionCall1(byteaout, datum)));
}

void check_database(int32 database) {
    if (database < 0 || database >= store::database_count)
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("DB index is out of range"),
                 errhint("Databases are numbered 0 to 15.")));
}

bool has_access(int32 database, store::Access access) {
    check_database(database);
    return store::has_access(database, access);
}

// The rows of a cache database, as the statement's snapshot sees them.
void add_cache_rows(int32 database, ReturnSetInfo* rows) {
    store::Keyspace keyspace = store::keyspace_of(database);
    if (keyspace.storage != store::Storage::cache || RecoveryInProgress())
        return;
    store::KeyTable* table = store::KeyTable::open(keyspace.storage, store::KeyTable::Use::read);
    IndexScanDesc scan = table->scan_by_id(GetActiveSnapshot(), 1);
    ScanKeyData key;
    ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(keyspace.id));
    index_rescan(scan, &key, 1, nullptr, 0);
    while (index_getnext_slot(scan, ForwardScanDirection, table->slot())) {
        CHECK_FOR_INTERRUPTS();
        tuplestore_puttupleslot(rows->setResult, table->slot());
    }
    index_endscan(scan);
    table->close();
}

}  // namespace

}  // namespace sql

extern "C" {

SQL_FUNCTION(kv_cache_rows) {
    InitMaterializedSRF(fcinfo, MAT_SRF_BLESS);
    if (sql::has_access(PG_GETARG_INT32(0), store::Access::read))
        sql::add_cache_rows(PG_GETARG_INT32(0),
                            reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo));
    PG_RETURN_NULL();
}

SQL_FUNCTION(kv_key_name) {
    Datum key = PointerGetDatum(PG_GETARG_BYTEA_PP(0));
    return sql::to_bytea(store::name_of(sql::row_of(key, PG_GETARG_DATUM(1))));
}

SQL_FUNCTION(kv_key_value) {
    Datum key = PointerGetDatum(PG_GETARG_BYTEA_PP(0));
    size_t tail = store::tail_size(sql::row_of(key, PG_GETARG_DATUM(1)));
    if (tail == 0)
        return PG_GETARG_DATUM(1);
    auto* value = PG_GETARG_BYTEA_PP(1);
    return sql::to_bytea(store::inline_bytes(PointerGetDatum(value)).substr(tail));
}

SQL_FUNCTION(kv_collection_of) {
    Datum key = PointerGetDatum(PG_GETARG_BYTEA_PP(1));
    store::Row row = sql::row_of(key, PG_GETARG_DATUM(2));
    row.type = static_cast<store::Type>(PG_GETARG_CHAR(0));
    std::optional<store::CollectionId> found = store::collection_of(row);
    if (!found)
        PG_RETURN_NULL();
    PG_RETURN_INT64(*found);
}

SQL_FUNCTION(kv_display) {
    Datum datum = PointerGetDatum(PG_GETARG_BYTEA_PP(0));
    return sql::display(store::inline_bytes(datum), datum);
}

SQL_FUNCTION(kv_can_read) {
    return BoolGetDatum(sql::has_access(PG_GETARG_INT32(0), store::Access::read));
}

SQL_FUNCTION(kv_can_write) {
    return BoolGetDatum(sql::has_access(PG_GETARG_INT32(0), store::Access::write));
}

SQL_FUNCTION(kv_database_size) {
    int32 database = PG_GETARG_INT32(0);
    if (!sql::has_access(database, store::Access::read))
        PG_RETURN_NULL();
    PG_RETURN_INT64(store::sizes::total(store::keyspace_of(database)));
}

SQL_FUNCTION(kv_db) {
    PG_RETURN_INT32(store::database_named(text_to_cstring(PG_GETARG_TEXT_PP(0))));
}
}
