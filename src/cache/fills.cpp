#include "cache/fills.hpp"

#include "cache/locks.hpp"
#include "pg/guard.hpp"
#include "pg/settings_cache.hpp"

extern "C" {
#include "access/parallel.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "utils/guc.h"
#include "utils/rls.h"
#include "utils/timestamp.h"
}

namespace cache::fills {

namespace {

// What one transaction may remember, since the locks of all are held together.
constexpr size_t most_fills = 100;
constexpr size_t most_bytes = 8 * 1024 * 1024;

struct Fill {
    store::Keyspace keyspace;
    Oid table;  // InvalidOid for a result
    std::string name;
    std::string packed;
    Version version;
    // Of a key without a row.
    std::vector<AttrNumber> columns;
    std::vector<std::string> parts;
    int64 lifetime;
};

std::vector<Fill> pending;
size_t pending_bytes = 0;

void forget() {
    pending.clear();
    pending_bytes = 0;
}

bool add(Fill fill) {
    size_t size = fill.name.size() + fill.packed.size();
    if (pending.size() >= most_fills || pending_bytes + size > most_bytes)
        return false;
    pending_bytes += size;
    pending.push_back(std::move(fill));
    return true;
}

// Whether the key still has no row. The table's owner asks: nobody else's code is in the query. Not
// if policies may hide rows from the owner, nor if settings have changed since and the parts mean
// another key by now.
bool is_absent(const Fill& fill, Snapshot snapshot) {
    Source* source = find_source(fill.table, fill.columns);
    if (!source)
        return false;
    Part parts[INDEX_MAX_KEYS];
    for (int i = 0; i < source->column_count; i++) {
        const std::string& part = fill.parts[static_cast<size_t>(i)];
        parts[i] = {part.data(), static_cast<int>(part.size()), false};
    }
    if (name_of(*source, parts) != Bytes(fill.name) ||
        check_enable_rls(source->table, source->owner, true) == RLS_ENABLED)
        return false;
    Oid role;
    int security;
    GetUserIdAndSecContext(&role, &security);
    SetUserIdAndSecContext(source->owner, security | SECURITY_RESTRICTED_OPERATION);
    bool exists = query_row(*source, parts, snapshot).exists;
    SetUserIdAndSecContext(role, security);
    return !exists;
}

bool is_still_true(const Fill& fill, Snapshot snapshot) {
    if (!OidIsValid(fill.table))
        return true;
    return OidIsValid(fill.version.table) ? is_current(fill.version, snapshot)
                                          : is_absent(fill, snapshot);
}

void write(const Fill& fill, store::KeyTable* table) {
    store::RowKey key;
    key.set(fill.keyspace, fill.name);
    bool is_locked = OidIsValid(fill.table) ? locks::lock_to_fill(fill.table, key.hash())
                                            : locks::lock_to_fill_result(key.hash());
    if (!is_locked)
        return;
    PushActiveSnapshot(GetTransactionSnapshot());
    if (is_still_true(fill, GetActiveSnapshot()))
        put_entry(table, key, fill.packed, milliseconds_now() + fill.lifetime);
    PopActiveSnapshot();
}

// May throw and raise.
void write_all() {
    store::patience::forbid_waiting();
    pg::call([] {
        store::KeyTable* table =
            store::KeyTable::open(store::Storage::cache, store::KeyTable::Use::write);
        for (const Fill& fill : pending)
            write(fill, table);
        table->close();
    });
}

// Whatever goes wrong, the user's transaction has nothing to do with it.
void write_in_subtransaction() {
    MemoryContext memory = CurrentMemoryContext;
    ResourceOwner owner = CurrentResourceOwner;
    uint32 interrupts = InterruptHoldoffCount;
    HOLD_INTERRUPTS();
    // Writers may wait for this commit, and it has nothing in it that has to be durable.
    (void)set_config_option("synchronous_commit", "off", PGC_USERSET, PGC_S_SESSION,
                            GUC_ACTION_LOCAL, true, 0, false);
    bool is_done = false;
    BeginInternalSubTransaction(nullptr);
    try {
        write_all();
        is_done = true;
    } catch (...) {}
    if (is_done)
        ReleaseCurrentSubTransaction();
    else
        RollbackAndReleaseCurrentSubTransaction();
    InterruptHoldoffCount = interrupts;
    MemoryContextSwitchTo(memory);
    CurrentResourceOwner = owner;
}

void at_transaction_end(XactEvent event, void*) {
    switch (event) {
        case XACT_EVENT_PRE_COMMIT:
            if (!pending.empty() && is_possible())
                write_in_subtransaction();
            break;
        case XACT_EVENT_COMMIT:
        case XACT_EVENT_ABORT:
        case XACT_EVENT_PREPARE:
            forget();
            break;
        default:
            break;
    }
}

Fill fill_of(const Source& source, Kind kind, Bytes name, Bytes body, int64 lifetime) {
    EntryHeader header = {source.shape, kind, {}};
    return {store::cached_rows,
            source.table,
            std::string(name),
            pack_entry(header, body),
            {},
            {},
            {},
            lifetime};
}

}  // namespace

bool is_possible() {
    return !IsolationUsesXactSnapshot() && !XactReadOnly && !RecoveryInProgress() &&
           !IsParallelWorker() && !TransactionIdIsValid(GetTopTransactionIdIfAny());
}

// Others may wait for this transaction only if it ends with the statement; and who may be waited
// for waits for nobody.
bool wait_for_other(uint64 key_hash) {
    constexpr long longest_pause = 5;  // milliseconds
    bool may_be_waited_for = !IsTransactionBlock();
    if ((may_be_waited_for && !pending.empty()) || pg::settings::cache_wait() == 0)
        return false;
    if (locks::try_to_be_filler(key_hash)) {
        if (!may_be_waited_for)
            locks::resign_as_filler(key_hash);
        return false;
    }
    TimestampTz end =
        TimestampTzPlusMilliseconds(GetCurrentTimestamp(), pg::settings::cache_wait());
    for (long pause = 1;; pause = std::min(pause + 1, longest_pause)) {
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, pause,
                        PG_WAIT_EXTENSION);
        ResetLatch(MyLatch);
        CHECK_FOR_INTERRUPTS();
        if (locks::try_to_be_filler(key_hash)) {
            if (!may_be_waited_for)
                locks::resign_as_filler(key_hash);
            return true;
        }
        if (GetCurrentTimestamp() >= end)
            return false;
    }
}

void let_others_fill(uint64 key_hash) {
    if (!IsTransactionBlock())
        locks::resign_as_filler(key_hash);
}

bool add_row(const Source& source, Bytes name, Bytes json, const Version& version, int64 lifetime) {
    Fill fill = fill_of(source, Kind::row, name, json, lifetime);
    fill.version = version;
    return add(std::move(fill));
}

bool add_absence(const Source& source, const Part* parts, Bytes name, int64 lifetime) {
    Fill fill = fill_of(source, Kind::no_row, name, {}, lifetime);
    for (int i = 0; i < source.column_count; i++) {
        fill.columns.push_back(source.columns[i].number);
        fill.parts.emplace_back(parts[i].data, static_cast<size_t>(parts[i].size));
    }
    return add(std::move(fill));
}

bool add_result(Bytes name, Bytes packed, int64 lifetime) {
    return add({store::cached_queries,
                InvalidOid,
                std::string(name),
                std::string(packed),
                {},
                {},
                {},
                lifetime});
}

void install_callbacks() {
    RegisterXactCallback(at_transaction_end, nullptr);
}

}  // namespace cache::fills
