// kv.cache_write: inserts or updates a row by the key that it is cached by.
#include "cache/events.hpp"
#include "cache/row_query.hpp"
#include "cache/source_build.hpp"
#include "pg/entry.hpp"

namespace cache {

namespace {

bool is_named_by(const Source& source, Jsonb* row) {
    return std::all_of(source.columns, source.columns + source.column_count,
                       [row](const KeyColumn& column) {
                           JsonbValue value;
                           const char* name = NameStr(column.name);
                           return getKeyJsonValueFromContainer(
                                      &row->root, name, static_cast<int>(strlen(name)), &value) &&
                                  value.type != jbvNull;
                       });
}

// The key whose columns the row has.
Source& source_of_row(Oid table, Jsonb* row) {
    if (!JB_ROOT_IS_OBJECT(row))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("a row must be a JSON object of its columns' values"),
                        errhint("For example: '{\"id\": 123, \"name\": \"Anna\"}'.")));
    Source& first = find_source(table, static_cast<Jsonb*>(nullptr));
    for (Source* source = &first; source; source = source->next)
        if (!source->problem && is_named_by(*source, row))
            return *source;
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("the row lacks the key by which table %s is cached",
                           generate_table_name(table)),
                    errhint("It is cached by %s.", list_of_columns(&first))));
    pg_unreachable();
}

bool is_key(const Source& source, AttrNumber number) {
    return std::any_of(source.columns, source.columns + source.column_count,
                       [number](const KeyColumn& column) { return column.number == number; });
}

// The lists of columns in INSERT, SELECT and DO UPDATE SET.
struct Lists {
    StringInfoData columns;
    StringInfoData values;
    StringInfoData settings;
};

void add_column(Lists& lists, const Source& source, const char* name) {
    AttrNumber number = get_attnum(source.table, name);
    if (number <= 0)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("column \"%s\" of table %s does not exist", name,
                               generate_table_name(source.table))));
    const char* quoted = quote_identifier(name);
    const char* separator = lists.columns.len > 0 ? ", " : "";
    appendStringInfo(&lists.columns, "%s%s", separator, quoted);
    appendStringInfo(&lists.values, "%sgiven.%s", separator, quoted);
    if (!is_key(source, number))
        appendStringInfo(&lists.settings, "%s%s = excluded.%s", lists.settings.len > 0 ? ", " : "",
                         quoted, quoted);
}

const char* statement_of(const Source& source, Jsonb* row) {
    Lists lists;
    initStringInfo(&lists.columns);
    initStringInfo(&lists.values);
    initStringInfo(&lists.settings);
    JsonbIterator* walk = JsonbIteratorInit(&row->root);
    JsonbValue item;
    for (JsonbIteratorToken token = JsonbIteratorNext(&walk, &item, true); token != WJB_DONE;
         token = JsonbIteratorNext(&walk, &item, true))
        if (token == WJB_KEY)
            add_column(lists, source,
                       pnstrdup(item.val.string.val, static_cast<Size>(item.val.string.len)));
    StringInfoData key;
    initStringInfo(&key);
    for (int i = 0; i < source.column_count; i++)
        appendStringInfo(&key, "%s%s", i == 0 ? "" : ", ",
                         quote_identifier(NameStr(source.columns[i].name)));
    const char* table = generate_table_name(source.table);
    return psprintf(
        "INSERT INTO %s (%s) SELECT %s FROM pg_catalog.jsonb_populate_record(NULL::%s, $1) AS "
        "given "
        "ON CONFLICT (%s) DO %s%s",
        table, lists.columns.data, lists.values.data, table, key.data,
        lists.settings.len > 0 ? "UPDATE SET " : "NOTHING", lists.settings.data);
}

// Returns the row as it is then, which triggers and defaults may have changed.
FoundRow write_row(Oid table, Jsonb* row) {
    Source& source = source_of_row(table, row);
    check_rights(source);
    Oid type = JSONBOID;
    Datum value = JsonbPGetDatum(row);
    const char* sql = statement_of(source, row);
    SPI_connect();
    int result = SPI_execute_with_args(sql, 1, &type, &value, nullptr, false, 0);
    if (result < 0)
        elog(ERROR, "SPI error %d in: %s", result, sql);
    SPI_finish();
    events::tell(events::Event::write, table, row);
    Part parts[INDEX_MAX_KEYS];
    parts_of(source, row, parts);
    CommandCounterIncrement();
    return query_row(source, parts, GetTransactionSnapshot());
}

}  // namespace

}  // namespace cache

extern "C" {

SQL_FUNCTION(kv_cache_write) {
    return pg::entry([&]() -> Datum {
        return pg::call([&]() -> Datum {
            if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
                ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                                errmsg("argument \"%s\" must not be null",
                                       PG_ARGISNULL(0) ? "table" : "row")));
            PreventCommandIfReadOnly("kv.cache_write()");
            PreventCommandIfParallelMode("kv.cache_write()");
            cache::FoundRow row = cache::write_row(PG_GETARG_OID(0), PG_GETARG_JSONB_P(1));
            if (!row.exists)
                PG_RETURN_NULL();
            return row.json;
        });
    });
}
}
