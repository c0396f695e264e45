#include "store/turn_store.hpp"

#include "pg/guard.hpp"
#include "pg/statement.hpp"
#include "store/change_hook.hpp"
#include "store/sizes.hpp"

namespace store {

namespace {

bool is_same(ItemPointerData left, ItemPointerData right) {
    return ItemPointerEquals(&left, &right);
}

}  // namespace

void TurnStore::begin_transaction() {
    patience::forbid_waiting();
    pg::statement::begin_span();
    has_changes_ = command_has_written_ = has_snapshot_ = false;
}

void TurnStore::begin_command(Bytes prefix) {
    close();  // what the command before opened
    begin(prefix);
    snapshot_.renew();
    command_has_written_ = false;
    if (visit_limit_ > 0)
        patience::limit_visits(visit_limit_);
    else
        patience::lift_limit();
    // The snapshots of commands are not registered. This one keeps what they see from being
    // removed.
    if (!std::exchange(has_snapshot_, true))
        pg::call([] { PushActiveSnapshot(GetTransactionSnapshot()); });
}

void TurnStore::end_transaction() {
    if (!changed_.empty())
        throw std::logic_error("a turn ends before its changes are written");
    close();
    snapshot_.renew();
    pg::call([&] {
        if (std::exchange(has_snapshot_, false))
            PopActiveSnapshot();
        pg::statement::end_span();
    });
}

void TurnStore::forget() {
    changed_.clear();
    forget_what_was_open();
    has_changes_ = command_has_written_ = has_snapshot_ = false;
}

void TurnStore::note_change() {
    has_changes_ = command_has_written_ = true;
    patience::lift_limit();
}

void TurnStore::settle(Access access) {
    int64 visits_left = patience::visits_left;
    write_back();
    patience::limit_visits(visits_left);
    if (access == Access::write)
        note_change();
}

void TurnStore::write_back() {
    if (changed_.empty())
        return;
    patience::lift_limit();  // it is that of the command before
    for (const ChangedKey* changed : changed_.in_order())
        write(*changed);
    changed_.clear();
}

void TurnStore::write(const ChangedKey& changed) {
    bool is_as_wanted = !changed.is_changed && !changed.is_new;
    bool is_missing = changed.type == Type::none;
    if (is_as_wanted || (is_missing && !changed.is_there))
        return;
    bool is_written = pg::call([&] {
        KeyTable::Written result = apply(changed);
        snapshot_.renew();
        return result == KeyTable::Written::ok;
    });
    if (!is_written)
        throw KeyChanged();
    sizes::count(changed.keyspace, changed.was_key, !is_missing);
    change_hook::key_changed(changed.keyspace, changed.name, changed.was_key, !is_missing);
}

KeyTable::Written TurnStore::apply(const ChangedKey& changed) {
    Subject subject;
    KeyTable* table = open_table(changed.keyspace.storage, KeyTable::Use::write);
    subject.target = {table, changed.keyspace};
    subject.key.set(changed.keyspace, changed.name);
    subject.tid = changed.tid;
    subject.row.id = changed.id;
    subject.row.due = changed.due;
    subject.row.version = changed.version;
    if (changed.type == Type::none)
        return remove_row(subject);

    NewRow next;
    if (changed.value_stays) {
        if (!table->find(subject.key, snapshot()) || !is_same(table->tid(), changed.tid))
            return KeyTable::Written::changed;
        next = table->copy_row();
    } else {
        next = row_of(subject.key, changed.is_there ? changed.id : next_row_id(), changed.type,
                      changed.encoding, changed.value);
    }
    set_expiry(next, changed.due, changed.expires_at, changed.version);
    return changed.is_there ? table->update(subject.key, changed.tid, next, snapshot())
                            : table->insert(subject.key, next);
}

bool TurnStore::read_changed(const RowKey& key, Entry& entry) {
    if (changed_.empty())
        return false;
    const ChangedKey* changed = changed_.find(key);
    if (changed)
        fill(*changed, key, toasted_, entry);
    return changed != nullptr;
}

void TurnStore::fill(const ChangedKey& changed, const RowKey& key, ToastedValue& toasted,
                     Entry& entry) {
    entry.exists = changed.type != Type::none && changed.expires_at > milliseconds();
    if (!entry.exists)
        return;
    entry.type = changed.type;
    entry.encoding = changed.encoding;
    entry.expires_at = changed.expires_at;
    entry.version = changed.version;
    if (!changed.value_stays) {
        entry.inline_value = changed.value;
        return;
    }
    KeyTable* table = open_table(changed.keyspace.storage, KeyTable::Use::write);
    if (!table->find(key, snapshot()) || !is_same(table->tid(), changed.tid))
        throw KeyChanged();
    Row row = table->row();
    toasted.set(row.value, tail_size(row));
    entry.source = &toasted;
}

}  // namespace store
