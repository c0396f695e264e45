// Changing several keys at once: all are locked before any is looked at.
#include "pg/guard.hpp"
#include "store/sizes.hpp"
#include "store/table_store.hpp"

namespace store {

struct TableStore::Locked {
    Target target;
    RowKey key;
    std::string name;
    Row row;
    ItemPointerData tid;
    ToastedValue toasted;
    std::string value;
    bool is_new;  // a row that stands for a missing key while the others are locked
    Entry* entry;
};

// A missing key cannot be locked, so a row without a type takes its place: to all readers the key
// is still missing, and a writer of it queues.
void TableStore::insert_placeholder(Locked& locked) {
    int64 id = nextval_internal(catalog().row_id_sequence, false);
    NewRow row = empty_row_of(locked.target.keyspace, locked.key, id, 0, now_);
    locked.is_new = locked.target.table->insert(locked.key, row) == KeyTable::Written::ok;
}

void TableStore::lock(Locked& locked) {
    locked.is_new = false;
    for (;;) {
        KeyTable* table = locked.target.table;
        snapshot_ = nullptr;
        if (!table->find(locked.key, snapshot())) {
            insert_placeholder(locked);
            continue;
        }
        if (!locked.is_new && table->lock(table->tid(), snapshot()) == KeyTable::Written::changed)
            continue;
        snapshot_ = nullptr;
        locked.tid = table->tid();
        locked.row = table->row();
        fill(locked.row, locked.toasted, *locked.entry);
        return;
    }
}

Status TableStore::modify(std::span<const Place> places,
                          FunctionRef<Status(std::span<Entry>)> change) {
    std::vector<Entry> entries(places.size());
    std::vector<Locked> rows(places.size());
    for (size_t i = 0; i < places.size(); i++) {
        Locked& locked = rows[i];
        locked.name = std::string(prefix_).append(places[i].key);
        locked.entry = &entries[i];
        pg::call([&] {
            locked.target = target(places[i].database, Access::write);
            locked.key.set(locked.target.keyspace, locked.name);
        });
    }
    std::vector<Locked*> order;
    for (Locked& locked : rows)
        order.push_back(&locked);
    std::sort(order.begin(), order.end(), [](const Locked* left, const Locked* right) {
        return std::tuple(left->target.keyspace.storage, left->target.keyspace.id,
                          Bytes(left->name)) < std::tuple(right->target.keyspace.storage,
                                                          right->target.keyspace.id,
                                                          Bytes(right->name));
    });
    for (Locked* locked : order) {
        pg::call([&] { lock(*locked); });
        // The table's slot is needed for the next row, so the value is copied.
        if (locked->entry->exists) {
            locked->value = locked->entry->value();
            locked->entry->source = nullptr;
            locked->entry->inline_value = locked->value;
        }
    }
    Status status = change(entries);
    for (Locked* locked : order) {
        Entry& entry = *locked->entry;
        if (!status)
            entry.change = Entry::Change::none;
        if (entry.change == Entry::Change::expire)
            entry.put(entry.type, locked->value, entry.put_expires_at, entry.encoding);
        if (entry.change == Entry::Change::none && locked->is_new)
            entry.remove();  // the placeholder
        bool removes_nothing = entry.change == Entry::Change::remove && !entry.exists;
        if (entry.change == Entry::Change::none || (removes_nothing && !locked->is_new))
            continue;
        KeyTable::Written written = pg::call([&] {
            auto result =
                apply(locked->target, locked->key, &locked->row, locked->tid, entry, snapshot());
            snapshot_ = nullptr;
            return result;
        });
        if (written != KeyTable::Written::ok)
            throw std::logic_error("a locked key changed");
        count(locked->target, &locked->row, entry);
    }
    return status;
}

}  // namespace store
