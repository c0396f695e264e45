#include "server/cached_tables.hpp"

#include "pg/guard.hpp"

extern "C" {
#include "executor/spi.h"
#include "utils/guc.h"
}

namespace server {

namespace {

using core::Bytes;

struct Parameter {
    Oid type;
    Datum value;
    bool is_null;
};

// What a client sends need not be text in the database's encoding.
Datum text_of(Bytes bytes) {
    (void)pg_verifymbstr(bytes.data(), static_cast<int>(bytes.size()), false);
    return PointerGetDatum(cstring_to_text_with_len(bytes.data(), static_cast<int>(bytes.size())));
}

Parameter text_parameter(std::optional<Bytes> bytes) {
    return {TEXTOID, bytes ? text_of(*bytes) : Datum(0), !bytes};
}

// Tables are named, and triggers run, under the search_path of a session of the role's own.
constexpr const char* search_path_of_role =
    "SELECT coalesce((SELECT pg_catalog.substr(setting, 13)"
    " FROM pg_catalog.pg_db_role_setting, pg_catalog.unnest(setconfig) AS setting"
    " WHERE setting LIKE 'search_path=%' AND setrole IN (0, current_user::pg_catalog.regrole)"
    " AND setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database"
    " WHERE datname = pg_catalog.current_database()))"
    " ORDER BY setrole <> 0 DESC, setdatabase <> 0 DESC LIMIT 1), '\"$user\", public')";

// An error leaves it to the transaction's abort to set this back.
int take_search_path() {
    if (SPI_execute(search_path_of_role, true, 1) != SPI_OK_SELECT || SPI_processed != 1)
        elog(ERROR, "could not look up a role's search_path");
    const char* path = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
    int level = NewGUCNestLevel();
    (void)set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true,
                            0, false);
    return level;
}

// Runs a SELECT and calls visit for the first column of each row, a text.
template <class Visit>
void select(const char* sql, std::initializer_list<Parameter> parameters, Visit visit) {
    Oid types[4];
    Datum values[4];
    char nulls[4];
    int count = 0;
    for (const Parameter& parameter : parameters) {
        types[count] = parameter.type;
        values[count] = parameter.value;
        nulls[count++] = parameter.is_null ? 'n' : ' ';
    }
    PushActiveSnapshot(GetTransactionSnapshot());
    SPI_connect();
    int level = take_search_path();
    int result = SPI_execute_with_args(sql, count, types, values, nulls, false, 0);
    if (result != SPI_OK_SELECT)
        elog(ERROR, "SPI error %d in: %s", result, sql);
    for (uint64 i = 0; i < SPI_processed; i++)
        visit(SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1));
    AtEOXact_GUC(true, level);
    SPI_finish();
    PopActiveSnapshot();
}

// The text of the only row, in the memory context that was current before, or null.
const char* select_text(const char* sql, std::initializer_list<Parameter> parameters) {
    MemoryContext memory = CurrentMemoryContext;
    const char* found = nullptr;
    select(sql, parameters,
           [&](const char* text) { found = text ? MemoryContextStrdup(memory, text) : nullptr; });
    return found;
}

std::optional<std::string> string_of(const char* text) {
    return text ? std::optional<std::string>(text) : std::nullopt;
}

Datum array_of(std::span<const Bytes> texts) {
    auto* elements = static_cast<Datum*>(palloc(sizeof(Datum) * (texts.size() + 1)));
    for (size_t i = 0; i < texts.size(); i++)
        elements[i] = text_of(texts[i]);
    return PointerGetDatum(construct_array(elements, static_cast<int>(texts.size()), TEXTOID, -1,
                                           false, TYPALIGN_INT));
}

}  // namespace

std::optional<std::string> TablesInSql::read(Bytes table, Bytes key,
                                             std::optional<int64_t> seconds) {
    return string_of(pg::call([&] {
        Parameter time = {FLOAT8OID, Float8GetDatum(static_cast<double>(seconds.value_or(0))),
                          !seconds};
        return select_text(
            "SELECT kv.cache_read($1::pg_catalog.regclass, $2::pg_catalog.jsonb, "
            "pg_catalog.make_interval(secs => $3))::pg_catalog.text",
            {text_parameter(table), text_parameter(key), time});
    }));
}

void TablesInSql::read_several(Bytes table, std::span<const Bytes> keys,
                               core::FunctionRef<void(std::optional<Bytes> row)> visit) {
    List* rows = NIL;
    pg::call([&] {
        MemoryContext memory = CurrentMemoryContext;
        select(
            "SELECT value::pg_catalog.text FROM kv.cache_multiread($1::pg_catalog.regclass, "
            "$2::pg_catalog.jsonb[])",
            {text_parameter(table), {TEXTARRAYOID, array_of(keys), false}}, [&](const char* text) {
                MemoryContext before = MemoryContextSwitchTo(memory);
                rows = lappend(rows, text ? pstrdup(text) : nullptr);
                MemoryContextSwitchTo(before);
            });
    });
    ListCell* cell;
    foreach (cell, rows) {
        const char* row = static_cast<const char*>(lfirst(cell));
        visit(row ? std::optional<Bytes>(row) : std::nullopt);
    }
}

std::optional<std::string> TablesInSql::write(Bytes table, Bytes row) {
    return string_of(pg::call([&] {
        return select_text(
            "SELECT kv.cache_write($1::pg_catalog.regclass, "
            "$2::pg_catalog.jsonb)::pg_catalog.text",
            {text_parameter(table), text_parameter(row)});
    }));
}

int64_t TablesInSql::invalidate(Bytes table, std::optional<Bytes> key) {
    return pg::call([&] {
        const char* count = select_text(
            "SELECT kv.cache_invalidate($1::pg_catalog.regclass, "
            "$2::pg_catalog.jsonb)::pg_catalog.text",
            {text_parameter(table), text_parameter(key)});
        return strtoll(count, nullptr, 10);
    });
}

}  // namespace server
