#include "cache/invalidate.hpp"

#include "cache/entry.hpp"
#include "cache/events.hpp"
#include "cache/locks.hpp"
#include "cache/source.hpp"
#include "store/table_changes.hpp"

namespace cache {

namespace {

store::KeyTable* open_to_write() {
    return store::KeyTable::open(store::Storage::cache, store::KeyTable::Use::write);
}

}  // namespace

bool remove_row(Oid table, Bytes name, Busy busy) {
    store::RowKey key;
    key.set(store::cached_rows, name);
    locks::lock_to_change(table, key.hash());
    store::KeyTable* entries = open_to_write();
    bool removed = remove_entry(entries, key, busy);
    entries->close();
    return removed;
}

int64 remove_rows(Oid table, Busy busy) {
    locks::lock_to_change_all(table);
    char prefix[table_prefix_size];
    write_table_prefix(table, prefix);
    store::KeyTable* entries = open_to_write();
    int64 removed = remove_entries(entries, store::cached_rows, {prefix, table_prefix_size}, busy);
    entries->close();
    return removed;
}

void invalidate(Oid table, std::span<const AttrNumber> columns, std::span<const Bytes> texts) {
    Source* source = find_source(table, columns);
    if (!source)
        return;  // nothing can have been cached by this key
    Part parts[INDEX_MAX_KEYS];
    for (size_t i = 0; i < columns.size(); i++)
        for (int j = 0; j < source->column_count; j++)
            if (source->columns[j].number == columns[i])
                parts[j] = {texts[i].data(), static_cast<int>(texts[i].size()), false};
    Bytes name = name_of(*source, parts);
    if (remove_row(table, name, Busy::wait))
        events::tell(events::Event::invalidate, *source, parts);
    pfree(const_cast<char*>(name.data()));
}

void invalidate_all(Oid table) {
    (void)remove_rows(table, Busy::wait);
    note_change(table);
}

void note_change(Oid table) {
    store::table_changes::note(table);
}

}  // namespace cache
