#include "cache/row_query.hpp"

#include "cache/source_build.hpp"
#include "watch/canonical_output.hpp"

extern "C" {
#include "access/sysattr.h"
#include "catalog/pg_operator.h"
#include "utils/guc.h"
}

namespace cache {

namespace {

const char* equality_of(const KeyColumn& column) {
    HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(column.equality));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for operator %u", column.equality);
    auto* form = reinterpret_cast<Form_pg_operator>(GETSTRUCT(tuple));
    const char* name =
        psprintf("OPERATOR(%s.%s)", quote_identifier(get_namespace_name(form->oprnamespace)),
                 NameStr(form->oprname));
    ReleaseSysCache(tuple);
    return name;
}

// The version's columns are no column's right to read.
const char* found_columns(bool with_version) {
    return with_version
               ? "pg_catalog.to_jsonb(found.*), found.tableoid, found.ctid, found.xmin"
               : "pg_catalog.to_jsonb(found.*), NULL::pg_catalog.oid, NULL::pg_catalog.tid, "
                 "NULL::pg_catalog.xid";
}

void append_conditions(StringInfo sql, const Source& source, const char* parameter) {
    for (int i = 0; i < source.column_count; i++) {
        const KeyColumn& column = source.columns[i];
        appendStringInfo(sql, "%sfound.%s %s %s%d", i == 0 ? "" : " AND ",
                         quote_identifier(NameStr(column.name)), equality_of(column), parameter,
                         i + 1);
    }
}

SPIPlanPtr prepare(const char* sql, const Source& source, bool is_array) {
    Oid types[INDEX_MAX_KEYS];
    for (int i = 0; i < source.column_count; i++)
        types[i] = is_array ? get_array_type(source.columns[i].type) : source.columns[i].type;
    SPIPlanPtr plan = SPI_prepare_cursor(sql, source.column_count, types, CURSOR_OPT_GENERIC_PLAN);
    if (!plan)
        elog(ERROR, "SPI error %d in: %s", SPI_result, sql);
    SPI_keepplan(plan);
    return plan;
}

const char* query_of_row(const Source& source, bool with_version) {
    StringInfoData sql;
    initStringInfo(&sql);
    appendStringInfo(&sql, "SELECT %s FROM %s AS found WHERE ", found_columns(with_version),
                     generate_table_name(source.table));
    append_conditions(&sql, source, "$");
    return sql.data;
}

const char* query_of_rows(const Source& source, bool with_version) {
    StringInfoData sql;
    initStringInfo(&sql);
    appendStringInfo(&sql, "SELECT %s, wanted.number FROM ROWS FROM (",
                     found_columns(with_version));
    for (int i = 0; i < source.column_count; i++)
        appendStringInfo(&sql, "%spg_catalog.unnest($%d)", i == 0 ? "" : ", ", i + 1);
    appendStringInfoString(&sql, ") WITH ORDINALITY AS wanted (");
    for (int i = 0; i < source.column_count; i++)
        appendStringInfo(&sql, "c%d, ", i + 1);
    appendStringInfo(&sql, "number) JOIN %s AS found ON ", generate_table_name(source.table));
    append_conditions(&sql, source, "wanted.c");
    return sql.data;
}

SPIPlanPtr plan_of(Source& source, bool is_several) {
    bool with_version = source.rights == Rights::all;
    SPIPlanPtr& plan = source.plans[is_several ? 1 : 0][with_version ? 1 : 0];
    if (!plan)
        plan = prepare(is_several ? query_of_rows(source, with_version)
                                  : query_of_row(source, with_version),
                       source, is_several);
    return plan;
}

// What to_jsonb writes depends on settings, and must not on those of whoever happens to fill the
// cache. Where row security applies nothing is cached, and its policies see the caller's settings.
int begin_fixed_output(const Source& source) {
    bool is_to_fix = source.depends_on_settings && source.rights != Rights::bypass;
    return is_to_fix ? watch::begin_canonical_output() : NewGUCNestLevel();
}

void end_fixed_output(int level) {
    AtEOXact_GUC(true, level);
}

void run(SPIPlanPtr plan, Datum* values, Snapshot snapshot) {
    int result =
        SPI_execute_snapshot(plan, values, nullptr, snapshot, InvalidSnapshot, true, false, 0);
    if (result != SPI_OK_SELECT)
        elog(ERROR, "SPI error %d in the query of a cached row", result);
}

Datum column(HeapTuple tuple, int number) {
    bool is_null;
    return SPI_getbinval(tuple, SPI_tuptable->tupdesc, number, &is_null);
}

FoundRow found_row(HeapTuple tuple, MemoryContext memory) {
    FoundRow row;
    row.exists = true;
    MemoryContext before = MemoryContextSwitchTo(memory);
    row.json = PointerGetDatum(PG_DETOAST_DATUM_COPY(column(tuple, 1)));
    MemoryContextSwitchTo(before);
    bool is_null;
    (void)SPI_getbinval(tuple, SPI_tuptable->tupdesc, 2, &is_null);
    if (is_null)
        return row;
    row.version.table = DatumGetObjectId(column(tuple, 2));
    row.version.tid = *reinterpret_cast<ItemPointer>(DatumGetPointer(column(tuple, 3)));
    row.version.made_by = DatumGetTransactionId(column(tuple, 4));
    return row;
}

Datum array_of(KeyColumn& column, int index, const Part* parts, int key_count, int column_count) {
    auto* values = static_cast<Datum*>(palloc(sizeof(Datum) * static_cast<size_t>(key_count)));
    for (int i = 0; i < key_count; i++)
        values[i] = value_of(column, parts[i * column_count + index]);
    int16 length;
    bool by_value;
    char alignment;
    get_typlenbyvalalign(column.type, &length, &by_value, &alignment);
    return PointerGetDatum(
        construct_array(values, key_count, column.type, length, by_value, alignment));
}

}  // namespace

FoundRow query_row(Source& source, const Part* parts, Snapshot snapshot) {
    MemoryContext memory = CurrentMemoryContext;
    SPI_connect();
    Datum values[INDEX_MAX_KEYS];
    for (int i = 0; i < source.column_count; i++)
        values[i] = value_of(source.columns[i], parts[i]);
    SPIPlanPtr plan = plan_of(source, false);
    int level = begin_fixed_output(source);
    run(plan, values, snapshot);
    end_fixed_output(level);
    FoundRow row;
    if (SPI_processed > 0)
        row = found_row(SPI_tuptable->vals[0], memory);
    SPI_finish();
    return row;
}

void query_rows(Source& source, const Part* parts, int key_count, Snapshot snapshot,
                FoundRow* rows) {
    MemoryContext memory = CurrentMemoryContext;
    SPI_connect();
    Datum values[INDEX_MAX_KEYS];
    for (int i = 0; i < source.column_count; i++)
        values[i] = array_of(source.columns[i], i, parts, key_count, source.column_count);
    SPIPlanPtr plan = plan_of(source, true);
    int level = begin_fixed_output(source);
    run(plan, values, snapshot);
    end_fixed_output(level);
    for (uint64 i = 0; i < SPI_processed; i++) {
        HeapTuple tuple = SPI_tuptable->vals[i];
        rows[DatumGetInt64(column(tuple, 5)) - 1] = found_row(tuple, memory);
    }
    SPI_finish();
}

bool is_current(const Version& version, Snapshot snapshot) {
    Relation table = try_relation_open(version.table, AccessShareLock);
    if (!table)
        return false;
    bool is_same = false;
    if (table->rd_rel->relam == HEAP_TABLE_AM_OID) {
        TupleTableSlot* slot = table_slot_create(table, nullptr);
        ItemPointerData tid = version.tid;
        bool is_null;
        is_same = table_tuple_fetch_row_version(table, &tid, snapshot, slot) &&
                  DatumGetTransactionId(slot_getsysattr(slot, MinTransactionIdAttributeNumber,
                                                        &is_null)) == version.made_by;
        ExecDropSingleTupleTableSlot(slot);
    }
    relation_close(table, NoLock);
    return is_same;
}

}  // namespace cache
