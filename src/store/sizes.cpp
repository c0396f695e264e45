#include "store/sizes.hpp"

#include "pg/guard.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "common/pg_prng.h"
}

namespace store::sizes {

namespace {

// Columns of kv.durable_size and kv.cache_size.
enum { column_keyspace = 1, column_keys = 2, column_count = 2 };

// Where no maintenance worker runs, one of so many transactions that append a row folds.
constexpr uint64 transactions_until_fold = 1000;

// Fewer than this are not worth a fold: there are up to as many keyspaces.
constexpr int rows_worth_folding = 200;

struct Pending {
    SubTransactionId subtransaction;
    Oid table;  // of sizes
    int32_t keyspace;
    int64 keys;

    bool concerns(Oid other_table, int32_t other_keyspace) const {
        return table == other_table && keyspace == other_keyspace;
    }
};

std::vector<Pending> pending;

Oid table_of(Storage storage) {
    return catalog().keys[static_cast<int>(storage)].size_table;
}

Relation open_size_table(Storage storage, LOCKMODE mode) {
    return open_own_table(mode, [storage](const Catalog& relations) {
        return relations.keys[static_cast<int>(storage)].size_table;
    });
}

void append(Relation table, int32_t keyspace, int64 keys) {
    Datum values[column_count] = {Int32GetDatum(keyspace), Int64GetDatum(keys)};
    bool nulls[column_count] = {};
    HeapTuple tuple = heap_form_tuple(RelationGetDescr(table), values, nulls);
    simple_heap_insert(table, tuple);
    heap_freetuple(tuple);
}

// Writes what the transaction changed, a row for each keyspace.
void write_pending() {
    for (size_t i = 0; i < pending.size(); i++) {
        const Pending& first = pending[i];
        int64 keys = 0;
        for (size_t j = i; j < pending.size(); j++)
            if (pending[j].concerns(first.table, first.keyspace))
                keys += std::exchange(pending[j].keys, 0);
        if (keys == 0)
            continue;
        // The extension may have been dropped meanwhile, or dropped and created again.
        Relation table = try_table_open(first.table, RowExclusiveLock);
        if (!table)
            continue;
        append(table, first.keyspace, keys);
        table_close(table, NoLock);
    }
    pending.clear();
}

void fold_now_and_then() {
    if (IsolationUsesXactSnapshot() || !patience::may_wait() ||
        pg_prng_uint64_range(&pg_global_prng_state, 1, transactions_until_fold) != 1)
        return;
    if (!catalog_if_there())
        return;
    for (Storage storage : {Storage::durable, Storage::cache})
        if (are_many(storage))
            fold(storage);
}

void before_transaction_end(XactEvent event, void*) {
    switch (event) {
        case XACT_EVENT_PRE_COMMIT:
        case XACT_EVENT_PRE_PREPARE:
            if (pending.empty())
                return;
            write_pending();
            if (event == XACT_EVENT_PRE_COMMIT)
                fold_now_and_then();
            break;
        case XACT_EVENT_ABORT:
            pending.clear();
            break;
        default:
            break;
    }
}

// Makes the changes of a subtransaction its parent's, one entry for each keyspace.
void hand_up(SubTransactionId id, SubTransactionId parent) {
    for (Pending& change : pending) {
        if (change.subtransaction != id)
            continue;
        auto of_parent = std::find_if(pending.begin(), pending.end(), [&](const Pending& other) {
            return other.subtransaction == parent && other.concerns(change.table, change.keyspace);
        });
        if (of_parent == pending.end())
            change.subtransaction = parent;
        else
            of_parent->keys += change.keys;
    }
    std::erase_if(pending, [id](const Pending& change) { return change.subtransaction == id; });
}

void at_subtransaction_end(SubXactEvent event, SubTransactionId id, SubTransactionId parent,
                           void*) {
    if (pending.empty())
        return;
    if (event == SUBXACT_EVENT_COMMIT_SUB) {
        hand_up(id, parent);
    } else if (event == SUBXACT_EVENT_ABORT_SUB) {
        std::erase_if(pending, [id](const Pending& change) { return change.subtransaction == id; });
    }
}

void add_pending(Oid table, int32_t keyspace, int64 keys) {
    SubTransactionId current = GetCurrentSubTransactionId();
    for (Pending& change : pending)
        if (change.subtransaction == current && change.concerns(table, keyspace)) {
            change.keys += keys;
            return;
        }
    pending.push_back({current, table, keyspace, keys});
}

struct Sum {
    int32_t keyspace;
    int64 keys;
};

// Adds up the visible rows, in a list since there are few keyspaces, and deletes them.
List* take_rows(Relation table) {
    List* sums = NIL;
    TableScanDesc scan = table_beginscan(table, GetActiveSnapshot(), 0, nullptr);
    while (HeapTuple tuple = heap_getnext(scan, ForwardScanDirection)) {
        CHECK_FOR_INTERRUPTS();
        bool is_null;
        TupleDesc row = RelationGetDescr(table);
        int32_t keyspace = DatumGetInt32(heap_getattr(tuple, column_keyspace, row, &is_null));
        int64 keys = DatumGetInt64(heap_getattr(tuple, column_keys, row, &is_null));
        TM_FailureData failure;
        if (table_tuple_delete(table, &tuple->t_self, GetCurrentCommandId(true),
                               GetActiveSnapshot(), InvalidSnapshot, false, &failure,
                               false) != TM_Ok)
            continue;
        Sum* sum = nullptr;
        ListCell* cell;
        foreach (cell, sums)
            if (static_cast<Sum*>(lfirst(cell))->keyspace == keyspace)
                sum = static_cast<Sum*>(lfirst(cell));
        if (!sum) {
            sum = static_cast<Sum*>(palloc(sizeof(Sum)));
            *sum = {keyspace, 0};
            sums = lappend(sums, sum);
        }
        sum->keys += keys;
    }
    table_endscan(scan);
    return sums;
}

}  // namespace

void add(Keyspace keyspace, int64 keys) {
    Oid table = pg::call([&] {
        Oid oid = table_of(keyspace.storage);
        patience::before_lock(oid, RowExclusiveLock);  // before the commit writes it
        return oid;
    });
    add_pending(table, keyspace.id, keys);
}

void clear(Storage storage) {
    Oid table = pg::call([&] { return table_of(storage); });
    // What the transaction added is taken back by a further entry, which goes if the truncation is
    // rolled back to a savepoint.
    std::vector<Pending> before = pending;
    for (const Pending& change : before)
        if (change.table == table)
            add_pending(table, change.keyspace, -change.keys);
    pg::call([&] {
        pg::spi::execute(catalog().extension_owner, storage == Storage::cache
                                                        ? "TRUNCATE kv.cache_size"
                                                        : "TRUNCATE kv.durable_size");
    });
}

int64 total(Keyspace keyspace) {
    int64 keys = 0;
    Oid oid = table_of(keyspace.storage);
    for (const Pending& change : pending)
        if (change.concerns(oid, keyspace.id))
            keys += change.keys;
    if (keyspace.storage == Storage::cache && RecoveryInProgress())
        return keys;
    Relation table = open_size_table(keyspace.storage, AccessShareLock);
    Snapshot snapshot = RegisterSnapshot(GetTransactionSnapshot());
    TableScanDesc scan = table_beginscan(table, snapshot, 0, nullptr);
    while (HeapTuple tuple = heap_getnext(scan, ForwardScanDirection)) {
        CHECK_FOR_INTERRUPTS();
        bool is_null;
        TupleDesc row = RelationGetDescr(table);
        if (DatumGetInt32(heap_getattr(tuple, column_keyspace, row, &is_null)) == keyspace.id)
            keys += DatumGetInt64(heap_getattr(tuple, column_keys, row, &is_null));
    }
    table_endscan(scan);
    UnregisterSnapshot(snapshot);
    table_close(table, NoLock);
    return std::max<int64>(keys, 0);
}

bool fold(Storage storage) {
    Oid oid = table_of(storage);
    if (!ConditionalLockRelationOid(oid, ShareUpdateExclusiveLock))
        return false;
    Relation table = open_size_table(storage, RowExclusiveLock);
    PushActiveSnapshot(GetTransactionSnapshot());
    List* sums = take_rows(table);
    ListCell* cell;
    foreach (cell, sums) {
        auto* sum = static_cast<Sum*>(lfirst(cell));
        if (sum->keys != 0)
            append(table, sum->keyspace, sum->keys);
    }
    list_free_deep(sums);
    PopActiveSnapshot();
    table_close(table, NoLock);
    return true;
}

void forget(Keyspace keyspace) {
    Relation table = open_size_table(keyspace.storage, RowExclusiveLock);
    Snapshot snapshot = RegisterSnapshot(GetTransactionSnapshot());
    TableScanDesc scan = table_beginscan(table, snapshot, 0, nullptr);
    while (HeapTuple tuple = heap_getnext(scan, ForwardScanDirection)) {
        bool is_null;
        TupleDesc row = RelationGetDescr(table);
        TM_FailureData failure;
        if (DatumGetInt32(heap_getattr(tuple, column_keyspace, row, &is_null)) == keyspace.id)
            (void)table_tuple_delete(table, &tuple->t_self, GetCurrentCommandId(true), snapshot,
                                     InvalidSnapshot, false, &failure, false);
    }
    table_endscan(scan);
    UnregisterSnapshot(snapshot);
    table_close(table, NoLock);
}

bool are_many(Storage storage) {
    Relation table = open_size_table(storage, AccessShareLock);
    Snapshot snapshot = RegisterSnapshot(GetTransactionSnapshot());
    TableScanDesc scan = table_beginscan(table, snapshot, 0, nullptr);
    int rows = 0;
    while (rows <= rows_worth_folding && heap_getnext(scan, ForwardScanDirection))
        rows++;
    table_endscan(scan);
    UnregisterSnapshot(snapshot);
    table_close(table, NoLock);
    return rows > rows_worth_folding;
}

void install_callbacks() {
    RegisterXactCallback(before_transaction_end, nullptr);
    RegisterSubXactCallback(at_subtransaction_end, nullptr);
}

}  // namespace store::sizes
