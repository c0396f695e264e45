// The functions that set up what is watched. They run with the rights of the caller, who must own
// the table, and do the rest with those of the extension's owner.
#include "pg/entry.hpp"
#include "pg/spi.hpp"
#include "pg/version.hpp"
#include "store/catalog.hpp"
#include "watch/definition.hpp"
#include "watch/follow.hpp"
#include "watch/registry.hpp"
#include "watch/row.hpp"

extern "C" {
#include "utils/timestamp.h"
}

namespace watch {

namespace {

using pg::spi::Argument;

Argument oid(Oid value) {
    return {OIDOID, ObjectIdGetDatum(value)};
}

Argument text_or_null(const char* value) {
    return {TEXTOID, value ? CStringGetTextDatum(value) : Datum{0}, value == nullptr};
}

Argument array_or_null(Oid type, ArrayType* value) {
    return {type, PointerGetDatum(value), value == nullptr};
}

[[noreturn]] void refuse(const char* message, const char* hint) {
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", message), errhint("%s", hint)));
    pg_unreachable();
}

// The arguments of kv.cache_table, in their order.
enum {
    argument_table,
    argument_key,
    argument_mode,
    argument_target,
    argument_condition,
    argument_columns,
    argument_format,
    argument_ttl,
    argument_lease,
    argument_channel,
};

struct Request {
    Definition definition;
    const char* mode;
    const char* target;
    const char* format;
    Interval* ttl;
    Interval* lease;
};

char* text_argument(FunctionCallInfo fcinfo, int argument) {
    return PG_ARGISNULL(argument) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

Interval* interval_argument(FunctionCallInfo fcinfo, int argument) {
    return PG_ARGISNULL(argument) ? nullptr : PG_GETARG_INTERVAL_P(argument);
}

Oid table_argument(FunctionCallInfo fcinfo) {
    if (PG_ARGISNULL(argument_table))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("table must not be NULL"),
                        errhint("Name a table.")));
    return PG_GETARG_OID(argument_table);
}

Request request_of(FunctionCallInfo fcinfo) {
    Request request = {};
    request.definition.table = table_argument(fcinfo);
    request.definition.key = text_argument(fcinfo, argument_key);
    request.definition.condition = text_argument(fcinfo, argument_condition);
    request.definition.channel = text_argument(fcinfo, argument_channel);
    if (!PG_ARGISNULL(argument_columns))
        request.definition.columns = PG_GETARG_ARRAYTYPE_P(argument_columns);
    request.mode = text_argument(fcinfo, argument_mode);
    request.target = text_argument(fcinfo, argument_target);
    request.format = text_argument(fcinfo, argument_format);
    request.ttl = interval_argument(fcinfo, argument_ttl);
    request.lease = interval_argument(fcinfo, argument_lease);
    if (!request.mode)
        refuse("mode must not be NULL", "Modes are invalidate, refresh, publish or read.");
    return request;
}

int compare_to_zero(Interval* interval) {
    Interval zero = {};
    return DatumGetInt32(
        DirectFunctionCall2(interval_cmp, IntervalPGetDatum(interval), IntervalPGetDatum(&zero)));
}

// Options that say nothing in these modes are mistakes.
void check_options(Request& request) {
    unsigned modes = request.definition.modes;
    if (!request.format ||
        (strcmp(request.format, "json") != 0 && strcmp(request.format, "hash") != 0))
        refuse("format must be json or hash", "So mode refresh stores a row.");
    if (request.ttl && !(modes & Mode::refresh))
        refuse("ttl goes with mode refresh", "Only that mode stores something.");
    if (request.ttl && compare_to_zero(request.ttl) <= 0)
        refuse("ttl must be positive", "Leave it out for keys that stay.");
    if (request.lease && compare_to_zero(request.lease) < 0)
        refuse("lease must not be negative", "A lease of 0 is none.");
    if (request.definition.channel && !(modes & Mode::publish))
        refuse("channel goes with mode publish", "Add it: mode => 'invalidate,publish'.");
    if (!(modes & Mode::read))
        return;
    if (request.definition.condition || request.definition.columns || request.lease)
        refuse("mode read takes no condition, columns or lease",
               "Each change of a row removes it from the cache.");
}

// What NULL stands for.
void fill_in_defaults(Request& request) {
    unsigned modes = request.definition.modes;
    if (request.lease && compare_to_zero(request.lease) == 0) {
        request.lease = nullptr;
    } else if (!request.lease && (modes & Mode::refresh)) {
        request.lease = static_cast<Interval*>(palloc0(sizeof(Interval)));
        request.lease->time = USECS_PER_MINUTE;
    }
    if ((modes & Mode::publish) && !request.definition.channel)
        request.definition.channel = "kv_invalidation";
    if (modes & Mode::read)
        request.target = nullptr;
}

// Locks the target, lest it go meanwhile.
void check_target(Oid owner, const Request& request) {
    if (request.definition.modes & Mode::read)
        return;
    if (!request.target)
        refuse("target must not be NULL", "It is the name of a Redis server: see kv.add_target.");
    if (!pg::spi::query_integer(owner,
                                "SELECT 1 FROM kv.relay_target WHERE name = $1 FOR KEY SHARE",
                                {pg::spi::text(request.target)}))
        ereport(ERROR,
                (errcode(ERRCODE_UNDEFINED_OBJECT),
                 errmsg("relay target \"%s\" does not exist", request.target),
                 errhint("SELECT kv.add_target('%s', ...) makes it known.", request.target)));
}

void check_duplicate(Oid owner, const Request& request) {
    const Definition& definition = request.definition;
    if (pg::spi::query_integer(
            owner,
            "SELECT 1 FROM kv.watch WHERE \"table\" = $1::pg_catalog.regclass AND key = $2 "
            "AND target IS NOT DISTINCT FROM $3",
            {oid(definition.table), pg::spi::text(definition.key), text_or_null(request.target)}))
        ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT),
                        errmsg("table \"%s\" is watched already for key \"%s\"",
                               get_rel_name(definition.table), definition.key),
                        errhint("SELECT kv.uncache_table(...) first; several modes go together, as "
                                "in 'invalidate,publish'.")));
}

Argument modes_argument(unsigned modes) {
    Datum names[4];
    int count = 0;
    for (const char* name : {"invalidate", "refresh", "publish", "read"})
        if (modes & mode_named(name))
            names[count++] = CStringGetTextDatum(name);
    return {TEXTARRAYOID,
            PointerGetDatum(construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT))};
}

int32 insert_watch(Oid owner, const Request& request) {
    const Definition& definition = request.definition;
    auto interval = [](Interval* value) {
        return Argument{INTERVALOID, IntervalPGetDatum(value), value == nullptr};
    };
    std::optional<int64> id = pg::spi::query_integer(
        owner,
        "INSERT INTO kv.watch (\"table\", key, condition, columns, known_oid, known_columns, "
        "known_condition, modes, target, format, ttl, lease, channel) "
        "VALUES ($1::pg_catalog.regclass, $2, $3, $4, $1, $5, $6, $7, $8, $9, $10, $11, $12) "
        "RETURNING id",
        {oid(definition.table), pg::spi::text(definition.key), text_or_null(definition.condition),
         array_or_null(TEXTARRAYOID, definition.columns),
         array_or_null(INT2ARRAYOID, definition.known_columns),
         text_or_null(definition.stored_condition), modes_argument(definition.modes),
         text_or_null(request.target), pg::spi::text(request.format), interval(request.ttl),
         interval(request.lease), text_or_null(definition.channel)});
    return static_cast<int32>(*id);
}

// An older snapshot would miss tables that came below the one, or watches, since it was taken.
void require_read_committed(const char* function) {
    if (IsolationUsesXactSnapshot())
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("%s must run at isolation level READ COMMITTED", function),
                        errhint("An older snapshot would miss what others changed meanwhile.")));
}

int32 cache_table(FunctionCallInfo fcinfo) {
    Oid owner;
    Request request = pg::call([&] {
        PreventCommandIfReadOnly("kv.cache_table()");
        require_read_committed("kv.cache_table()");
        owner = store::catalog().extension_owner;
        return request_of(fcinfo);
    });
    request.definition.modes = parse_modes(request.mode);
    pg::call([&] {
        check_options(request);
        lock_watched_table(request.definition.table, GetUserId());
    });
    complete(request.definition);
    return pg::call([&] {
        fill_in_defaults(request);
        check_target(owner, request);
        check_duplicate(owner, request);
        int32 id = insert_watch(owner, request);
        pg::spi::execute(owner, "SELECT kv.set_up_watch($1)", {pg::spi::integer(id)});
        return id;
    });
}

[[noreturn]] void refuse_unwatched(Oid owner, Oid table, const char* key) {
    if (pg::spi::query_integer(owner, "SELECT 1 FROM kv.watch WHERE \"table\" = $1", {oid(table)}))
        ereport(ERROR,
                (errcode(ERRCODE_UNDEFINED_OBJECT),
                 errmsg("table \"%s\" is not watched for key \"%s\"", get_rel_name(table), key),
                 errhint("kv.cached_tables shows the keys.")));
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                    errmsg("table \"%s\" is not watched", get_rel_name(table)),
                    errhint("kv.cached_tables shows what is.")));
    pg_unreachable();
}

void uncache_table(FunctionCallInfo fcinfo) {
    PreventCommandIfReadOnly("kv.uncache_table()");
    require_read_committed("kv.uncache_table()");
    Oid owner = store::catalog().extension_owner;
    Oid table = table_argument(fcinfo);
    const char* key = text_argument(fcinfo, 1);
    // What DROP TRIGGER takes; taken at once, since a lesser lock would have to be raised.
    check_owner(table, GetUserId());
    LockRelationOid(table, AccessExclusiveLock);
    check_owner(table, GetUserId());
    uint64 count =
        pg::spi::execute(owner,
                         "DELETE FROM kv.watch WHERE \"table\" = $1 AND ($2 IS NULL OR key = $2)",
                         {oid(table), text_or_null(key)});
    if (count == 0)
        refuse_unwatched(owner, table, key);
    pg::spi::execute(owner, "SELECT kv.clear_watches()");
}

ArrayType* ids_by_now() {
    List* rows = read_rows(NIL);
    auto* ids =
        static_cast<Datum*>(palloc0(sizeof(Datum) * static_cast<size_t>(list_length(rows) + 1)));
    int count = 0;
    ListCell* cell;
    foreach (cell, rows)
        ids[count++] = Int32GetDatum(static_cast<Row*>(lfirst(cell))->id);
    return construct_array(ids, count, INT4OID, sizeof(int32), true, TYPALIGN_INT);
}

}  // namespace

}  // namespace watch

extern "C" {

SQL_FUNCTION(kv_cache_table) {
    return pg::entry([&] { return Int32GetDatum(watch::cache_table(fcinfo)); });
}

SQL_FUNCTION(kv_uncache_table) {
    return pg::entry([&] {
        pg::call([&] { watch::uncache_table(fcinfo); });
        return Datum{0};
    });
}

SQL_FUNCTION(kv_watch_now) {
    return pg::entry([&] { return watch::row_as_it_is_now(fcinfo); });
}

SQL_FUNCTION(kv_watches_by_now) {
    return pg::entry([&] { return PointerGetDatum(pg::call([] { return watch::ids_by_now(); })); });
}

SQL_FUNCTION(kv_set_trigger_firing) {
    return pg::entry([&] {
        pg::call([&] {
            Relation table = table_open(PG_GETARG_OID(0), ShareRowExclusiveLock);
            pg::set_trigger_firing(table, text_to_cstring(PG_GETARG_TEXT_PP(1)), PG_GETARG_CHAR(2),
                                   ShareRowExclusiveLock);
            table_close(table, NoLock);
            CommandCounterIncrement();
        });
        return Datum{0};
    });
}

// A trigger of kv.watch.
SQL_FUNCTION(kv_announce_watches) {
    return pg::entry([&] {
        pg::call([] { watch::announce_watches(); });
        return PointerGetDatum(nullptr);
    });
}

SQL_FUNCTION(kv_announce_tables) {
    return pg::entry([&] {
        pg::call([] { watch::announce_watches(); });
        return Datum{0};
    });
}
}
