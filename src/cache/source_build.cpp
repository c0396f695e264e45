#include "cache/source_build.hpp"

#include "cache/value_types.hpp"
#include "pg/version.hpp"
#include "watch/canonical_output.hpp"
#include "watch/registry.hpp"

extern "C" {
#include "catalog/pg_attribute.h"
#include "catalog/pg_inherits.h"
#include "common/hashfn.h"
}

namespace cache {

namespace {

// A row of kv.watch with mode read.
struct ReadWatch {
    int32 id;
    int count;
    AttrNumber columns[INDEX_MAX_KEYS];  // ascending
};

uint64 mix(uint64 hash, const void* data, size_t size) {
    return hash_bytes_extended(static_cast<const unsigned char*>(data), static_cast<int>(size),
                               hash);
}

// Not what is stored in the rows, but what they mean: columns, their types, and the file, which
// ALTER TABLE rewrites without a trigger's notice. A change of a column's definition shows in the
// transaction that made its row in the catalog.
uint64 shape_of(Relation table, int32 watch) {
    uint64 shape = mix(static_cast<uint64>(watch), &table->rd_id, sizeof(Oid));
    Oid file = pg::file_number(table);
    shape = mix(shape, &file, sizeof(file));
    for (int i = 0; i < RelationGetNumberOfAttributes(table); i++) {
        HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(RelationGetRelid(table)),
                                          Int16GetDatum(static_cast<int16>(i + 1)));
        if (!HeapTupleIsValid(tuple))
            continue;
        TransactionId made_by = HeapTupleHeaderGetRawXmin(tuple->t_data);
        auto* column = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
        shape = mix(shape, &made_by, sizeof(made_by));
        shape = mix(shape, NameStr(column->attname), strlen(NameStr(column->attname)));
        shape = mix(shape, &column->atttypid, sizeof(Oid));
        ReleaseSysCache(tuple);
    }
    return shape;
}

bool is_over(Relation index, const ReadWatch& watch) {
    const FormData_pg_index* form = index->rd_index;
    if (!form->indisunique || !form->indimmediate || !form->indisvalid ||
        index->rd_rel->relam != BTREE_AM_OID || form->indnkeyatts != watch.count ||
        !heap_attisnull(index->rd_indextuple, Anum_pg_index_indexprs, nullptr) ||
        !heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr))
        return false;
    for (int i = 0; i < watch.count; i++)
        if (std::find(form->indkey.values, form->indkey.values + watch.count, watch.columns[i]) ==
            form->indkey.values + watch.count)
            return false;
    return true;
}

Relation open_unique_index(Relation table, const ReadWatch& watch) {
    List* oids = RelationGetIndexList(table);
    Relation found = nullptr;
    ListCell* cell;
    foreach (cell, oids) {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);
        if (is_over(index, watch)) {
            found = index;
            break;
        }
        index_close(index, NoLock);
    }
    list_free(oids);
    return found;
}

// Whether what the index takes for equal is written with the same bytes.
bool is_written_in_one_way(Relation index, int position, Oid type, int32 typmod) {
    // Numbers of one scale, and texts filled up to one length.
    if (type == NUMERICOID)
        return typmod >= 0;
    if (type == BPCHAROID)
        return typmod >= 0 && get_collation_isdeterministic(index->rd_indcollation[position]);
    Oid family = index->rd_opfamily[position];
    Oid index_type = index->rd_opcintype[position];
    Oid test = get_opfamily_proc(family, index_type, index_type, BTEQUALIMAGE_PROC);
    return OidIsValid(test) &&
           DatumGetBool(OidFunctionCall1Coll(test, index->rd_indcollation[position],
                                             ObjectIdGetDatum(index_type)));
}

void choose_form(KeyColumn& column) {
    column.form = KeyColumn::Form::other;
    if (column.type == INT2OID || column.type == INT4OID || column.type == INT8OID) {
        column.form = KeyColumn::Form::integer;
        column.most_digits = column.type == INT2OID ? 4 : column.type == INT4OID ? 9 : 18;
    } else if ((column.type == TEXTOID || column.type == VARCHAROID) && column.typmod < 0) {
        column.form = KeyColumn::Form::text;
    }
}

void look_up_functions(KeyColumn& column, MemoryContext memory) {
    Oid function;
    getTypeInputInfo(column.type, &function, &column.input_parameter);
    fmgr_info_cxt(function, &column.input, memory);
    HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(column.type));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for type %u", column.type);
    auto* type = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
    column.output_is_binary = column.form == KeyColumn::Form::other && OidIsValid(type->typsend);
    fmgr_info_cxt(column.output_is_binary ? type->typsend : type->typoutput, &column.output,
                  memory);
    ReleaseSysCache(tuple);
}

// Null, or why a column cannot be part of a key.
const char* describe(Relation table, Relation index, AttrNumber number, KeyColumn& column,
                     MemoryContext memory) {
    Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(table), number - 1);
    int position = 0;
    while (index->rd_index->indkey.values[position] != number)
        position++;
    column.number = number;
    column.name = attribute->attname;
    column.typmod = attribute->atttypmod;
    column.type = getBaseTypeAndTypmod(attribute->atttypid, &column.typmod);
    column.equality =
        get_opfamily_member(index->rd_opfamily[position], index->rd_opcintype[position],
                            index->rd_opcintype[position], BTEqualStrategyNumber);
    if (!is_written_in_one_way(index, position, column.type, column.typmod) ||
        !OidIsValid(column.equality))
        return psprintf("equal values of its column %s, of type %s, may be written differently",
                        quote_identifier(NameStr(column.name)),
                        format_type_with_typemod(attribute->atttypid, attribute->atttypmod));
    choose_form(column);
    look_up_functions(column, memory);
    return nullptr;
}

const char* describe_columns(Relation table, const ReadWatch& watch, Source* source) {
    Relation index = open_unique_index(table, watch);
    if (!index)
        return "it has no unique index any more over the columns by which it was to be cached";
    const char* problem = nullptr;
    for (int i = 0; i < watch.count && !problem; i++)
        problem = describe(table, index, watch.columns[i], source->columns[i], source->memory);
    // What was cached by another index may have missed changes since.
    source->shape = mix(source->shape, &index->rd_id, sizeof(Oid));
    source->is_described = problem == nullptr;
    index_close(index, NoLock);
    if (!problem && table->rd_rel->relkind == RELKIND_RELATION && table->rd_rel->relhassubclass &&
        find_inheritance_children(RelationGetRelid(table), NoLock) != NIL)
        problem = "other tables inherit from it";
    return problem;
}

bool depends_on_settings(TupleDesc row) {
    for (int i = 0; i < row->natts; i++)
        if (!TupleDescAttr(row, i)->attisdropped &&
            watch::depends_on_settings(TupleDescAttr(row, i)->atttypid))
            return true;
    return false;
}

// Null, or why the values of a column cannot be cached.
const char* look_at_types(Relation table, Source* source) {
    TypeLook look = {source->shape, NIL};
    const char* problem = nullptr;
    for (int i = 0; i < RelationGetNumberOfAttributes(table) && !problem; i++) {
        Form_pg_attribute column = TupleDescAttr(RelationGetDescr(table), i);
        if (!column->attisdropped)
            problem = look_at_type(column->atttypid, look);
    }
    source->shape = look.shape;
    source->row_types = static_cast<Oid*>(MemoryContextAlloc(
        source->memory, sizeof(Oid) * static_cast<size_t>(list_length(look.row_types) + 1)));
    ListCell* cell;
    foreach (cell, look.row_types)
        source->row_types[source->row_type_count++] = lfirst_oid(cell);
    return problem;
}

Source* build_source(Relation table, const ReadWatch& watch) {
    MemoryContext memory =
        AllocSetContextCreate(CacheMemoryContext, "pg_kv cached table", ALLOCSET_SMALL_SIZES);
    auto* source = static_cast<Source*>(MemoryContextAllocZero(memory, sizeof(Source)));
    source->memory = memory;
    source->table = RelationGetRelid(table);
    source->owner = table->rd_rel->relowner;
    source->has_partitions = table->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
    source->depends_on_settings = depends_on_settings(RelationGetDescr(table));
    source->shape = shape_of(table, watch.id);
    source->column_count = watch.count;
    source->columns = static_cast<KeyColumn*>(
        MemoryContextAllocZero(memory, sizeof(KeyColumn) * static_cast<size_t>(watch.count)));
    for (int i = 0; i < watch.count; i++) {
        source->columns[i].number = watch.columns[i];
        source->columns[i].name =
            TupleDescAttr(RelationGetDescr(table), watch.columns[i] - 1)->attname;
    }
    const char* problem = describe_columns(table, watch, source);
    if (!problem)
        problem = look_at_types(table, source);
    if (problem)
        source->problem = MemoryContextStrdup(memory, problem);
    return source;
}

// Copies what is asked for before PostgreSQL may let it be forgotten.
List* read_watches(Oid table) {
    List* found = NIL;
    for (const watch::Watch& watch : watch::watches_of(table).all()) {
        if (watch.table != table || watch.is_broken || !(watch.modes & watch::Mode::read) ||
            watch.columns.size() > INDEX_MAX_KEYS)
            continue;
        auto* copy = static_cast<ReadWatch*>(palloc(sizeof(ReadWatch)));
        *copy = {watch.id, 0, {}};
        for (const watch::Column& column : watch.columns)
            copy->columns[copy->count++] = column.watched_number;
        std::sort(copy->columns, copy->columns + copy->count);
        found = lappend(found, copy);
    }
    return found;
}

int compare_ids(const ListCell* one, const ListCell* other) {
    return static_cast<ReadWatch*>(lfirst(other))->id - static_cast<ReadWatch*>(lfirst(one))->id;
}

}  // namespace

Source* build_sources(Oid oid) {
    Relation table = try_relation_open(oid, AccessShareLock);
    if (!table)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("relation with OID %u does not exist", oid)));
    List* watches = read_watches(oid);
    list_sort(watches, compare_ids);
    Source* first = nullptr;
    ListCell* cell;
    foreach (cell, watches) {
        Source* source = build_source(table, *static_cast<ReadWatch*>(lfirst(cell)));
        source->next = first;
        first = source;
    }
    relation_close(table, NoLock);
    return first;
}

void forget_plans(Source& source) {
    for (auto& plans : source.plans)
        for (SPIPlanPtr plan : plans)
            if (plan)
                SPI_freeplan(plan);
}

const char* generate_table_name(Oid table) {
    return quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)),
                                      get_rel_name(table));
}

const char* list_of_columns(const Source* sources) {
    StringInfoData text;
    initStringInfo(&text);
    for (const Source* source = sources; source; source = source->next) {
        appendStringInfoString(&text, source == sources ? "(" : " or (");
        for (int i = 0; i < source->column_count; i++)
            appendStringInfo(&text, "%s%s", i == 0 ? "" : ", ",
                             quote_identifier(NameStr(source->columns[i].name)));
        appendStringInfoChar(&text, ')');
    }
    return text.data;
}

}  // namespace cache
