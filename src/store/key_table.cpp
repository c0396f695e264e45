#include "store/key_table.hpp"

#include "pg/version.hpp"
#include "store/fetch.hpp"
#include "store/places.hpp"
#include "store/remembered.hpp"

namespace store {

namespace {

// Kept from call to call within a statement; see pg/statement.hpp.
KeyTable kept_tables[storage_count];

// The equality condition on the key, with its operator looked up once.
ScanKeyData* equality_key() {
    static ScanKeyData key;
    static bool ready = false;
    if (!ready) {
        MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
        ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_BYTEAEQ, 0);
        MemoryContextSwitchTo(before);
        ready = true;
    }
    return &key;
}

[[noreturn]] void raise_serialization_failure() {
    ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                    errmsg("could not serialize access due to concurrent update")));
    pg_unreachable();
}

}  // namespace

NewRow row_of(const RowKey& key, int64 id, Type type, Encoding encoding, Bytes value) {
    NewRow row;
    row.values[column_id - 1] = Int64GetDatum(id);
    row.values[column_keyspace - 1] = Int32GetDatum(key.keyspace().id);
    row.values[column_type - 1] = CharGetDatum(static_cast<char>(type));
    row.values[column_encoding - 1] = CharGetDatum(static_cast<char>(encoding));
    row.values[column_key - 1] = key.indexed();
    row.values[column_value - 1] = make_row_value(key, value);
    return row;
}

void set_expiry(NewRow& row, int32_t due, int64 expires_at, int64 version) {
    row.values[column_due - 1] = Int32GetDatum(due);
    row.values[column_expires_at - 1] = Int64GetDatum(expires_at);
    row.values[column_version - 1] = Int64GetDatum(version);
}

NewRow empty_row_of(const RowKey& key, int64 id, int32_t due, int64 version) {
    NewRow row = row_of(key, id, Type::none, Encoding::plain, {});
    set_expiry(row, due, 0, version);
    return row;
}

KeyTable* KeyTable::open(Storage storage, Use use) {
    return OpenTable::open(&kept_tables[static_cast<int>(storage)], use,
                           [&](KeyTable* table) { table->open_relations(storage, use); });
}

void KeyTable::open_relations(Storage storage, Use use) {
    storage_ = storage;
    begin(open_own_table(mode_of(use),
                         [storage](const Catalog& relations) {
                             return relations.keys[static_cast<int>(storage)].table;
                         }),
          use);
    due_index_ = catalog().keys[static_cast<int>(storage)].due_index;
}

void KeyTable::close_relations() {
    if (scan_)
        index_endscan(scan_);
    for (int i = 0; i < index_count_; i++)
        indexes_[i].any.close();
    if (id_index_)
        index_close(id_index_, NoLock);
    if (primary_)
        index_close(primary_, NoLock);
    end();
}

void KeyTable::close() {
    if (!stays_open())
        close_relations();
}

void KeyTable::release_kept(bool after_error) {
    for (KeyTable& table : kept_tables)
        release(table, after_error);
}

bool KeyTable::matches(const RowKey& key) const {
    slot_getsomeattrs(slot_, column_key);
    return inline_bytes(slot_->tts_values[column_key - 1]) == key.indexed_bytes();
}

// The index leads to the oldest version of a row that this transaction wrote again and again, and
// a walk from there would make the writes of one key quadratic.
bool KeyTable::find_remembered(const RowKey& key, Snapshot snapshot) {
    ItemPointerData tid;
    if (!remembered::find(RelationGetRelid(table_), key.hash(), &tid))
        return false;
    // Any visible row with the key is the key's row.
    return table_tuple_fetch_row_version(table_, &tid, snapshot, slot_) && matches(key);
}

bool KeyTable::fetch(ItemPointerData root, Snapshot snapshot, bool* all_dead) {
    return fetch_row(table_, root, snapshot, locked_for_write_, slot_, all_dead);
}

bool KeyTable::find_at_place(const RowKey& key, Snapshot snapshot) {
    ItemPointerData root;
    return places::find(table_, key.hash(), &root) && has_block(table_, root) &&
           fetch(root, snapshot, nullptr) && matches(key);
}

bool KeyTable::find_by_index(const RowKey& key, Snapshot snapshot) {
    IndexScanDesc index = scan();
    MemoryContext before = MemoryContextSwitchTo(memory_);
    ScanKeyData* condition = equality_key();
    condition->sk_argument = key.indexed();
    index->xs_snapshot = snapshot;
    index_rescan(index, condition, 1, nullptr, 0);
    bool found = false;
    while (!found && index_getnext_tid(index, ForwardScanDirection)) {
        ItemPointerData root = index->xs_heaptid;
        bool all_dead = false;
        found = fetch(root, snapshot, &all_dead);
        if (found)
            places::set(table_, key.hash(), root);
        // The index marks the entry, and the next comer passes over it.
        index->kill_prior_tuple = all_dead && !index->xactStartedInRecovery;
    }
    MemoryContextSwitchTo(before);
    return found;
}

bool KeyTable::find(const RowKey& key, Snapshot snapshot) {
    patience::count_visit();
    return find_remembered(key, snapshot) || find_at_place(key, snapshot) ||
           find_by_index(key, snapshot);
}

NewRow KeyTable::copy_row() const {
    NewRow row;
    slot_getsomeattrs(slot_, column_count);
    memcpy(row.values, slot_->tts_values, sizeof(row.values));
    return row;
}

KeyTable::Written KeyTable::insert(const RowKey& key, NewRow& row) {
    fill(row.values);
    if (index_count_ == 0)
        open_indexes();

    TransactionId transaction = GetCurrentTransactionId();
    uint32 token = SpeculativeInsertionLockAcquire(transaction);
    table_tuple_insert_speculative(table_, write_slot_, GetCurrentCommandId(true), 0, nullptr,
                                   token);
    bool is_unique = insert_key_entries(write_slot_);
    table_tuple_complete_speculative(table_, write_slot_, token, is_unique);
    SpeculativeInsertionLockRelease(transaction);
    if (!is_unique) {
        CHECK_FOR_INTERRUPTS();
        if (!wait_for_conflict(key) && IsolationUsesXactSnapshot())
            raise_serialization_failure();
        return Written::changed;
    }
    insert_index_entries(write_slot_, false, false, true);
    places::set(table_, key.hash(), write_slot_->tts_tid);
    remembered::set(RelationGetRelid(table_), key.hash(), write_slot_->tts_tid);
    CommandCounterIncrement();
    return Written::ok;
}

// Waits for the transaction that is about to insert or remove the same key. False if there is none.
bool KeyTable::wait_for_conflict(const RowKey& key) {
    SnapshotData dirty;
    InitDirtySnapshot(dirty);
    MemoryContext before = MemoryContextSwitchTo(memory_);
    IndexScanDesc index = scan();
    ScanKeyData* condition = equality_key();
    condition->sk_argument = key.indexed();
    index->xs_snapshot = &dirty;
    index_rescan(index, condition, 1, nullptr, 0);
    TransactionId other = InvalidTransactionId;
    bool is_insertion = false;
    while (!TransactionIdIsValid(other) && index_getnext_slot(index, ForwardScanDirection, slot_)) {
        is_insertion = TransactionIdIsValid(dirty.xmin);
        other = is_insertion ? dirty.xmin : dirty.xmax;
    }
    ItemPointerData tid = slot_->tts_tid;
    ExecClearTuple(slot_);
    index_rescan(index, condition, 1, nullptr, 0);  // gives back the pins before the wait
    MemoryContextSwitchTo(before);
    if (!TransactionIdIsValid(other))
        return false;
    patience::before_wait_for(other);
    if (is_insertion && dirty.speculativeToken)
        SpeculativeInsertionWait(other, dirty.speculativeToken);
    else
        XactLockTableWait(other, table_, &tid, XLTW_InsertIndex);
    return true;
}

KeyTable::Written KeyTable::outcome(TM_Result result) const {
    switch (result) {
        case TM_Ok:
            return Written::ok;
        case TM_Updated:
        case TM_Deleted:
            if (IsolationUsesXactSnapshot())
                raise_serialization_failure();
            return Written::changed;
        default:
            elog(ERROR, "unexpected state %d of a key's row", static_cast<int>(result));
            pg_unreachable();
    }
}

TM_Result KeyTable::try_update(ItemPointerData tid, NewRow& row, Snapshot snapshot, bool wait,
                               pg::IndexUpdate* indexes) {
    fill(row.values);
    TM_FailureData failure;
    TM_Result result =
        pg::update_tuple(table_, &tid, write_slot_, snapshot, wait, &failure, indexes);
    if (result == TM_Ok && *indexes != pg::IndexUpdate::none) {
        if (index_count_ == 0)
            open_indexes();
        insert_index_entries(write_slot_, true, *indexes == pg::IndexUpdate::summarizing, false);
    }
    return result;
}

KeyTable::Written KeyTable::update(const RowKey& key, ItemPointerData tid, NewRow& row,
                                   Snapshot snapshot) {
    pg::IndexUpdate indexes;
    TM_Result result =
        attempt(tid, [&](bool wait) { return try_update(tid, row, snapshot, wait, &indexes); });
    if (outcome(result) == Written::changed)
        return Written::changed;
    if (indexes == pg::IndexUpdate::all)
        places::set(table_, key.hash(), write_slot_->tts_tid);
    remembered::set(RelationGetRelid(table_), key.hash(), write_slot_->tts_tid);
    CommandCounterIncrement();
    return Written::ok;
}

bool KeyTable::update_unless_busy(ItemPointerData tid, NewRow& row, Snapshot snapshot) {
    pg::IndexUpdate indexes;
    return try_update(tid, row, snapshot, false, &indexes) == TM_Ok;
}

KeyTable::Written KeyTable::remove(const RowKey& key, ItemPointerData tid, Snapshot snapshot) {
    TM_Result result = attempt(tid, [&](bool wait) {
        TM_FailureData failure;
        return table_tuple_delete(table_, &tid, GetCurrentCommandId(true), snapshot,
                                  InvalidSnapshot, wait, &failure, false);
    });
    if (outcome(result) == Written::changed)
        return Written::changed;
    remembered::set_deleted(RelationGetRelid(table_), key.hash());
    CommandCounterIncrement();
    return Written::ok;
}

bool KeyTable::came_back(const RowKey& key) const {
    return remembered::came_back(RelationGetRelid(table_), key.hash());
}

KeyTable::Written KeyTable::lock(ItemPointerData tid, Snapshot snapshot) {
    TM_Result result = attempt(tid, [&](bool wait) {
        TM_FailureData failure;
        ItemPointerData version = tid;
        return table_tuple_lock(table_, &version, snapshot, slot_, GetCurrentCommandId(true),
                                LockTupleExclusive, wait ? LockWaitBlock : LockWaitSkip, 0,
                                &failure);
    });
    return outcome(result);
}

}  // namespace store
