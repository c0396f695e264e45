// Functions for views and administrators.
#include "pg/entry.hpp"
#include "store/maintenance.hpp"
#include "store/key_table.hpp"
#include "store/sizes.hpp"

extern "C" {
#include "access/detoast.h"
#include "utils/fmgrprotos.h"
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
        store::maintenance::fold_sizes(storage);
    }
    return removed;
}

store::Row row_of(Datum key, Datum value) {
    store::Row row = {};
    row.key = store::inline_bytes(key);
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
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("DB index is out of range"),
                        errhint("Databases are numbered 0 to 15.")));
}

bool has_access(int32 database, store::Access access) {
    check_database(database);
    return store::has_access(database, access);
}

}  // namespace

}  // namespace sql

extern "C" {

SQL_FUNCTION(kv_expire_batch) {
    return pg::entry([&] {
        return Int64GetDatum(sql::expire_batch(PG_ARGISNULL(0) ? 1000 : PG_GETARG_INT32(0)));
    });
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

SQL_FUNCTION(kv_announce_databases) {
    store::announce_databases();
    PG_RETURN_VOID();
}
}
