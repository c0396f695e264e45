#include "cache/source.hpp"

#include "cache/source_build.hpp"
#include "pg/version.hpp"
#include "store/catalog.hpp"

extern "C" {
#include "port/pg_bswap.h"
#include "utils/rls.h"
}

namespace cache {

namespace {

struct Table {
    Oid oid;  // the key
    Source* sources;
};

uint64 invalidations = 0;
HTAB* tables = nullptr;
Source* retired = nullptr;  // freed at the end of the transaction: somebody may be at them
Oid known_registry = InvalidOid;

void retire(Table& table) {
    while (Source* source = table.sources) {
        table.sources = source->next;
        source->next = retired;
        retired = source;
    }
}

void forget_all() {
    HASH_SEQ_STATUS walk;
    hash_seq_init(&walk, tables);
    while (auto* table = static_cast<Table*>(hash_seq_search(&walk)))
        for (Source* source = table->sources; source; source = source->next)
            source->is_valid = false;
}

bool depends_on(const Source& source, Oid relation) {
    return source.table == relation ||
           std::find(source.row_types, source.row_types + source.row_type_count, relation) !=
               source.row_types + source.row_type_count;
}

void forget_relation(Datum, Oid changed) {
    invalidations++;
    if (!tables)
        return;
    if (changed == InvalidOid || changed == known_registry) {
        forget_all();
        return;
    }
    HASH_SEQ_STATUS walk;
    hash_seq_init(&walk, tables);
    while (auto* table = static_cast<Table*>(hash_seq_search(&walk)))
        for (Source* source = table->sources; source; source = source->next)
            if (depends_on(*source, changed))
                source->is_valid = false;
}

// A cast to json came or went.
void forget_casts(Datum, int, uint32) {
    forget_relation(Datum(0), InvalidOid);
}

void forget_rights(Datum, int, uint32) {
    if (!tables)
        return;
    HASH_SEQ_STATUS walk;
    hash_seq_init(&walk, tables);
    while (auto* table = static_cast<Table*>(hash_seq_search(&walk)))
        for (Source* source = table->sources; source; source = source->next)
            source->role = InvalidOid;
}

void at_transaction_end(XactEvent event, void*) {
    if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
        return;
    while (Source* source = retired) {
        retired = source->next;
        forget_plans(*source);
        MemoryContextDelete(source->memory);
    }
}

Table& table_of(Oid oid) {
    if (!tables) {
        HASHCTL control = {};
        control.keysize = sizeof(Oid);
        control.entrysize = sizeof(Table);
        control.hcxt = TopMemoryContext;
        tables =
            hash_create("pg_kv cached tables", 32, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
    }
    bool found;
    auto* table = static_cast<Table*>(hash_search(tables, &oid, HASH_ENTER, &found));
    if (!found)
        table->sources = nullptr;
    return *table;
}

}  // namespace

Source* sources_of_table(Oid oid) {
    AcceptInvalidationMessages();
    for (int attempt = 0;; attempt++) {
        Table& table = table_of(oid);
        bool is_valid = table.sources != nullptr;
        for (Source* source = table.sources; source; source = source->next)
            is_valid = is_valid && source->is_valid;
        if (is_valid || attempt == 10)
            return table.sources;
        retire(table);
        known_registry = store::catalog().watch;
        // Building them may run what comes here again.
        uint64 before = invalidations;
        Source* built = build_sources(oid);
        for (Source* source = built; source; source = source->next)
            source->is_valid = before == invalidations;
        Table& same = table_of(oid);
        retire(same);
        same.sources = built;
        if (!built)
            return nullptr;
    }
}

namespace {

bool names_columns(const Source& source, Jsonb* key) {
    if (JB_ROOT_COUNT(key) != static_cast<uint32>(source.column_count))
        return false;
    for (int i = 0; i < source.column_count; i++) {
        JsonbValue value;
        const char* name = NameStr(source.columns[i].name);
        if (!getKeyJsonValueFromContainer(&key->root, name, static_cast<int>(strlen(name)), &value))
            return false;
    }
    return true;
}

bool has_columns(const Source& source, std::span<const AttrNumber> columns) {
    if (columns.size() != static_cast<size_t>(source.column_count))
        return false;
    return std::all_of(columns.begin(), columns.end(), [&](AttrNumber number) {
        return std::any_of(source.columns, source.columns + source.column_count,
                           [&](const KeyColumn& column) { return column.number == number; });
    });
}

// Raises for the first name in a key that is no column of the table.
void check_names(Oid table, Jsonb* key) {
    JsonbIterator* walk = JsonbIteratorInit(&key->root);
    JsonbValue item;
    for (JsonbIteratorToken token = JsonbIteratorNext(&walk, &item, true); token != WJB_DONE;
         token = JsonbIteratorNext(&walk, &item, true)) {
        if (token != WJB_KEY)
            continue;
        char* name = pnstrdup(item.val.string.val, static_cast<Size>(item.val.string.len));
        if (get_attnum(table, name) <= 0)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                            errmsg("column \"%s\" of table %s does not exist", name,
                                   generate_table_name(table))));
    }
}

void check_is_object(Jsonb* key) {
    if (!JB_ROOT_IS_OBJECT(key))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("a key must be a JSON object of the columns' values"),
                        errhint("For example: '{\"id\": 123}'.")));
}

[[noreturn]] void raise_no_source(Oid table, const Source* first, Jsonb* key) {
    const char* name = generate_table_name(table);
    if (!first)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("table %s is not set up to be read through the cache", name),
                        errhint("Its owner can run SELECT kv.cache_table(%s, mode => 'read').",
                                quote_literal_cstr(name))));
    check_names(table, key);
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
             errmsg("the columns of the key are not those by which table %s is cached", name),
             errhint("It is cached by %s. Its owner can add a unique key with "
                     "kv.cache_table(%s, key => '{column}{column}', mode => 'read').",
                     list_of_columns(first), quote_literal_cstr(name))));
    pg_unreachable();
}

void check_is_usable(const Source& source) {
    if (source.problem)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("table %s cannot be read through the cache: %s",
                               generate_table_name(source.table), source.problem)));
}

Rights look_up_rights(const Source& source, Oid role) {
    if (!pg::may_use_schema(get_rel_namespace(source.table), role))
        return Rights::none;
    bool may_read_table = pg_class_aclcheck(source.table, role, ACL_SELECT) == ACLCHECK_OK;
    if (!may_read_table &&
        pg_attribute_aclcheck_all(source.table, role, ACL_SELECT, ACLMASK_ALL) != ACLCHECK_OK)
        return Rights::none;
    if (check_enable_rls(source.table, InvalidOid, true) == RLS_ENABLED)
        return Rights::bypass;
    return may_read_table ? Rights::all : Rights::columns;
}

[[noreturn]] void raise_no_rights(Oid table, Oid role) {
    Oid schema = get_rel_namespace(table);
    if (!pg::may_use_schema(schema, role))
        aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SCHEMA, get_namespace_name(schema));
    aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, get_rel_name(table));
    pg_unreachable();
}

}  // namespace

void check_key(const Source& source, Jsonb* key) {
    check_is_object(key);
    if (!names_columns(source, key))
        raise_no_source(source.table, &source, key);
}

Source& find_source(Oid table, Jsonb* key) {
    Source* first = sources_of_table(table);
    if (key)
        check_is_object(key);
    for (Source* source = first; source; source = source->next)
        if (!key || names_columns(*source, key)) {
            check_is_usable(*source);
            return *source;
        }
    raise_no_source(table, first, key);
}

Source* find_source(Oid table, std::span<const AttrNumber> columns) {
    for (Source* source = sources_of_table(table); source; source = source->next)
        if (source->is_described && has_columns(*source, columns))
            return source;
    return nullptr;
}

Rights check_rights(Source& source) {
    Oid role = GetUserId();
    if (source.role != role) {
        Rights rights = look_up_rights(source, role);
        source.rights = rights;
        source.role = role;
    }
    if (source.rights == Rights::none)
        raise_no_rights(source.table, role);
    return source.rights;
}

void watch_sources() {
    CacheRegisterRelcacheCallback(forget_relation, 0);
    // A schema's rights, and who owns the database, who has rights of pg_database_owner.
    for (int cache : {AUTHOID, AUTHMEMROLEMEM, NAMESPACEOID, DATABASEOID})
        CacheRegisterSyscacheCallback(cache, forget_rights, 0);
    CacheRegisterSyscacheCallback(CASTSOURCETARGET, forget_casts, 0);
    RegisterXactCallback(at_transaction_end, nullptr);
}

}  // namespace cache
