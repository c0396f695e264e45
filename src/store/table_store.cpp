#include "store/table_store.hpp"

#include "pg/guard.hpp"
#include "pg/statistics.hpp"
#include "store/dropped_collections.hpp"
#include "store/sizes.hpp"

extern "C" {
#include "access/detoast.h"
#include "common/pg_prng.h"
#include "utils/timestamp.h"
}

namespace store {

namespace {

int64 microseconds_since_1970() {
    return GetCurrentTimestamp() +
           (static_cast<int64>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY);
}

}  // namespace

size_t ToastedValue::size() {
    return pg::call([&] { return toast_raw_datum_size(value_) - VARHDRSZ - tail_; });
}

Bytes ToastedValue::load() {
    if (loaded_.data() == nullptr)
        loaded_ = slice(0, size());
    return loaded_;
}

Bytes ToastedValue::slice(size_t offset, size_t length) {
    return pg::call([&] {
        struct varlena* part =
            detoast_attr_slice(reinterpret_cast<struct varlena*>(DatumGetPointer(value_)),
                               static_cast<int32>(tail_ + offset), static_cast<int32>(length));
        return Bytes(VARDATA_ANY(part), VARSIZE_ANY_EXHDR(part));
    });
}

TableStore::TableStore(Bytes prefix) : prefix_(prefix), now_(microseconds_since_1970()) {}

void TableStore::finish() {
    pg::call([&] {
        for (TableElements& elements : elements_)
            elements.close();
        snapshot_.finish();
    });
    for (KeyTable*& table : tables_)
        if (table) {
            pg::call([&] { table->close(); });
            table = nullptr;
        }
}

void TableStore::check_interrupts() {
    pg::call([] { CHECK_FOR_INTERRUPTS(); });
}

uint64_t TableStore::random() {
    return pg_prng_uint64(&pg_global_prng_state);
}

TableStore::Target TableStore::target(int database, Access access) {
    check_access(database, access);
    auto use = access == Access::write ? KeyTable::Use::write : KeyTable::Use::read;
    for (;;) {
        bool is_mapped = database == mapped_database_;
        Keyspace keyspace = is_mapped ? mapped_keyspace_ : keyspace_of(database);
        if (keyspace.storage == Storage::cache && RecoveryInProgress())
            return {nullptr, keyspace};
        KeyTable*& table = tables_[static_cast<int>(keyspace.storage)];
        if (table && use == KeyTable::Use::read)
            return {table, keyspace};
        if (table)
            table->prepare_to_write();
        else
            table = KeyTable::open(keyspace.storage, use);
        // While we waited for the table's lock, the database may have got another keyspace.
        Keyspace now = is_mapped ? keyspace : keyspace_of(database);
        if (now.id == keyspace.id && now.storage == keyspace.storage) {
            mapped_database_ = database;
            mapped_keyspace_ = keyspace;
            return {table, keyspace};
        }
    }
}

Bytes TableStore::full_name(Bytes key, std::string& buffer) const {
    if (prefix_.empty())
        return key;
    buffer.reserve(prefix_.size() + key.size());
    buffer.assign(prefix_).append(key);
    return buffer;
}

void TableStore::fill(const Row& row, ToastedValue& toasted, Entry& entry) const {
    entry.exists = is_live(row);
    if (!entry.exists)
        return;
    entry.type = row.type;
    entry.encoding = row.encoding;
    entry.expires_at = row.expires_at;
    entry.version = row.version;
    size_t tail = tail_size(row);
    if (is_inline(row.value)) {
        entry.inline_value = inline_bytes(row.value).substr(tail);
    } else {
        toasted.set(row.value, tail);
        entry.source = &toasted;
    }
}

bool TableStore::read(const Place& place, Entry& entry) {
    std::string buffer;
    Bytes name = full_name(place.key, buffer);
    RowKey key;
    entry = Entry();
    pg::call([&] {
        Target found = target(place.database, Access::read);
        if (!found.table)
            return;
        key.set(found.keyspace, name);
        entry.elements = &elements(found);
        if (found.table->find(key, snapshot()))
            fill(found.table->row(), toasted_, entry);
    });
    if (entry.exists)
        pg::statistics::count_hit(place.database);
    else
        pg::statistics::count_miss(place.database);
    return entry.exists;
}

KeyTable::Written TableStore::apply(const Target& target, const RowKey& key, const Row* row,
                                    ItemPointerData tid, const Entry& entry, Snapshot snapshot) {
    KeyTable* table = target.table;
    if (entry.change == Entry::Change::remove)
        return table->came_back(key) ? empty_row(target, key, *row, tid, snapshot)
                                     : table->remove(key, tid, snapshot);

    NewRow next;
    int64 version = row ? std::max(now_, row->version + 1) : now_;
    if (entry.change == Entry::Change::expire) {
        next = table->copy_row();
    } else {
        int64 id = row ? row->id : nextval_internal(catalog().row_id_sequence, false);
        next.values[column_id - 1] = Int64GetDatum(id);
        next.values[column_keyspace - 1] = Int32GetDatum(target.keyspace.id);
        next.values[column_type - 1] = CharGetDatum(static_cast<char>(entry.put_type));
        next.values[column_encoding - 1] = CharGetDatum(static_cast<char>(entry.put_encoding));
        next.values[column_key - 1] = key.indexed();
        next.values[column_value - 1] = make_row_value(key, entry.put_value);
    }
    int32_t due = due_for(entry.put_expires_at, milliseconds(), row ? row->due : 0);
    next.values[column_due - 1] = Int32GetDatum(due);
    next.values[column_expires_at - 1] = Int64GetDatum(entry.put_expires_at);
    next.values[column_version - 1] = Int64GetDatum(version);
    return row ? table->update(key, tid, next, snapshot) : table->insert(key, next);
}

KeyTable::Written TableStore::empty_row(const Target& target, const RowKey& key, const Row& row,
                                        ItemPointerData tid, Snapshot snapshot) {
    int32_t due = row.due != 0 ? row.due : due_seconds(milliseconds());
    NewRow next = empty_row_of(target.keyspace, key, row.id, due, std::max(now_, row.version + 1));
    return target.table->update(key, tid, next, snapshot);
}

void TableStore::count(const Target& target, const Row* before, const Entry& entry) {
    bool was_there = before && before->type != Type::none;
    bool is_there = entry.change != Entry::Change::remove;
    if (was_there != is_there)
        sizes::add(target.keyspace, is_there ? 1 : -1);
}

void TableStore::look_up(const Place& place, Bytes name, Subject& subject, Entry& entry) {
    pg::call([&] {
        subject.target = target(place.database, Access::write);
        subject.key.set(subject.target.keyspace, name);
        subject.is_new = false;
        snapshot_.renew();
        KeyTable* table = subject.target.table;
        subject.is_there = table->find(subject.key, snapshot());
        entry.elements = &elements(subject.target);
        if (!subject.is_there)
            return;
        subject.row = table->row();
        subject.tid = table->tid();
        subject.collection = collection_of(subject.row);
        fill(subject.row, toasted_, entry);
    });
}

void TableStore::insert_placeholder(Subject& subject) {
    int64 id = nextval_internal(catalog().row_id_sequence, false);
    NewRow row = empty_row_of(subject.target.keyspace, subject.key, id, 0, now_);
    subject.is_new = subject.target.table->insert(subject.key, row) == KeyTable::Written::ok;
}

// A missing key cannot be locked, so a row without a type takes its place: to all readers the key
// is still missing, and a writer of it queues.
void TableStore::lock(Subject& subject) {
    bool is_locked = pg::call([&] {
        KeyTable* table = subject.target.table;
        if (subject.is_there) {
            if (table->lock(subject.tid, snapshot()) == KeyTable::Written::changed)
                return false;
        } else {
            insert_placeholder(subject);
            snapshot_.renew();
            if (!subject.is_new || !table->find(subject.key, snapshot()))
                return false;
            subject.is_there = true;
        }
        subject.row = table->row();
        subject.tid = table->tid();
        snapshot_.renew();
        return true;
    });
    if (!is_locked)
        throw KeyChanged();
}

bool TableStore::keeps(const Entry& entry, CollectionId collection) {
    switch (entry.change) {
        case Entry::Change::put:
            return entry.put_type != Type::string && collection_of(entry.put_value) == collection;
        case Entry::Change::remove:
            return false;
        default:
            return entry.exists;  // else it is the collection of an expired key
    }
}

void TableStore::drop_collection(const Subject& subject) {
    pg::call([&] {
        dropped_collections::add(subject.target.keyspace.storage, *subject.collection,
                                 subject.row.type);
        snapshot_.note_write();
    });
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
    const Row* row = subject.is_there ? &subject.row : nullptr;
    bool is_written = pg::call([&] {
        KeyTable::Written result =
            apply(subject.target, subject.key, row, subject.tid, entry, snapshot());
        snapshot_.renew();
        return result == KeyTable::Written::ok;
    });
    if (is_written)
        count(subject.target, row, entry);
    return is_written;
}

bool TableStore::try_to_modify(const Place& place, Bytes name, FunctionRef<Status(Entry&)> change,
                               Status& status) {
    Subject subject;
    Entry entry;
    look_up(place, name, subject, entry);
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
    if (subject.collection && !keeps(entry, *subject.collection))
        drop_collection(subject);
    return true;
}

Status TableStore::modify(const Place& place, FunctionRef<Status(Entry&)> change) {
    std::string buffer;
    Bytes name = full_name(place.key, buffer);
    Status status;
    while (!try_to_modify(place, name, change, status)) {}
    return status;
}

int64_t TableStore::size(int database) {
    if (!prefix_.empty()) {
        int64_t count = 0;
        walk_range(database, prefix_, [&](const Row&, Bytes) { return ++count > 0; });
        return count;
    }
    return pg::call([&] {
        Keyspace keyspace = keyspace_of(database);
        check_access(database, Access::read);
        return sizes::total(keyspace);
    });
}

void TableStore::flush(int database) {
    if (prefix_.empty()) {
        pg::call([&] {
            check_access(database, Access::write);
            flush_database(database);
        });
        return;
    }
    std::vector<std::string> names;
    keys(database, {}, [&](Bytes key) { names.emplace_back(key); });
    for (const std::string& name : names)
        (void)modify(Place{database, name}, [](Entry& entry) {
            entry.remove();
            return Status();
        });
}

void TableStore::flush_all() {
    for (int database = 0; database < database_count; database++)
        flush(database);
}

void TableStore::swap(int first, int second) {
    pg::call([&] {
        check_access(first, Access::write);
        check_access(second, Access::write);
        swap_databases(first, second);
    });
}

}  // namespace store
