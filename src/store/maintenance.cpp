#include "store/maintenance.hpp"

#include "pg/statistics.hpp"
#include "pg/version.hpp"
#include "store/dropped_collections.hpp"
#include "store/key_table.hpp"
#include "store/sizes.hpp"

extern "C" {
#include "storage/procarray.h"
#include "utils/timestamp.h"
}

namespace store::maintenance {

namespace {

int64 milliseconds_now() {
    constexpr int64 to_1970 =
        static_cast<int64>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
    return (GetCurrentTimestamp() + to_1970) / 1000;
}

// Deletes the version of a row unless someone else is at it, or was.
bool remove_row(Relation table, ItemPointerData tid, Snapshot snapshot) {
    TM_FailureData failure;
    return table_tuple_delete(table, &tid, GetCurrentCommandId(true), snapshot, InvalidSnapshot,
                              false, &failure, false) == TM_Ok;
}

// The same for the row of a key in the table's slot; its elements are left to a sweep.
bool remove_key(KeyTable* table, Storage storage, Snapshot snapshot) {
    Row row = table->row();
    std::optional<CollectionId> collection = collection_of(row);
    if (!remove_row(table->relation(), table->tid(), snapshot))
        return false;
    if (collection)
        dropped_collections::add(storage, *collection, row.type);
    return true;
}

// Files a key that was found refreshed, or no longer expiring, under a later time.
void file_again(KeyTable* table, const Row& row, ItemPointerData tid, int64 now,
                Snapshot snapshot) {
    NewRow next = table->copy_row();
    next.values[column_due - 1] = Int32GetDatum(due_again(row.expires_at, now));
    table->update_unless_busy(tid, next, snapshot);
}

int database_of(int32_t keyspace, Storage storage) {
    for (int number = 0; number < database_count; number++) {
        Keyspace mapped = keyspace_of(number);
        if (mapped.id == keyspace && mapped.storage == storage)
            return number;
    }
    return -1;
}

void count_removed(int32_t keyspace, Storage storage) {
    if (!is_database({keyspace, storage}))
        return;  // nobody asks how many they are
    sizes::add({keyspace, storage}, -1);
    if (int database = database_of(keyspace, storage); database >= 0)
        pg::statistics::count_expired(database, 1);
}

// What one batch works with.
struct Batch {
    Storage storage;
    KeyTable* table;
    Relation due_index;
    Snapshot snapshot;
    int64 now;
    int limit;
};

void examine(const Batch& batch, Position& position, Progress& progress) {
    Row row = batch.table->row();
    ItemPointerData tid = batch.table->tid();
    int32_t keyspace = batch.table->keyspace();
    position = {row.due, row.id};
    progress.examined++;
    if (row.expires_at > batch.now) {
        file_again(batch.table, row, tid, batch.now, batch.snapshot);
    } else if (remove_key(batch.table, batch.storage, batch.snapshot)) {
        progress.removed++;
        if (row.type != Type::none)
            count_removed(keyspace, batch.storage);
    }
}

// Examines the rows of an index range, until the batch is full.
void examine_range(const Batch& batch, ScanKeyData (&range)[2], Position& position,
                   Progress& progress) {
    IndexScanDesc scan =
        pg::begin_index_scan(batch.table->relation(), batch.due_index, batch.snapshot, 2);
    index_rescan(scan, range, 2, nullptr, 0);
    while (progress.examined < batch.limit &&
           index_getnext_slot(scan, ForwardScanDirection, batch.table->slot())) {
        CHECK_FOR_INTERRUPTS();
        examine(batch, position, progress);
    }
    index_endscan(scan);
}

}  // namespace

Progress expire(Storage storage, int limit, Position& position) {
    Progress progress;
    Batch batch;
    batch.storage = storage;
    batch.limit = limit;
    batch.now = milliseconds_now();
    batch.table = KeyTable::open(storage, KeyTable::Use::write);
    batch.due_index =
        index_open(catalog().keys[static_cast<int>(storage)].due_index, RowExclusiveLock);
    batch.snapshot = RegisterSnapshot(GetTransactionSnapshot());

    // The rest of the second at which the batch before ended, then the seconds up to now. A second
    // may hold a million keys, so the position within it matters.
    ScanKeyData range[2];
    ScanKeyInit(&range[0], 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(position.due));
    ScanKeyInit(&range[1], 2, BTGreaterStrategyNumber, F_INT8GT, Int64GetDatum(position.id));
    examine_range(batch, range, position, progress);
    ScanKeyInit(&range[0], 1, BTGreaterStrategyNumber, F_INT4GT, Int32GetDatum(position.due));
    ScanKeyInit(&range[1], 1, BTLessEqualStrategyNumber, F_INT4LE,
                Int32GetDatum(due_seconds(batch.now)));
    examine_range(batch, range, position, progress);

    progress.more = progress.examined >= limit;
    UnregisterSnapshot(batch.snapshot);
    index_close(batch.due_index, NoLock);
    batch.table->close();
    CommandCounterIncrement();
    return progress;
}

namespace {

enum { dropped_keyspace = 1, dropped_storage = 2 };

// Where the sweep of a keyspace goes on, for the reason that Position is for.
struct SweepPosition {
    int32_t keyspace = -1;
    int64 id = 0;
};
SweepPosition sweep_positions[storage_count];

// Removes up to `limit` rows of a keyspace, from the position on.
Progress remove_rows_of(KeyTable* table, Storage storage, int64 limit, SweepPosition& position,
                        Snapshot snapshot) {
    Progress progress;
    IndexScanDesc scan = table->scan_by_id(snapshot, 2);
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(position.keyspace));
    ScanKeyInit(&keys[1], 2, BTGreaterStrategyNumber, F_INT8GT, Int64GetDatum(position.id));
    index_rescan(scan, keys, 2, nullptr, 0);
    while (index_getnext_slot(scan, ForwardScanDirection, table->slot())) {
        CHECK_FOR_INTERRUPTS();
        position.id = table->row().id;
        progress.examined++;
        progress.removed += remove_key(table, storage, snapshot) ? 1 : 0;
        if (progress.examined >= limit) {
            progress.more = true;
            break;
        }
    }
    index_endscan(scan);
    return progress;
}

// Transactions that began before the keyspace was dropped may still write to it, so its entry goes
// only when none of them is left.
bool may_forget(HeapTuple entry) {
    TransactionId horizon = GetOldestNonRemovableTransactionId(nullptr);
    return TransactionIdPrecedes(HeapTupleHeaderGetXmin(entry->t_data), horizon);
}

}  // namespace

Progress sweep(Storage storage, int limit) {
    Progress progress;
    char letter = storage == Storage::cache ? 'c' : 'd';
    Relation dropped = open_own_table(RowExclusiveLock, [](const Catalog& relations) {
        return relations.dropped_keyspace;
    });
    Snapshot snapshot = RegisterSnapshot(GetTransactionSnapshot());
    TableScanDesc scan = table_beginscan(dropped, snapshot, 0, nullptr);
    KeyTable* table = nullptr;
    while (HeapTuple entry = heap_getnext(scan, ForwardScanDirection)) {
        bool is_null;
        TupleDesc row = RelationGetDescr(dropped);
        if (DatumGetChar(heap_getattr(entry, dropped_storage, row, &is_null)) != letter)
            continue;
        int32_t keyspace = DatumGetInt32(heap_getattr(entry, dropped_keyspace, row, &is_null));
        if (!table)
            table = KeyTable::open(storage, KeyTable::Use::write);
        SweepPosition& position = sweep_positions[static_cast<int>(storage)];
        if (position.keyspace != keyspace)
            position = {keyspace, 0};
        bool from_beginning = position.id == 0;
        Progress part =
            remove_rows_of(table, storage, limit - progress.examined, position, snapshot);
        progress.removed += part.removed;
        progress.examined += part.examined;
        progress.more = part.more;
        if (part.more)
            break;
        position = {};
        if (from_beginning && part.examined == 0 && may_forget(entry)) {
            sizes::forget({keyspace, storage});
            remove_row(dropped, entry->t_self, snapshot);
        }
    }
    if (table)
        table->close();
    table_endscan(scan);
    UnregisterSnapshot(snapshot);
    table_close(dropped, NoLock);
    CommandCounterIncrement();
    return progress;
}

void fold_sizes(Storage storage) {
    if (sizes::are_many(storage))
        sizes::fold(storage);
}

}  // namespace store::maintenance
