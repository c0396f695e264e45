#include "store/table_changes.hpp"

#include "pg/spi.hpp"
#include "store/any_index.hpp"
#include "store/catalog.hpp"

extern "C" {
#include "access/transam.h"
#include "common/pg_prng.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"
}

namespace store::table_changes {

namespace {

// Columns of kv.cache_change.
enum { column_table = 1, column_transaction, column_at, column_is_folded, column_count = 4 };

// Where no maintenance worker runs, one of so many transactions folds.
constexpr uint64 notes_until_fold = 1000;

struct Noted {
    Oid table;
    SubTransactionId subtransaction;
};

std::vector<Noted> noted;  // by this transaction, or the subtransactions that it still counts

void append(Relation table, const Datum* values) {
    bool nulls[column_count] = {};
    TupleTableSlot* slot = MakeSingleTupleTableSlot(RelationGetDescr(table), &TTSOpsHeapTuple);
    ExecStoreHeapTuple(heap_form_tuple(RelationGetDescr(table), const_cast<Datum*>(values), nulls),
                       slot, true);
    table_tuple_insert(table, slot, GetCurrentCommandId(true), 0, nullptr);
    EState* executor = nullptr;
    List* indexes = RelationGetIndexList(table);
    ListCell* cell;
    foreach (cell, indexes) {
        AnyIndex index = {};
        index.open(lfirst_oid(cell), RowExclusiveLock);
        index.insert(table, slot, false, false, CurrentMemoryContext, executor);
        index.close();
    }
    list_free(indexes);
    if (executor)
        FreeExecutorState(executor);
    ExecDropSingleTupleTableSlot(slot);
}

void write(Oid changed) {
    Relation table = open_own_table(RowExclusiveLock, [](const Catalog& relations) {
        return relations.table_changes;
    });
    Datum values[column_count] = {ObjectIdGetDatum(changed),
                                  FullTransactionIdGetDatum(GetTopFullTransactionId()),
                                  TimestampTzGetDatum(GetCurrentTimestamp()), BoolGetDatum(false)};
    append(table, values);
    table_close(table, NoLock);
}

uint64 widen(TransactionId transaction, FullTransactionId next) {
    uint64 epoch = EpochFromFullTransactionId(next);
    if (transaction > XidFromFullTransactionId(next))
        epoch--;
    return epoch << 32 | transaction;
}

bool has_unseen_change(Relation table, Oid index, Oid changed, const Horizon& horizon,
                       Snapshot snapshot) {
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], column_table, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(changed));
    ScanKeyInit(&keys[1], column_transaction, BTGreaterEqualStrategyNumber, F_XID8GE,
                UInt64GetDatum(horizon.xmin));
    SysScanDesc scan = systable_beginscan(table, index, true, snapshot, 2, keys);
    bool found = false;
    while (HeapTuple tuple = found ? nullptr : systable_getnext(scan)) {
        bool is_null;
        TupleDesc row = RelationGetDescr(table);
        bool is_folded = DatumGetBool(heap_getattr(tuple, column_is_folded, row, &is_null));
        uint64 transaction = DatumGetUInt64(heap_getattr(tuple, column_transaction, row, &is_null));
        found = is_folded || !horizon.sees(transaction);
    }
    systable_endscan(scan);
    return found;
}

// In pg_locks they are locks on objects of class kv.cache_change, which is no catalog.
LOCKTAG tag_of(Oid table) {
    LOCKTAG tag;
    SET_LOCKTAG_OBJECT(tag, MyDatabaseId, catalog().table_changes, table, 0);
    return tag;
}

// Unlike the notes, a prepared transaction's locks outlive a crash.
void lock_noted() {
    for (const Noted& note : noted) {
        LOCKTAG tag = tag_of(note.table);
        (void)LockAcquire(&tag, ShareLock, false, false);
    }
}

void at_transaction_end(XactEvent event, void*) {
    if (event == XACT_EVENT_PRE_PREPARE)
        lock_noted();
    if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
        noted.clear();
}

void at_subtransaction_end(SubXactEvent event, SubTransactionId id, SubTransactionId parent,
                           void*) {
    if (event == SUBXACT_EVENT_ABORT_SUB)
        std::erase_if(noted, [id](const Noted& note) { return note.subtransaction == id; });
    else if (event == SUBXACT_EVENT_COMMIT_SUB)
        for (Noted& note : noted)
            if (note.subtransaction == id)
                note.subtransaction = parent;
}

}  // namespace

void note(Oid table) {
    if (std::any_of(noted.begin(), noted.end(),
                    [table](const Noted& note) { return note.table == table; }))
        return;
    write(table);
    noted.push_back({table, GetCurrentSubTransactionId()});
    if (!IsolationUsesXactSnapshot() &&
        pg_prng_uint64_range(&pg_global_prng_state, 1, notes_until_fold) == 1)
        fold();
}

bool has_prepared_change(std::span<const Oid> tables) {
    return std::any_of(tables.begin(), tables.end(), [](Oid table) {
        LOCKTAG tag = tag_of(table);
        if (LockAcquire(&tag, RowExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
            return true;
        LockRelease(&tag, RowExclusiveLock, false);
        return false;
    });
}

bool Horizon::sees(uint64 transaction) const {
    return transaction < xmin ||
           (transaction < xmax && std::find(open.begin(), open.end(), transaction) == open.end());
}

Horizon horizon_of(Snapshot snapshot) {
    FullTransactionId next = ReadNextFullTransactionId();
    auto* open = static_cast<uint64*>(palloc(sizeof(uint64) * (snapshot->xcnt + 1)));
    for (uint32 i = 0; i < snapshot->xcnt; i++)
        open[i] = widen(snapshot->xip[i], next);
    return {widen(snapshot->xmin, next), widen(snapshot->xmax, next), {open, snapshot->xcnt}};
}

bool changed_since(const Horizon& horizon, std::span<const Oid> tables, Snapshot snapshot) {
    Relation table = open_own_table(AccessShareLock, [](const Catalog& relations) {
        return relations.table_changes;
    });
    Oid index = catalog().table_changes_index;
    bool changed = std::any_of(tables.begin(), tables.end(), [&](Oid each) {
        return has_unseen_change(table, index, each, horizon, snapshot);
    });
    table_close(table, NoLock);
    return changed;
}

void fold() {
    pg::spi::execute(catalog().extension_owner,
                     "WITH old AS (SELECT \"table\" FROM kv.cache_change"
                     " WHERE at < clock_timestamp() - interval '1 minute' AND NOT is_folded),"
                     "chosen AS (SELECT ctid FROM kv.cache_change"
                     " WHERE at < clock_timestamp() - interval '1 minute'"
                     " AND \"table\" IN (SELECT \"table\" FROM old)"
                     " FOR UPDATE SKIP LOCKED LIMIT 10000),"
                     "gone AS (DELETE FROM kv.cache_change AS change USING chosen"
                     " WHERE change.ctid = chosen.ctid RETURNING change.\"table\", change.xid)"
                     "INSERT INTO kv.cache_change SELECT DISTINCT ON (\"table\")"
                     " \"table\", xid, clock_timestamp(), true FROM gone"
                     " ORDER BY \"table\", xid DESC");
}

void install_callbacks() {
    RegisterXactCallback(at_transaction_end, nullptr);
    RegisterSubXactCallback(at_subtransaction_end, nullptr);
}

}  // namespace store::table_changes
