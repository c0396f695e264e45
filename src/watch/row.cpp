#include "watch/row.hpp"

#include "pg/version.hpp"
#include "store/catalog.hpp"
#include "watch/registry.hpp"

extern "C" {
#include "catalog/pg_inherits.h"
}

namespace watch {

namespace {

// Columns of kv.watch.
enum {
    column_id = 1,
    column_table,
    column_key,
    column_condition,
    column_columns,
    column_known_oid,
    column_known_columns,
    column_known_condition,
    column_broken,
    column_database,
    column_pattern,
    column_modes,
    column_channel = 17,
};

class Fields {
public:
    Fields(HeapTuple tuple, TupleDesc descriptor) : tuple_(tuple), descriptor_(descriptor) {}

    Datum get(int column, bool* is_null) const {
        return heap_getattr(tuple_, column, descriptor_, is_null);
    }
    Oid get_oid(int column) const {
        bool is_null;
        Datum value = get(column, &is_null);
        return is_null ? InvalidOid : DatumGetObjectId(value);
    }
    char* get_text(int column) const {
        bool is_null;
        Datum value = get(column, &is_null);
        return is_null ? nullptr : TextDatumGetCString(value);
    }
    // -1 if the column is NULL.
    int get_texts(int column, char*** values) const {
        bool is_null;
        Datum value = get(column, &is_null);
        if (is_null)
            return -1;
        Datum* elements;
        bool* nulls;
        int count;
        deconstruct_array(DatumGetArrayTypePCopy(value), TEXTOID, -1, false, TYPALIGN_INT,
                          &elements, &nulls, &count);
        *values = static_cast<char**>(palloc(sizeof(char*) * static_cast<size_t>(count + 1)));
        for (int i = 0; i < count; i++)
            (*values)[i] = nulls[i] ? pstrdup("") : TextDatumGetCString(elements[i]);
        return count;
    }
    int get_numbers(int column, const int16** values) const {
        bool is_null;
        Datum value = get(column, &is_null);
        if (is_null)
            return 0;
        ArrayType* array = DatumGetArrayTypePCopy(value);
        *values = reinterpret_cast<const int16*>(ARR_DATA_PTR(array));
        return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
    }

private:
    HeapTuple tuple_;
    TupleDesc descriptor_;
};

unsigned modes_of(const Fields& fields) {
    char** names;
    int count = fields.get_texts(column_modes, &names);
    unsigned modes = 0;
    for (int i = 0; i < count; i++) {
        Bytes name = names[i];
        modes |= mode_named(name);
    }
    return modes;
}

Row* row_of(const Fields& fields) {
    auto* row = static_cast<Row*>(palloc0(sizeof(Row)));
    bool is_null;
    row->id = DatumGetInt32(fields.get(column_id, &is_null));
    row->table = fields.get_oid(column_table);
    row->key = fields.get_text(column_key);
    row->condition = fields.get_text(column_condition);
    row->column_count = fields.get_texts(column_columns, &row->columns);
    row->known_oid = fields.get_oid(column_known_oid);
    row->known_column_count = fields.get_numbers(column_known_columns, &row->known_columns);
    row->known_condition = fields.get_text(column_known_condition);
    row->broken = fields.get_text(column_broken);
    row->pattern = fields.get_text(column_pattern);
    if (row->pattern)
        row->database = DatumGetInt32(fields.get(column_database, &is_null));
    row->modes = modes_of(fields);
    row->channel = fields.get_text(column_channel);
    return row;
}

// Visits the rows until the function returns false.
template <class Visit>
void scan(Visit visit) {
    Relation table = store::open_own_table(AccessShareLock, [](const store::Catalog& relations) {
        return relations.watch;
    });
    SysScanDesc scan = systable_beginscan(table, InvalidOid, false, nullptr, 0, nullptr);
    while (HeapTuple tuple = systable_getnext(scan))
        if (!visit(Fields(tuple, RelationGetDescr(table))))
            break;
    systable_endscan(scan);
    table_close(table, AccessShareLock);
}

}  // namespace

List* read_rows(List* tables) {
    List* rows = NIL;
    scan([&](const Fields& fields) {
        Oid table = fields.get_oid(column_table);
        if (OidIsValid(table) && (tables == NIL || list_member_oid(tables, table)))
            rows = lappend(rows, row_of(fields));
        return true;
    });
    list_sort(rows, [](const ListCell* one, const ListCell* other) {
        return static_cast<Row*>(lfirst(one))->id - static_cast<Row*>(lfirst(other))->id;
    });
    return rows;
}

List* read_rows_of_keys() {
    List* rows = NIL;
    scan([&](const Fields& fields) {
        Row* row = row_of(fields);
        if (row->pattern)
            rows = lappend(rows, row);
        return true;
    });
    return rows;
}

Row* read_row(int32 id) {
    Row* row = nullptr;
    scan([&](const Fields& fields) {
        bool is_null;
        if (DatumGetInt32(fields.get(column_id, &is_null)) == id)
            row = row_of(fields);
        return row == nullptr;
    });
    return row;
}

bool is_by_row(const Row& row) {
    enum { column_relation = 1, column_watch, column_by_row };
    Relation table = store::open_own_table(AccessShareLock, [](const store::Catalog& relations) {
        return relations.watch_table;
    });
    (void)RelationGetIndexList(table);
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], column_relation, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(row.table));
    ScanKeyInit(&keys[1], column_watch, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(row.id));
    SysScanDesc scan =
        systable_beginscan(table, pg::primary_key_index(table), true, nullptr, 2, keys);
    HeapTuple tuple = systable_getnext(scan);
    bool is_null;
    bool by_row =
        HeapTupleIsValid(tuple) &&
        DatumGetBool(heap_getattr(tuple, column_by_row, RelationGetDescr(table), &is_null));
    systable_endscan(scan);
    table_close(table, AccessShareLock);
    return by_row;
}

List* lineage(Oid relation) {
    List* found = list_make1_oid(relation);
    Relation inherits = table_open(InheritsRelationId, AccessShareLock);
    for (int i = 0; i < list_length(found); i++) {
        ScanKeyData key;
        ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ,
                    ObjectIdGetDatum(list_nth_oid(found, i)));
        SysScanDesc scan =
            systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, nullptr, 1, &key);
        while (HeapTuple tuple = systable_getnext(scan))
            found = list_append_unique_oid(
                found, reinterpret_cast<Form_pg_inherits>(GETSTRUCT(tuple))->inhparent);
        systable_endscan(scan);
    }
    table_close(inherits, AccessShareLock);
    return found;
}

}  // namespace watch
