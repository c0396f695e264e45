#include "watch/follow.hpp"

#include "pg/table_owner.hpp"
#include "watch/columns.hpp"
#include "watch/definition.hpp"
#include "watch/loader.hpp"

namespace watch {

namespace {

// The columns of what kv.watch_now returns.
enum {
    column_key,
    column_condition,
    column_columns,
    column_known_columns,
    column_known_condition,
    column_channel,
    column_count
};

using Names = std::vector<std::string>;

[[noreturn]] void fail_column(const Row& row, const std::string& name, const char* problem) {
    pg::call([&] {
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("column \"%s\" of table \"%s\" %s", name.c_str(),
                               get_rel_name(row.table), problem)));
    });
    pg_unreachable();
}

KeyTemplate template_of(const Row& row) {
    std::optional<KeyTemplate> key = Loader::template_of(row);
    if (!key)
        pg::call([&] {
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("key \"%s\" is not a template", row.key)));
        });
    return std::move(*key);
}

// The names by now of columns that had others.
Names current_names(const Row& row, const Names& names, const std::vector<AttrNumber>& numbers) {
    Names current;
    for (size_t i = 0; i < names.size(); i++) {
        const char* name = pg::call([&] { return column_name(row.table, numbers[i]); });
        if (!name)
            fail_column(row, names[i], "is gone");
        if (strchr(name, '}'))
            fail_column(row, names[i], "has a name with a brace now");
        current.emplace_back(name);
    }
    return current;
}

const std::string& renamed(const std::string& name, const Names& names, const Names& current) {
    auto known = std::find(names.begin(), names.end(), name);
    return known == names.end() ? name : current[static_cast<size_t>(known - names.begin())];
}

char* copy(const std::string& text) {
    return pg::call([&] { return pstrdup(text.c_str()); });
}

char* channel_by_now(const Row& row, const Names& names, const Names& current) {
    std::string problem;
    std::optional<KeyTemplate> channel = KeyTemplate::parse(row.channel, &problem);
    if (!channel)
        return row.channel;
    Names channel_names;
    for (const std::string& name : channel->columns())
        channel_names.push_back(renamed(name, names, current));
    return copy(channel->with_columns(channel_names));
}

ArrayType* columns_by_now(const Row& row, const Names& names, const Names& current) {
    auto count = static_cast<size_t>(row.column_count);
    auto* values =
        pg::call([&] { return static_cast<Datum*>(palloc0(sizeof(Datum) * (count + 1))); });
    for (size_t i = 0; i < count; i++) {
        const std::string& name = renamed(row.columns[i], names, current);
        values[i] = pg::call([&] { return CStringGetTextDatum(name.c_str()); });
    }
    return pg::call([&] {
        return construct_array(values, row.column_count, TEXTOID, -1, false, TYPALIGN_INT);
    });
}

// The condition's text with the names of now.
char* condition_by_now(const Row& row) {
    Node* known = row.known_oid == row.table && row.known_condition
                      ? condition_of_stored(row.known_condition)
                      : nullptr;
    if (!known)
        return row.condition;
    Bitmapset* columns = columns_of_condition(known);
    int member = -1;
    while ((member = bms_next_member(columns, member)) >= 0)
        if (!column_name(row.table,
                         static_cast<AttrNumber>(member + FirstLowInvalidHeapAttributeNumber)))
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                            errmsg("a column that condition \"%s\" names is gone", row.condition)));
    return text_of_condition(row.table, known);
}

// Whoever changes a table or restores it may do more than the table's owner, whose condition it is.
void parse_again(const Row& row, bool by_names, const char** text, const char** stored) {
    pg::Role before = pg::become_table_owner(row.table);
    Relation open = table_open(row.table, AccessShareLock);
    Node* condition =
        parse_stored_condition(open, by_names ? row.condition : condition_by_now(row));
    *text = text_of_condition(row.table, condition);
    *stored = stored_condition(condition);
    table_close(open, NoLock);
    pg::become_again(before);
}

Datum tuple_of(FunctionCallInfo fcinfo, const Definition& now) {
    TupleDesc descriptor;
    if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "kv.watch_now() must return a row");
    descriptor = BlessTupleDesc(descriptor);
    Datum values[column_count] = {};
    bool nulls[column_count];
    auto set_text = [&](int column, const char* text) {
        nulls[column] = text == nullptr;
        if (text)
            values[column] = CStringGetTextDatum(text);
    };
    auto set_array = [&](int column, ArrayType* array) {
        nulls[column] = array == nullptr;
        values[column] = PointerGetDatum(array);
    };
    set_text(column_key, now.key);
    set_text(column_condition, now.condition);
    set_array(column_columns, now.columns);
    set_array(column_known_columns, now.known_columns);
    set_text(column_known_condition, now.stored_condition);
    set_text(column_channel, now.channel);
    return HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls));
}

Definition definition_by_now(const Row& row, const KeyTemplate& key, bool by_names) {
    Names names = Loader::names_in(row, key);
    std::vector<AttrNumber> numbers = Loader::columns_of(row, names);
    Names current = current_names(row, names, numbers);
    Definition now = {};
    now.key = copy(key.with_columns(current));
    now.channel = row.channel ? channel_by_now(row, names, current) : nullptr;
    now.columns = row.column_count >= 0 ? columns_by_now(row, names, current) : nullptr;
    now.known_columns = pg::call([&] { return array_of_numbers(numbers); });
    if (row.condition)
        pg::call([&] { parse_again(row, by_names, &now.condition, &now.stored_condition); });
    return now;
}

}  // namespace

Datum row_as_it_is_now(FunctionCallInfo fcinfo) {
    Row* row = pg::call([&] { return read_row(PG_GETARG_INT32(0)); });
    Definition now = {};
    if (row && row->key)
        now = definition_by_now(*row, template_of(*row), PG_GETARG_BOOL(1));
    return pg::call([&] { return tuple_of(fcinfo, now); });
}

}  // namespace watch
