// Functions for administrators.
#include "pg/entry.hpp"
#include "store/database_map.hpp"
#include "store/maintenance.hpp"

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

}  // namespace

}  // namespace sql

extern "C" {

SQL_FUNCTION(kv_expire_batch) {
    return pg::entry([&] {
        return Int64GetDatum(sql::expire_batch(PG_ARGISNULL(0) ? 1000 : PG_GETARG_INT32(0)));
    });
}

SQL_FUNCTION(kv_announce_databases) {
    store::announce_databases();
    PG_RETURN_VOID();
}
}
