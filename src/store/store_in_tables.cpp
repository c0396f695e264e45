#include "store/store_in_tables.hpp"

#include "pg/guard.hpp"
#include "pg/statistics.hpp"
#include "store/change_hook.hpp"
#include "store/dropped_collections.hpp"
#include "store/lookahead.hpp"
#include "store/patience.hpp"
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

// Runs what changes the map of databases. A wait that is forbidden is cut short.
template <class Change>
void change_map(Change change) {
    try {
        pg::call(change);
    } catch (const pg::Error& error) {
        if (patience::may_wait() || error.data()->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
            throw;
        throw Blocked{InvalidTransactionId};
    }
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

void StoreInTables::begin(Bytes prefix) {
    prefix_ = prefix;
    now_ = microseconds_since_1970();
}

void StoreInTables::close() {
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
    mapped_database_ = -1;
}

void StoreInTables::forget_what_was_open() {
    for (TableElements& elements : elements_)
        elements.forget();
    snapshot_ = CommandSnapshot();
    std::fill(std::begin(tables_), std::end(tables_), nullptr);
    mapped_database_ = -1;
}

void StoreInTables::check_interrupts() {
    pg::call([] { CHECK_FOR_INTERRUPTS(); });
}

uint64_t StoreInTables::random() {
    return pg_prng_uint64(&pg_global_prng_state);
}

KeyTable* StoreInTables::open_table(Storage storage, KeyTable::Use use) {
    KeyTable*& table = tables_[static_cast<int>(storage)];
    if (!table)
        table = KeyTable::open(storage, use);
    else if (use == KeyTable::Use::write)
        table->prepare_to_write();
    return table;
}

StoreInTables::Target StoreInTables::target(int database, Access access) {
    check_access(database, access);
    return target(database, access == Access::write ? KeyTable::Use::write : KeyTable::Use::read);
}

StoreInTables::Target StoreInTables::target(int database, KeyTable::Use use) {
    for (;;) {
        bool is_mapped = database == mapped_database_;
        Keyspace keyspace = is_mapped ? mapped_keyspace_ : keyspace_of(database);
        if (keyspace.storage == Storage::cache && RecoveryInProgress())
            return {nullptr, keyspace};
        KeyTable* table = tables_[static_cast<int>(keyspace.storage)];
        if (table && use == KeyTable::Use::read)
            return {table, keyspace};
        table = open_table(keyspace.storage, use);
        // While we waited for the table's lock, the database may have got another keyspace.
        Keyspace now = is_mapped ? keyspace : keyspace_of(database);
        if (now.id == keyspace.id && now.storage == keyspace.storage) {
            mapped_database_ = database;
            mapped_keyspace_ = keyspace;
            lookahead::learn(database, keyspace, table->relation());
            return {table, keyspace};
        }
    }
}

Bytes StoreInTables::full_name(Bytes key, std::string& buffer) const {
    if (prefix_.empty())
        return key;
    buffer.reserve(prefix_.size() + key.size());
    buffer.assign(prefix_).append(key);
    return buffer;
}

void StoreInTables::fill(const Row& row, ToastedValue& toasted, Entry& entry) const {
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

[[gnu::always_inline]] inline void StoreInTables::find_entry(const Place& place, Entry& entry) {
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
        if (!read_changed(key, entry) && found.table->find(key, snapshot()))
            fill(found.table->row(), toasted_, entry);
    });
}

void StoreInTables::read_silently(const Place& place, Entry& entry) {
    find_entry(place, entry);
}

bool StoreInTables::read(const Place& place, Entry& entry) {
    find_entry(place, entry);
    if (entry.exists)
        pg::statistics::count_hit(place.database);
    else
        pg::statistics::count_miss(place.database);
    return entry.exists;
}

void StoreInTables::look_up(Subject& subject, ToastedValue& toasted, Entry& entry) {
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
    fill(subject.row, toasted, entry);
}

// Where removals have left enough behind, a row stays that holds nothing, for the maintenance to
// remove.
KeyTable::Written StoreInTables::remove_row(const Subject& subject) {
    KeyTable* table = subject.target.table;
    if (!table->came_back(subject.key))
        return table->remove(subject.key, subject.tid, snapshot());
    const Row& row = subject.row;
    int32_t due = row.due != 0 ? row.due : due_seconds(milliseconds());
    NewRow next = empty_row_of(subject.key, row.id, due, next_version(row.version));
    return table->update(subject.key, subject.tid, next, snapshot());
}

void StoreInTables::insert_placeholder(Subject& subject) {
    NewRow row = empty_row_of(subject.key, next_row_id(), 0, now_);
    subject.is_new = subject.target.table->insert(subject.key, row) == KeyTable::Written::ok;
}

// A missing key cannot be locked, so a row without a type takes its place: to all readers the key
// is still missing, and a writer of it queues.
void StoreInTables::lock(Subject& subject) {
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

bool StoreInTables::Outcome::keeps(CollectionId collection) const {
    switch (entry->change) {
        case Entry::Change::put:
            return entry->put_type != Type::string && collection_of(entry->put_value) == collection;
        case Entry::Change::remove:
            return false;
        default:  // an expired key keeps nothing
            return entry->exists && subject->collection == collection;
    }
}

void StoreInTables::drop_collections(std::span<const Outcome> outcomes) {
    for (const Outcome& outcome : outcomes) {
        const Subject& subject = *outcome.subject;
        if (!subject.collection)
            continue;
        Storage storage = subject.target.keyspace.storage;
        bool is_kept = std::any_of(outcomes.begin(), outcomes.end(), [&](const Outcome& other) {
            return other.subject->target.keyspace.storage == storage &&
                   other.keeps(*subject.collection);
        });
        if (is_kept)
            continue;
        pg::call([&] {
            dropped_collections::add(storage, *subject.collection, subject.row.type);
            snapshot_.note_write();
        });
    }
}

int64_t StoreInTables::size(int database) {
    settle(Access::read);
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

void StoreInTables::flush(int database) {
    settle(Access::write);
    if (prefix_.empty()) {
        change_map([&] {
            check_access(database, Access::write);
            flush_database(database);
        });
        mapped_database_ = -1;
        change_hook::database_changed(database);
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

void StoreInTables::flush_all() {
    for (int database = 0; database < database_count; database++)
        flush(database);
}

void StoreInTables::swap(int first, int second) {
    settle(Access::write);
    change_map([&] {
        check_access(first, Access::write);
        check_access(second, Access::write);
        swap_databases(first, second);
    });
    mapped_database_ = -1;
    change_hook::database_changed(first);
    change_hook::database_changed(second);
}

}  // namespace store
