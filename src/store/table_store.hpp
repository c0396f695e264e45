// The store in PostgreSQL's tables. One object serves one command.
#pragma once

#include "store/key_table.hpp"
#include "store/store.hpp"
#include "store/table_elements.hpp"

namespace store {

// A value that is compressed or out of line, fetched only as far as it is asked for.
class ToastedValue final : public ValueSource {
public:
    void set(Datum value, size_t tail) {
        value_ = value;
        tail_ = tail;
        loaded_ = {};
    }
    size_t size() override;
    Bytes load() override;
    Bytes slice(size_t offset, size_t length) override;

private:
    Datum value_ = 0;
    size_t tail_ = 0;  // what of it belongs to the key's name
    Bytes loaded_;
};

class TableStore final : public Store {
public:
    // The prefix stands before every key in the tables and is removed on the way out. It must
    // outlive the store.
    explicit TableStore(Bytes prefix);
    TableStore(const TableStore&) = delete;

    // Closes what the command opened; not called after an error, which closes it too.
    void finish();

    int64_t now() override { return milliseconds(); }
    bool read(const Place& place, Entry& entry) override;
    Status modify(const Place& place, FunctionRef<Status(Entry&)> change) override;
    Status modify(std::span<const Place> places,
                  FunctionRef<Status(std::span<Entry>)> change) override;
    void keys(int database, Bytes prefix, FunctionRef<void(Bytes key)> visit) override;
    uint64_t scan(int database, uint64_t cursor, Bytes prefix, int64_t count,
                  FunctionRef<void(Bytes key, Type type)> visit) override;
    std::optional<std::string> random_key(int database) override;
    int64_t size(int database) override;
    void flush(int database) override;
    void flush_all() override;
    void swap(int first, int second) override;
    uint64_t random() override;
    void check_interrupts() override;

private:
    // A key with its table opened, as one command uses it.
    struct Target {
        KeyTable* table;  // null: a cache database on a standby, which has no rows
        Keyspace keyspace;
    };
    // The row of a key that is being changed.
    struct Subject {
        Target target;
        RowKey key;
        bool is_there = false;
        bool is_new = false;  // stands for a missing key while that is locked
        Row row;
        ItemPointerData tid;
        std::optional<CollectionId> collection;  // whose elements the row names
    };
    // One of several that are locked together.
    struct Locked;

    Target target(int database, Access access);
    Snapshot snapshot() { return snapshot_.get(); }
    TableElements& elements(const Target& target) {
        return elements_[static_cast<int>(target.keyspace.storage)];
    }
    Bytes full_name(Bytes key, std::string& buffer) const;
    // Reads a found row into an entry.
    void fill(const Row& row, ToastedValue& toasted, Entry& entry) const;
    // Leaves a row that holds nothing, for the maintenance to remove.
    KeyTable::Written empty_row(const Target& target, const RowKey& key, const Row& row,
                                ItemPointerData tid, Snapshot snapshot);
    // Notes what became of the number of keys.
    void count(const Target& target, const Row* before, const Entry& entry);
    // Writes what an entry is to become; `row` is what was found, null if nothing was.
    KeyTable::Written apply(const Target& target, const RowKey& key, const Row* row,
                            ItemPointerData tid, const Entry& entry, Snapshot snapshot);
    void look_up(const Place& place, Bytes name, Subject& subject, Entry& entry);
    // Locks the row, or puts one in the place of a missing key; throws KeyChanged if another
    // session was faster.
    void lock(Subject& subject);
    // False if another session was faster.
    bool write(Subject& subject, Entry& entry);
    // Whether a key still names a collection after its change.
    static bool keeps(const Entry& entry, CollectionId collection);
    void drop_collection(const Subject& subject);
    bool try_to_modify(const Place& place, Bytes name, FunctionRef<Status(Entry&)> change,
                       Status& status);
    void insert_placeholder(Subject& subject);
    void lock_one_of_several(Locked& locked);
    void drop_collections(std::span<Locked* const> all);
    static bool keeps_one_of_several(const Locked& locked, CollectionId collection);

    // Visits the live rows whose name begins with a prefix, in the order of bytes, until visit
    // returns false.
    void walk_range(int database, Bytes full_prefix,
                    FunctionRef<bool(const Row& row, Bytes name)> visit);
    // The same for the rows below an id, in the order of ids or against it. Expired keys are
    // visited too.
    void walk_ids(int database, int64 below, ScanDirection direction,
                  FunctionRef<bool(const Row& row, Bytes name)> visit);
    bool range_is_small(int database, Bytes full_prefix);
    uint64_t scan_by_hash(int database, uint64_t from, Bytes full_prefix, int64_t count,
                          FunctionRef<void(Bytes key, Type type)> visit);
    uint64_t scan_by_id(int database, uint64_t cursor, Bytes full_prefix, int64_t count,
                        FunctionRef<void(Bytes key, Type type)> visit);
    int64_t milliseconds() const { return now_ / 1000; }
    bool is_live(const Row& row) const {
        return row.expires_at > milliseconds() && row.type != Type::none;
    }

    Bytes prefix_;
    int64 now_;  // microseconds since 1970
    CommandSnapshot snapshot_;
    int mapped_database_ = -1;  // whose keyspace this is: one command sees one
    Keyspace mapped_keyspace_;
    KeyTable* tables_[storage_count] = {};
    TableElements elements_[storage_count] = {{Storage::durable, snapshot_},
                                              {Storage::cache, snapshot_}};
    ToastedValue toasted_;
};

}  // namespace store
