// Changing several keys at once: all are locked before any is looked at.
#include "pg/guard.hpp"
#include "store/sizes.hpp"
#include "store/table_store.hpp"

namespace store {

struct TableStore::Locked {
    Subject subject;
    std::string name;
    std::string value;
    Entry* entry;
};

Status TableStore::modify(std::span<const Place> places,
                          FunctionRef<Status(std::span<Entry>)> change) {
    std::vector<Entry> entries(places.size());
    std::vector<Locked> rows(places.size());
    for (size_t i = 0; i < places.size(); i++) {
        Locked& locked = rows[i];
        Subject& subject = locked.subject;
        locked.name = std::string(prefix_).append(places[i].key);
        locked.entry = &entries[i];
        pg::call([&] {
            subject.target = target(places[i].database, Access::write);
            subject.key.set(subject.target.keyspace, locked.name);
        });
    }
    std::vector<Locked*> order;
    for (Locked& locked : rows)
        order.push_back(&locked);
    std::sort(order.begin(), order.end(), [](const Locked* left, const Locked* right) {
        const Keyspace& left_keyspace = left->subject.target.keyspace;
        const Keyspace& right_keyspace = right->subject.target.keyspace;
        return std::tuple(left_keyspace.storage, left_keyspace.id, Bytes(left->name)) <
               std::tuple(right_keyspace.storage, right_keyspace.id, Bytes(right->name));
    });
    for (Locked* locked : order)
        lock_one_of_several(*locked);
    for (TableElements& elements : elements_)
        elements.begin_locked();

    Status status = change(entries);
    for (Locked* locked : order) {
        Entry& entry = *locked->entry;
        if (!status)
            entry.change = Entry::Change::none;
        if (entry.change == Entry::Change::expire)
            entry.put(entry.type, locked->value, entry.put_expires_at, entry.encoding);
        if (!write(locked->subject, entry))
            throw std::logic_error("a locked key changed");
    }
    for (TableElements& elements : elements_)
        status ? elements.finish() : elements.abandon();
    std::vector<Outcome> outcomes;
    for (const Locked& locked : rows)
        outcomes.push_back({&locked.subject, locked.entry});
    drop_collections(outcomes);
    return status;
}

void TableStore::lock_one_of_several(Locked& locked) {
    Subject& subject = locked.subject;
    for (;;) {
        pg::call([&] {
            snapshot_.renew();
            subject.is_there = subject.target.table->find(subject.key, snapshot());
            if (subject.is_there)
                subject.tid = subject.target.table->tid();
        });
        try {
            lock(subject);
            break;
        } catch (const KeyChanged&) {
            pg::call([] { CHECK_FOR_INTERRUPTS(); });
        }
    }
    Entry& entry = *locked.entry;
    ToastedValue toasted;
    pg::call([&] {
        entry.elements = &elements(subject.target);
        subject.collection = collection_of(subject.row);
        fill(subject.row, toasted, entry);
    });
    // The table's slot is needed for the next row, so the value is copied.
    if (entry.exists) {
        locked.value = entry.value();
        entry.source = nullptr;
        entry.inline_value = locked.value;
    }
}

}  // namespace store
