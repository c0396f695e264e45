// kv.mirror_keys and kv.unmirror_keys look at the caller's rights; what they do, as the extension's
// owner, is in SQL.
#include "mirror/mirrors.hpp"
#include "outbox/key_reader.hpp"
#include "pg/entry.hpp"
#include "pg/spi.hpp"
#include "store/catalog.hpp"
#include "store/database_map.hpp"

namespace mirror {

namespace {

using pg::spi::Argument;

Argument argument(FunctionCallInfo fcinfo, int number, Oid type) {
    return {type, fcinfo->args[number].value, fcinfo->args[number].isnull};
}

// The one that is named, or the session's.
int32 database_argument(FunctionCallInfo fcinfo, int number, Oid owner) {
    int64 database = PG_ARGISNULL(number)
                         ? *pg::spi::query_integer(owner, "SELECT kv.session_database()")
                         : PG_GETARG_INT32(number);
    if (database < 0 || database > 15)
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("DB index is out of range"),
                 errhint("Databases are numbered 0 to 15.")));
    return static_cast<int32>(database);
}

int32 mirror_keys(FunctionCallInfo fcinfo) {
    PreventCommandIfReadOnly("kv.mirror_keys()");
    Oid owner = store::catalog().extension_owner;
    int32 database = database_argument(fcinfo, 3, owner);
    store::check_access(database, store::Access::read);
    std::optional<int64> id =
        pg::spi::query_integer(owner, "SELECT kv.add_mirror($1, $2, $3, $4, $5, $6)",
                               {argument(fcinfo, 0, TEXTOID), argument(fcinfo, 1, TEXTOID),
                                argument(fcinfo, 2, TEXTOID), pg::spi::integer(database),
                                argument(fcinfo, 4, INTERVALOID), argument(fcinfo, 5, TEXTOID)});
    // It may have waited for writers.
    store::check_access(database, store::Access::read);
    return static_cast<int32>(*id);
}

void unmirror_keys(FunctionCallInfo fcinfo) {
    PreventCommandIfReadOnly("kv.unmirror_keys()");
    Oid owner = store::catalog().extension_owner;
    int32 database = database_argument(fcinfo, 1, owner);
    store::check_access(database, store::Access::read);
    pg::spi::execute(owner, "SELECT kv.remove_mirrors($1, $2)",
                     {argument(fcinfo, 0, TEXTOID), pg::spi::integer(database)});
}

}  // namespace

}  // namespace mirror

extern "C" {

SQL_FUNCTION(kv_mirror_keys) {
    return pg::entry(
        [&] { return Int32GetDatum(pg::call([&] { return mirror::mirror_keys(fcinfo); })); });
}

SQL_FUNCTION(kv_unmirror_keys) {
    return pg::entry([&] {
        pg::call([&] { mirror::unmirror_keys(fcinfo); });
        return Datum{0};
    });
}

SQL_FUNCTION(kv_append_keys) {
    return pg::entry([&] {
        int32 id = PG_GETARG_INT32(0);
        // The store may make the list anew.
        const std::vector<mirror::Mirror> mirrors = mirror::mirrors();
        for (const mirror::Mirror& mirror : mirrors)
            if (mirror.watch == id)
                outbox::append_keys(id, mirror.database, mirror.pattern);
        return Datum{0};
    });
}
}
