#include "watch/definition.hpp"

#include "pg/table_owner.hpp"
#include "pg/version.hpp"
#include "watch/columns.hpp"
#include "watch/condition.hpp"
#include "watch/registry.hpp"

extern "C" {
#include "catalog/catalog.h"
#include "catalog/pg_inherits.h"
}

namespace watch {

namespace {

[[noreturn]] void refuse_kind(const char* what, const char* name, const char* hint) {
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                    errmsg("cannot watch %s \"%s\"", what, name), errhint("%s", hint)));
    pg_unreachable();
}

void check_kind(Oid table, const char* name) {
    switch (get_rel_relkind(table)) {
        case RELKIND_RELATION:
        case RELKIND_PARTITIONED_TABLE:
            break;
        case RELKIND_FOREIGN_TABLE:
            refuse_kind("foreign table", name,
                        "Its rows change elsewhere, where no trigger of this database sees it.");
        case RELKIND_VIEW:
            refuse_kind("view", name, "Name the tables that it reads.");
        case RELKIND_MATVIEW:
            refuse_kind("materialized view", name,
                        "It has no triggers; name the tables that it reads.");
        default:
            refuse_kind("relation", name, "Name a table.");
    }
    if (IsCatalogRelationOid(table) || IsToastNamespace(get_rel_namespace(table)))
        refuse_kind("system catalog", name, "Name a table of your own.");
    if (get_rel_namespace(table) == get_namespace_oid("kv", false))
        refuse_kind("pg_kv's own table", name, "Name a table of your own.");
    if (get_rel_persistence(table) == RELPERSISTENCE_TEMP)
        refuse_kind("temporary table", name,
                    "No other session sees its rows, and none caches them.");
}

[[noreturn]] void fail(int sqlstate, const std::string& message, const std::string& hint) {
    pg::call([&] {
        ereport(ERROR,
                (errcode(sqlstate), errmsg("%s", message.c_str()), errhint("%s", hint.c_str())));
    });
    pg_unreachable();
}

KeyTemplate parse_template(const char* what, const char* text) {
    std::string problem;
    std::optional<KeyTemplate> parsed = KeyTemplate::parse(text, &problem);
    if (!parsed)
        fail(ERRCODE_SYNTAX_ERROR,
             std::string(what) + " \"" + text + "\" is not a template: " + problem,
             "A column's name stands between braces, as in user:{id}; write {{ and }} for braces.");
    return std::move(*parsed);
}

AttrNumber column_of(Oid table, const std::string& name) {
    return pg::call([&] {
        AttrNumber number = column_number(table, name.c_str());
        if (number == 0)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                            errmsg("column \"%s\" of table \"%s\" does not exist", name.c_str(),
                                   get_rel_name(table)),
                            errhint("Its columns are: %s", column_names(table))));
        if (!is_stored(table, number))
            ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                            errmsg("column \"%s\" is a virtual generated column", name.c_str()),
                            errhint("Rows do not have it; name the columns it is made of.")));
        return number;
    });
}

std::vector<std::string> names_in(ArrayType* array) {
    Datum* elements;
    bool* nulls;
    int count;
    pg::call([&] {
        deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
    });
    std::vector<std::string> names;
    for (int i = 0; i < count; i++) {
        if (nulls[i])
            fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, "columns has a NULL in it",
                 "Name the columns whose change counts.");
        names.emplace_back(pg::call([&] { return TextDatumGetCString(elements[i]); }));
    }
    return names;
}

// A template that names the primary key's columns.
char* key_of_primary_key(Oid table) {
    List* names = pg::call([&] {
        Relation open = table_open(table, NoLock);
        List* found = primary_key(open);
        table_close(open, NoLock);
        return found;
    });
    if (names == NIL)
        fail(ERRCODE_UNDEFINED_OBJECT, "the table has no primary key",
             "Name the columns of a unique index: key => '{column}'.");
    std::string key;
    for (int i = 0; i < list_length(names); i++)
        key += "{" + std::string(static_cast<char*>(list_nth(names, i))) + "}";
    return pg::call([&] { return pstrdup(key.c_str()); });
}

// Rows that are fetched by their key need one that is theirs alone.
void check_identity(const Definition& definition, const std::vector<AttrNumber>& columns) {
    bool is_read = definition.modes & Mode::read;
    if (!is_read && !(definition.modes & Mode::refresh))
        return;
    bool identify = pg::call([&] {
        Relation open = table_open(definition.table, NoLock);
        bool found = identify_rows(open, columns, !is_read);
        table_close(open, NoLock);
        return found;
    });
    if (!identify)
        fail(ERRCODE_INVALID_COLUMN_REFERENCE,
             std::string("the columns of key \"") + definition.key + "\" do not identify a row",
             is_read ? "Name all columns of a unique index."
                     : "Mode refresh reads the row again: name all columns of a unique index, "
                       "each of them NOT NULL.");
}

// As it will be parsed again: by the table's owner, who need not be the caller.
void complete_condition(Definition& definition) {
    pg::call([&] {
        pg::Role before = pg::become_table_owner(definition.table);
        Relation open = table_open(definition.table, NoLock);
        Node* condition = parse_condition(open, definition.condition);
        definition.condition = text_of_condition(definition.table, condition);
        definition.stored_condition = stored_condition(condition);
        table_close(open, NoLock);
        pg::become_again(before);
    });
}

// What removes all keys that the template can name must not remove everything.
void check_beginning(const Definition& definition, const KeyTemplate& key) {
    bool removes = definition.modes & (Mode::invalidate | Mode::refresh);
    if (removes && !key.pieces().empty() && key.pieces().front().column >= 0)
        fail(ERRCODE_INVALID_PARAMETER_VALUE,
             std::string("key \"") + definition.key + "\" begins with a column",
             "A TRUNCATE removes all keys that the template can name, which may be others' too: "
             "begin with a text, as in user:{id}.");
}

void check_channel(const Definition& definition, const KeyTemplate& key) {
    KeyTemplate channel = parse_template("channel", definition.channel);
    for (const std::string& name : channel.columns())
        if (std::find(key.columns().begin(), key.columns().end(), name) == key.columns().end())
            fail(ERRCODE_INVALID_COLUMN_REFERENCE,
                 "channel names column \"" + name + "\", which key does not",
                 "Of a row, only the columns that its key names are sent.");
}

}  // namespace

void check_owner(Oid table, Oid role) {
    const char* name = get_rel_name(table);
    if (!name)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("relation with OID %u does not exist", table),
                        errhint("Name a table that is there.")));
    if (!pg::owns_relation(table, role))
        aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, name);
    check_kind(table, name);
}

void lock_watched_table(Oid table, Oid role) {
    check_owner(table, role);
    LockRelationOid(table, ShareRowExclusiveLock);
    ListCell* cell;
    foreach (cell, find_all_inheritors(table, ShareRowExclusiveLock, nullptr))
        check_owner(lfirst_oid(cell), role);
}

ArrayType* array_of_numbers(std::span<const AttrNumber> numbers) {
    auto* values = static_cast<Datum*>(palloc0(sizeof(Datum) * (numbers.size() + 1)));
    for (size_t i = 0; i < numbers.size(); i++)
        values[i] = Int16GetDatum(numbers[i]);
    return construct_array(values, static_cast<int>(numbers.size()), INT2OID, sizeof(int16), true,
                           TYPALIGN_SHORT);
}

unsigned parse_modes(const char* text) {
    unsigned modes = 0;
    std::string_view rest = text;
    while (!rest.empty()) {
        std::string_view word = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        word.remove_prefix(std::min(word.size(), word.find_first_not_of(' ')));
        word = word.substr(0, word.find_last_not_of(' ') + 1);
        if (mode_named(word) == 0)
            fail(ERRCODE_INVALID_PARAMETER_VALUE, "unknown mode \"" + std::string(word) + "\"",
                 "Modes are invalidate, refresh, publish, several of these with commas between "
                 "them, or read.");
        modes |= mode_named(word);
    }
    if (modes == 0)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "no mode is given",
             "Modes are invalidate, refresh, publish or read.");
    if ((modes & Mode::read) && modes != Mode::read)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "mode read does not go with others",
             "It concerns rows that pg_kv itself caches: call kv.cache_table once more for it.");
    return modes;
}

void complete(Definition& definition) {
    bool is_read = definition.modes & Mode::read;
    if (!definition.key && is_read)
        definition.key = key_of_primary_key(definition.table);
    if (!definition.key)
        fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, "key must not be NULL",
             "It is a template of keys, such as 'user:{id}'.");
    KeyTemplate key = parse_template("key", definition.key);
    if (is_read && (key.has_literals() || key.columns().empty()))
        fail(ERRCODE_INVALID_PARAMETER_VALUE,
             std::string("key \"") + definition.key + "\" is more than columns",
             "For mode read it names just these: '{id}', or '{tenant}{id}'.");
    check_beginning(definition, key);
    if (definition.channel)
        check_channel(definition, key);
    std::vector<std::string> names = key.columns();
    if (definition.columns)
        for (std::string& name : names_in(definition.columns))
            if (std::find(names.begin(), names.end(), name) == names.end())
                names.push_back(std::move(name));
    std::vector<AttrNumber> numbers;
    for (const std::string& name : names)
        numbers.push_back(column_of(definition.table, name));
    check_identity(definition,
                   {numbers.begin(), numbers.begin() + static_cast<long>(key.columns().size())});
    definition.known_columns = pg::call([&] { return array_of_numbers(numbers); });
    if (definition.condition)
        complete_condition(definition);
}

}  // namespace watch
