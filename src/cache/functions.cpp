// The SQL functions about rows.
#include "cache/events.hpp"
#include "cache/reader.hpp"
#include "pg/entry.hpp"
#include "pg/settings_cache.hpp"

extern "C" {
#include "utils/tuplestore.h"
}

namespace cache {

namespace {

void check_not_null(FunctionCallInfo fcinfo, int argument, const char* name) {
    if (PG_ARGISNULL(argument))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                        errmsg("argument \"%s\" must not be null", name)));
}

std::span<Jsonb* const> keys_of(ArrayType* array) {
    Datum* elements;
    bool* nulls;
    int count;
    deconstruct_array(array, JSONBOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
    auto** keys = static_cast<Jsonb**>(palloc(sizeof(Jsonb*) * static_cast<size_t>(count + 1)));
    for (int i = 0; i < count; i++) {
        if (nulls[i])
            ereport(ERROR,
                    (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("a key must not be null")));
        keys[i] = DatumGetJsonbP(elements[i]);
    }
    return {keys, static_cast<size_t>(count)};
}

void read_several(FunctionCallInfo fcinfo) {
    Oid table = InvalidOid;
    std::span<Jsonb* const> keys;
    Lifetimes lifetimes = {};
    pg::call([&] {
        check_not_null(fcinfo, 0, "table");
        check_not_null(fcinfo, 1, "keys");
        InitMaterializedSRF(fcinfo, 0);
        table = PG_GETARG_OID(0);
        keys = keys_of(PG_GETARG_ARRAYTYPE_P(1));
        lifetimes = lifetimes_of(fcinfo, 2);
    });
    std::vector<std::optional<Datum>> rows(keys.size());
    read_rows(table, keys, lifetimes, rows.data());
    auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    pg::call([&] {
        for (size_t i = 0; i < keys.size(); i++) {
            Datum values[] = {JsonbPGetDatum(keys[i]), rows[i].value_or(Datum(0))};
            bool nulls[] = {false, !rows[i].has_value()};
            tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
        }
    });
}

int64 invalidate_key(Oid table, Jsonb* key) {
    Source& source = find_source(table, key);
    check_rights(source);
    Part parts[INDEX_MAX_KEYS];
    parts_of(source, key, parts);
    if (std::any_of(parts, parts + source.column_count, [](const Part& p) { return p.is_null; }))
        return 0;
    return remove_row(table, name_of(source, parts), Busy::skip) ? 1 : 0;
}

int64 invalidate_table(Oid table) {
    Source& source = find_source(table, static_cast<Jsonb*>(nullptr));
    check_rights(source);
    return remove_rows(table, Busy::skip);
}

}  // namespace

}  // namespace cache

extern "C" {

SQL_FUNCTION(kv_cache_read) {
    return pg::entry([&]() -> Datum {
        if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
            PG_RETURN_NULL();
        Jsonb* key = nullptr;
        cache::Lifetimes lifetimes = {};
        pg::call([&] {
            key = PG_GETARG_JSONB_P(1);
            lifetimes = cache::lifetimes_of(fcinfo, 2);
        });
        std::optional<Datum> row = cache::read_row(PG_GETARG_OID(0), key, lifetimes);
        if (!row)
            PG_RETURN_NULL();
        return *row;
    });
}

SQL_FUNCTION(kv_cache_multiread) {
    pg::entry([&] { cache::read_several(fcinfo); });
    PG_RETURN_NULL();
}

SQL_FUNCTION(kv_cache_invalidate) {
    return pg::entry([&]() -> Datum {
        return pg::call([&] {
            cache::check_not_null(fcinfo, 0, "table");
            PreventCommandIfReadOnly("kv.cache_invalidate()");
            PreventCommandIfParallelMode("kv.cache_invalidate()");
            Oid table = PG_GETARG_OID(0);
            Jsonb* key = PG_ARGISNULL(1) ? nullptr : PG_GETARG_JSONB_P(1);
            int64 removed =
                key ? cache::invalidate_key(table, key) : cache::invalidate_table(table);
            cache::events::tell(cache::events::Event::invalidate, table, key);
            return Int64GetDatum(removed);
        });
    });
}
}
