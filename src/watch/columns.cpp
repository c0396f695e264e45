#include "watch/columns.hpp"

#include "pg/version.hpp"

extern "C" {
#include "lib/stringinfo.h"
}

namespace watch {

char* column_name(Oid table, AttrNumber number) {
    HeapTuple tuple = SearchSysCacheAttNum(table, number);
    if (!HeapTupleIsValid(tuple))
        return nullptr;
    char* name = pstrdup(NameStr(reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attname));
    ReleaseSysCache(tuple);
    return name;
}

AttrNumber column_number(Oid table, const char* name) {
    return std::max<AttrNumber>(get_attnum(table, name), InvalidAttrNumber);
}

bool is_stored(Oid table, AttrNumber number) {
    constexpr char computed = 'v';
    return get_attgenerated(table, number) != computed;
}

char* column_names(Oid table) {
    StringInfoData names;
    initStringInfo(&names);
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
    int count =
        HeapTupleIsValid(tuple) ? reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relnatts : 0;
    if (HeapTupleIsValid(tuple))
        ReleaseSysCache(tuple);
    for (int number = 1; number <= count; number++)
        if (char* name = column_name(table, static_cast<AttrNumber>(number)))
            appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", name);
    return names.data;
}

namespace {

bool is_among(std::span<const AttrNumber> columns, AttrNumber number) {
    return std::find(columns.begin(), columns.end(), number) != columns.end();
}

bool identifies_rows(Relation table, Relation index, std::span<const AttrNumber> columns,
                     bool not_null) {
    Form_pg_index form = index->rd_index;
    bool may = form->indisunique && form->indisvalid && form->indimmediate &&
               heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr);
    for (int i = 0; may && i < form->indnkeyatts; i++) {
        AttrNumber number = form->indkey.values[i];
        may = number > 0 && is_among(columns, number) &&
              (!not_null || TupleDescAttr(RelationGetDescr(table), number - 1)->attnotnull);
    }
    return may;
}

}  // namespace

bool identify_rows(Relation table, std::span<const AttrNumber> columns, bool not_null) {
    bool found = false;
    ListCell* cell;
    foreach (cell, RelationGetIndexList(table)) {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);
        found = found || identifies_rows(table, index, columns, not_null);
        index_close(index, AccessShareLock);
    }
    return found;
}

List* primary_key(Relation table) {
    (void)RelationGetIndexList(table);
    Oid oid = pg::primary_key_index(table);
    if (!OidIsValid(oid))
        return NIL;
    List* names = NIL;
    Relation index = index_open(oid, AccessShareLock);
    for (int i = 0; i < index->rd_index->indnkeyatts; i++)
        names =
            lappend(names, column_name(RelationGetRelid(table), index->rd_index->indkey.values[i]));
    index_close(index, AccessShareLock);
    return names;
}

}  // namespace watch
