#include "cache/entry.hpp"

extern "C" {
#include "access/detoast.h"
#include "utils/timestamp.h"
}

namespace cache {

namespace {

constexpr int64 microseconds_to_1970 =
    static_cast<int64>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;

int64 microseconds_now() {
    return GetCurrentTimestamp() + microseconds_to_1970;
}

// Nothing asks for the ids of cached rows but the walks of the maintenance, which can do with two
// that are the same; and a number of the sequence would have to be written to the log.
int64 id_of(const store::RowKey& key) {
    return static_cast<int64>(key.hash() >> 1) | 1;
}

store::NewRow row_of(const store::RowKey& key, Bytes packed) {
    return store::row_of(key, id_of(key), store::Type::string, store::Encoding::plain, packed);
}

enum class Deleted { yes, changed /* by another transaction: look again */, busy };

// Deletes the row in the table's slot.
Deleted delete_found(store::KeyTable* table, Snapshot snapshot, Busy busy) {
    ItemPointerData tid = table->tid();
    TM_FailureData failure;
    TM_Result result =
        table_tuple_delete(table->relation(), &tid, GetCurrentCommandId(true), snapshot,
                           InvalidSnapshot, busy == Busy::wait, &failure, false);
    CommandCounterIncrement();
    if (result == TM_BeingModified)
        return Deleted::busy;
    return result == TM_Ok || result == TM_SelfModified ? Deleted::yes : Deleted::changed;
}

}  // namespace

int64 milliseconds_now() {
    return microseconds_now() / 1000;
}

bool find_entry(store::KeyTable* table, const store::RowKey& key, Snapshot snapshot, Entry& entry) {
    if (!table->find(key, snapshot))
        return false;
    store::Row row = table->row();
    if (row.expires_at <= milliseconds_now())
        return false;
    Bytes value;
    if (store::is_inline(row.value))
        value = store::inline_bytes(row.value);
    else
        value = store::inline_bytes(PointerGetDatum(
            detoast_attr(reinterpret_cast<struct varlena*>(DatumGetPointer(row.value)))));
    value.remove_prefix(store::tail_size(row));
    if (value.size() < sizeof(EntryHeader))
        return false;
    memcpy(&entry.header, value.data(), sizeof(EntryHeader));
    entry.body = value.substr(sizeof(EntryHeader));
    return true;
}

std::string pack_entry(const EntryHeader& header, Bytes body) {
    std::string packed(reinterpret_cast<const char*>(&header), sizeof(header));
    packed.append(body);
    return packed;
}

void put_entry(store::KeyTable* table, const store::RowKey& key, Bytes packed, int64 expires_at) {
    Snapshot snapshot = GetActiveSnapshot();
    int64 now = microseconds_now();
    store::NewRow next = row_of(key, packed);
    if (!table->find(key, snapshot)) {
        store::set_expiry(next, store::due_for(expires_at, now / 1000, 0), expires_at, now);
        (void)table->insert(key, next);
        return;
    }
    store::Row row = table->row();
    ItemPointerData tid = table->tid();
    store::set_expiry(next, store::due_for(expires_at, now / 1000, row.due), expires_at,
                      std::max(now, row.version + 1));
    if (table->update_unless_busy(tid, next, snapshot))
        CommandCounterIncrement();
}

bool remove_entry(store::KeyTable* table, const store::RowKey& key, Busy busy) {
    for (;;) {
        CHECK_FOR_INTERRUPTS();
        Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
        bool found = table->find(key, snapshot);
        Deleted deleted = found ? delete_found(table, snapshot, busy) : Deleted::busy;
        UnregisterSnapshot(snapshot);
        if (deleted != Deleted::changed)
            return deleted == Deleted::yes;
    }
}

int64 remove_entries(store::KeyTable* table, store::Keyspace keyspace, Bytes prefix, Busy busy) {
    store::RowKey first;
    first.set(keyspace, prefix);
    int64 removed = 0;
    bool again = true;
    while (again) {
        again = false;
        Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
        IndexScanDesc scan = table->scan_by_key(snapshot);
        ScanKeyData from;
        ScanKeyInit(&from, 1, BTGreaterEqualStrategyNumber, F_BYTEAGE, first.indexed());
        index_rescan(scan, &from, 1, nullptr, 0);
        while (index_getnext_slot(scan, ForwardScanDirection, table->slot())) {
            CHECK_FOR_INTERRUPTS();
            store::Row row = table->row();
            if (table->keyspace() != keyspace.id || !row.key.starts_with(prefix))
                break;
            Deleted deleted = delete_found(table, snapshot, busy);
            removed += deleted == Deleted::yes ? 1 : 0;
            again = again || deleted == Deleted::changed;
        }
        index_endscan(scan);
        UnregisterSnapshot(snapshot);
    }
    return removed;
}

}  // namespace cache
