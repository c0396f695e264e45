// A key table and its indexes, through PostgreSQL's table and index access methods. Everything
// here calls PostgreSQL, may raise, and is trivially destructible, so that it can be used within
// pg::call.
#pragma once

#include "pg/version.hpp"
#include "store/any_index.hpp"
#include "store/open_table.hpp"
#include "store/row.hpp"

namespace store {

// What shall stand in a row. The columns are those of Column, less one.
struct NewRow {
    Datum values[column_count];
};

// A key's row, but for its expiry and version; these.
NewRow row_of(const RowKey& key, int64 id, Type type, Encoding encoding, Bytes value);
void set_expiry(NewRow& row, int32_t due, int64 expires_at, int64 version);
// A row that stands for a missing key.
NewRow empty_row_of(const RowKey& key, int64 id, int32_t due, int64 version);

class KeyTable : public OpenTable {
public:
    // The table of a storage class, open until close() or, where the caller runs within a
    // statement, until the end of that.
    static KeyTable* open(Storage storage, Use use);
    // Drops what an operation holds on to, such as buffer pins, and closes unless kept.
    void close();

    // Finds the version of a key's row that a snapshot sees; row() then tells of it.
    bool find(const RowKey& key, Snapshot snapshot);
    Row row() const { return Row::of(slot_); }
    int32_t keyspace() const { return DatumGetInt32(slot_->tts_values[column_keyspace - 1]); }
    ItemPointerData tid() const { return slot_->tts_tid; }
    // The columns of the row that was found.
    NewRow copy_row() const;

    // The outcome of a write; `changed`: another session was faster, look again. These throw
    // Blocked where waiting is forbidden.
    enum class Written { ok, changed };
    Written insert(const RowKey& key, NewRow& row);
    Written update(const RowKey& key, ItemPointerData tid, NewRow& row, Snapshot snapshot);
    Written remove(const RowKey& key, ItemPointerData tid, Snapshot snapshot);
    // True if this transaction removed the key's row before and the row came back: each removal
    // leaves dead index entries that the transaction's own lookups have to pass.
    bool came_back(const RowKey& key) const;
    // An update that waits for nobody; false if another session is at the row, or was.
    bool update_unless_busy(ItemPointerData tid, NewRow& row, Snapshot snapshot);
    // Locks the version and reads it again.
    Written lock(ItemPointerData tid, Snapshot snapshot);

    // Begins a scan of the index on the key or on (keyspace, id); the caller ends it.
    IndexScanDesc scan_by_key(Snapshot snapshot);
    IndexScanDesc scan_by_id(Snapshot snapshot, int key_count);

    // Called by pg::statement.
    static void release_kept(bool after_error);

private:
    friend class OpenTable;

    // `key`: a unique index on the key: the primary key, and its twins while it is rebuilt.
    enum class Role { key, id, due, other };
    struct Index {
        AnyIndex any;
        Role role;
    };

    void open_relations(Storage storage, Use use);
    void close_relations();
    void open_indexes();
    Role role_of(Relation index) const;
    bool insert_key_entries(TupleTableSlot* slot);
    void insert_index_entries(TupleTableSlot* slot, bool is_update, bool only_summarizing,
                              bool keys_are_done);
    bool find_remembered(const RowKey& key, Snapshot snapshot);
    bool find_at_place(const RowKey& key, Snapshot snapshot);
    bool find_by_index(const RowKey& key, Snapshot snapshot);
    bool fetch(ItemPointerData root, Snapshot snapshot, bool* all_dead);
    IndexScanDesc scan();
    Relation primary();
    bool wait_for_conflict(const RowKey& key);
    TM_Result try_update(ItemPointerData tid, NewRow& row, Snapshot snapshot, bool wait,
                         pg::IndexUpdate* indexes);
    bool matches(const RowKey& key) const;
    Written outcome(TM_Result result) const;

    Storage storage_;
    // Opened once they are asked for.
    Relation primary_;
    Relation id_index_;
    IndexScanDesc scan_;
    Index* indexes_;
    int index_count_;
    Oid due_index_;
};

}  // namespace store
