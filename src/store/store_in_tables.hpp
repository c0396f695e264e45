// What the stores in PostgreSQL's tables have in common: how they open tables, look keys up, lock
// rows, and walk over many keys. How they write is theirs.
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

class StoreInTables : public Store {
public:
    StoreInTables(const StoreInTables&) = delete;

    int64_t now() final { return milliseconds(); }
    bool read(const Place& place, Entry& entry) final;
    // The same, but nobody hears of it.
    void read_silently(const Place& place, Entry& entry);
    void keys(int database, Bytes prefix, FunctionRef<void(Bytes key)> visit) final;
    uint64_t scan(int database, uint64_t cursor, Bytes prefix, int64_t count,
                  FunctionRef<void(Bytes key, Type type)> visit) final;
    std::optional<std::string> random_key(int database) final;
    int64_t size(int database) final;
    void flush(int database) final;
    void flush_all() final;
    void swap(int first, int second) final;
    uint64_t random() final;
    void check_interrupts() final;

protected:
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

    StoreInTables() = default;
    ~StoreInTables() = default;

    // Takes the time for the command that begins, whose keys all begin with the prefix.
    void begin(Bytes prefix);
    // Closes what the command opened; not called after an error, which closes it too.
    void close();
    // After an error: whatever was open is so no more. Calls nothing of PostgreSQL's.
    void forget_what_was_open();

    // Called before more than a few keys are read in the tables, or written there.
    virtual void settle(Access) {}
    // Fills the entry of a key that is not as the tables say. Called within pg::call.
    virtual bool read_changed(const RowKey&, Entry&) { return false; }

    Bytes full_name(Bytes key, std::string& buffer) const;
    int64_t milliseconds() const { return now_ / 1000; }
    bool is_live(const Row& row) const {
        return row.expires_at > milliseconds() && row.type != Type::none;
    }
    // A key's next version, after `before`, which is 0 for a new one.
    int64 next_version(int64 before) const { return std::max(now_, before + 1); }
    Snapshot snapshot() { return snapshot_.get(); }
    TableElements& elements(const Target& target) {
        return elements_[static_cast<int>(target.keyspace.storage)];
    }

    // These call PostgreSQL, and are to be called within pg::call.

    Target target(int database, Access access);
    // The same without a look at the rights.
    Target target(int database, KeyTable::Use use);
    KeyTable* open_table(Storage storage, KeyTable::Use use);
    // Reads a found row into an entry.
    void fill(const Row& row, ToastedValue& toasted, Entry& entry) const;
    // Finds the newest version of the row.
    void look_up(Subject& subject, ToastedValue& toasted, Entry& entry);
    KeyTable::Written remove_row(const Subject& subject);

    // These are to be called outside of it.

    // Locks the row, or puts one in the place of a missing key; throws KeyChanged if another
    // session was faster.
    void lock(Subject& subject);
    // What one command makes of a key.
    struct Outcome {
        const Subject* subject;
        const Entry* entry;

        // Whether the key still names a collection.
        bool keeps(CollectionId collection) const;
    };
    // Drops what none of a command's keys names any more: a collection may have gone from one of
    // them to another.
    void drop_collections(std::span<const Outcome> outcomes);

    Bytes prefix_;
    int64 now_ = 0;  // microseconds since 1970
    CommandSnapshot snapshot_;
    TableElements elements_[storage_count] = {{Storage::durable, snapshot_},
                                              {Storage::cache, snapshot_}};
    ToastedValue toasted_;

private:
    void find_entry(const Place& place, Entry& entry);
    void insert_placeholder(Subject& subject);

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

    int mapped_database_ = -1;  // whose keyspace this is: one command sees one
    Keyspace mapped_keyspace_;
    KeyTable* tables_[storage_count] = {};
};

}  // namespace store
