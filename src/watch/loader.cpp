#include "watch/loader.hpp"

#include "pg/table_owner.hpp"
#include "watch/canonical_output.hpp"
#include "watch/columns.hpp"

namespace watch {

namespace {

// The number that a column of one table has in another; 0 if it is not there. A partition or an
// inheritance child may have its columns in another order.
AttrNumber number_in(Oid relation, Oid table, AttrNumber number) {
    if (relation == table || number <= 0)
        return number;
    char* name = column_name(table, number);
    return name ? column_number(relation, name) : AttrNumber{InvalidAttrNumber};
}

// Of the columns of `relation`: their names are the same in the whole inheritance tree. Who writes
// a row need not have the right to look up what the condition names, as with a constraint: its
// table's owner has.
Node* condition_for(const Row& row, Oid relation) {
    pg::Role before = pg::become_table_owner(row.table);
    Relation open = table_open(relation, AccessShareLock);
    Node* parsed = parse_stored_condition(open, row.condition);
    table_close(open, AccessShareLock);
    pg::become_again(before);
    return parsed;
}

}  // namespace

std::optional<KeyTemplate> Loader::template_of(const Row& row) {
    std::string problem;
    return KeyTemplate::parse(row.key, &problem);
}

std::vector<std::string> Loader::names_in(const Row& row, const KeyTemplate& key) {
    std::vector<std::string> names = key.columns();
    for (int i = 0; i < row.column_count; i++)
        if (std::find(names.begin(), names.end(), row.columns[i]) == names.end())
            names.emplace_back(row.columns[i]);
    return names;
}

// By name. A number that is known helps out where a name is gone, which happens between a renaming
// and the event trigger that follows it.
std::vector<AttrNumber> Loader::columns_of(const Row& row, const std::vector<std::string>& names) {
    std::vector<AttrNumber> numbers;
    for (const std::string& name : names) {
        size_t index = numbers.size();
        numbers.push_back(pg::call([&] {
            AttrNumber number = column_number(row.table, name.c_str());
            bool is_known =
                row.known_oid == row.table && index < static_cast<size_t>(row.known_column_count);
            if (number == 0 && is_known && column_name(row.table, row.known_columns[index]))
                number = row.known_columns[index];
            return number;
        }));
    }
    return numbers;
}

void Loader::add_columns(const std::vector<AttrNumber>& numbers, size_t key_count, const Row& row,
                         Watches& watches, Watch& watch) {
    auto add_counted = [&](AttrNumber number) {
        if (row.column_count >= 0)
            watch.counted.push_back(number);
    };
    pg::call([&] {
        for (size_t i = 0; i < numbers.size(); i++) {
            AttrNumber number = number_in(watches.relation_, row.table, numbers[i]);
            if (number <= 0) {
                watch.is_broken = true;
                return;
            }
            add_counted(number);
            if (i >= key_count)
                continue;
            Oid type = get_atttype(watches.relation_, number);
            Oid function;
            bool is_varlena;
            getTypeOutputInfo(type, &function, &is_varlena);
            watch.columns.push_back({number, numbers[i], {}});
            fmgr_info_cxt(function, &watch.columns.back().output, watches.memory_);
            watch.depends_on_settings |= depends_on_settings(type);
        }
    });
}

void Loader::add_condition(const Row& row, Watches& watches, Watch& watch) {
    if (!row.condition)
        return;
    pg::call([&] {
        MemoryContext before = MemoryContextSwitchTo(watches.memory_);
        watch.condition.expression_ = condition_for(row, watches.relation_);
        watch.condition.memory_ =
            AllocSetContextCreate(watches.memory_, "pg_kv condition", ALLOCSET_SMALL_SIZES);
        MemoryContextSwitchTo(before);
        // A row that meets the condition no longer, or now, has changed.
        if (row.column_count < 0)
            return;
        Bitmapset* columns = columns_of_condition(watch.condition.expression_);
        int member = -1;
        while ((member = bms_next_member(columns, member)) >= 0)
            watch.counted.push_back(
                static_cast<AttrNumber>(member + FirstLowInvalidHeapAttributeNumber));
    });
}

void Loader::add(const Row& row, Watches& watches) {
    Watch& watch = watches.all_.emplace_back();
    watch.id = row.id;
    watch.table = row.table;
    watch.modes = row.modes;
    watch.by_row = pg::call([&] { return is_by_row(row); });
    std::optional<KeyTemplate> key = template_of(row);
    watch.is_broken = row.broken || !key;
    if (watch.is_broken)
        return;
    add_columns(columns_of(row, names_in(row, *key)), key->columns().size(), row, watches, watch);
    if (watch.is_broken)
        return;
    bool has_channel_of_columns =
        (row.modes & Mode::publish) && row.channel && strchr(row.channel, '{');
    watch.wants_identities = (row.modes & Mode::refresh) || has_channel_of_columns;
    watch.key = std::move(*key);
    add_condition(row, watches, watch);
}

void Loader::load(Oid relation, Watches& watches) {
    watches.relation_ = relation;
    List* tables = pg::call([&] { return lineage(relation); });
    for (int i = 0; i < list_length(tables); i++)
        watches.tables_.push_back(list_nth_oid(tables, i));
    List* rows = pg::call([&] { return read_rows(tables); });
    ListCell* cell;
    foreach (cell, rows)
        add(*static_cast<Row*>(lfirst(cell)), watches);
}

}  // namespace watch
