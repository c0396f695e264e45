#include "store/table_store.hpp"

#include "pg/guard.hpp"
#include "store/change_hook.hpp"
#include "store/sizes.hpp"

namespace store {

KeyTable::Written TableStore::apply(const Subject& subject, const Entry& entry) {
    if (entry.change == Entry::Change::remove)
        return remove_row(subject);

    KeyTable* table = subject.target.table;
    const Row* row = subject.is_there ? &subject.row : nullptr;
    NewRow next = entry.change == Entry::Change::expire
                      ? table->copy_row()
                      : row_of(subject.key, row ? row->id : next_row_id(), entry.put_type,
                               entry.put_encoding, entry.put_value);
    int32_t due = due_for(entry.put_expires_at, milliseconds(), row ? row->due : 0);
    set_expiry(next, due, entry.put_expires_at, next_version(row ? row->version : 0));
    return row ? table->update(subject.key, subject.tid, next, snapshot())
               : table->insert(subject.key, next);
}

bool TableStore::write(Subject& subject, Entry& entry) {
    if (entry.change == Entry::Change::none && subject.is_new)
        entry.remove();  // the placeholder
    bool removes_nothing = entry.change == Entry::Change::remove && !entry.exists;
    if (entry.change == Entry::Change::none || (removes_nothing && !subject.is_new)) {
        if (elements(subject.target).has_deferred())
            throw std::logic_error("elements were written, but not their key");
        return true;
    }
    bool is_written = pg::call([&] {
        KeyTable::Written result = apply(subject, entry);
        snapshot_.renew();
        return result == KeyTable::Written::ok;
    });
    if (!is_written)
        return false;
    bool was_key = subject.is_there && subject.row.type != Type::none;
    bool is_key = entry.change != Entry::Change::remove;
    sizes::count(subject.target.keyspace, was_key, is_key);
    change_hook::key_changed(subject.target.keyspace, subject.key.name(), was_key, is_key);
    return true;
}

bool TableStore::try_to_modify(const Place& place, Bytes name, FunctionRef<Status(Entry&)> change,
                               Status& status) {
    Subject subject;
    Entry entry;
    pg::call([&] {
        subject.target = target(place.database, Access::write);
        subject.key.set(subject.target.keyspace, name);
        look_up(subject, toasted_, entry);
    });
    TableElements& elements = this->elements(subject.target);
    auto lock_row = [&] {
        lock(subject);
    };
    elements.begin(lock_row);
    try {
        status = change(entry);
    } catch (const KeyChanged&) {
        elements.abandon();
        return false;
    }
    if (!status) {
        elements.abandon();
        return true;
    }
    if (!write(subject, entry)) {
        elements.abandon();
        return false;
    }
    elements.finish();
    Outcome outcome{&subject, &entry};
    drop_collections({&outcome, 1});
    return true;
}

Status TableStore::modify(const Place& place, FunctionRef<Status(Entry&)> change) {
    std::string buffer;
    Bytes name = full_name(place.key, buffer);
    Status status;
    while (!try_to_modify(place, name, change, status)) {}
    return status;
}

}  // namespace store
