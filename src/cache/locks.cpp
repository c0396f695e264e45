#include "cache/locks.hpp"

#include "pg/version.hpp"
#include "store/catalog.hpp"

namespace cache::locks {

namespace {

constexpr uint32 stripe_count = 1024;

// A transaction that changes keys of more stripes than this locks whole tables instead, lest mass
// updates fill the table of locks.
constexpr int most_stripes = 64;

int stripes_taken = 0;  // by this transaction; those of subtransactions rolled back among them

enum Purpose : uint16 { stripe = 1, whole_table, filler, result };

// In pg_locks they are locks on objects of class kv.cache_key, which is no catalog.
LOCKTAG tag_of(Purpose purpose, uint32 object) {
    LOCKTAG tag;
    Oid cache_table = store::catalog().keys[static_cast<int>(store::Storage::cache)].table;
    SET_LOCKTAG_OBJECT(tag, MyDatabaseId, cache_table, object, purpose);
    return tag;
}

LockAcquireResult acquire(const LOCKTAG& tag, LOCKMODE mode, bool wait) {
    return LockAcquire(&tag, mode, false, !wait);
}

bool try_to_acquire(const LOCKTAG& tag, LOCKMODE mode) {
    return acquire(tag, mode, false) != LOCKACQUIRE_NOT_AVAIL;
}

uint32 stripe_of(uint64 key_hash) {
    return static_cast<uint32>(key_hash % stripe_count);
}

// Another part of the hash than the stripe's.
LOCKTAG filler_tag(uint64 key_hash) {
    return tag_of(filler, static_cast<uint32>(key_hash >> 32));
}

void at_transaction_end(XactEvent event, void*) {
    if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
        stripes_taken = 0;
}

}  // namespace

void lock_to_change(Oid table, uint64 key_hash) {
    if (stripes_taken >= most_stripes)
        lock_to_change_all(table);
    else if (acquire(tag_of(stripe, stripe_of(key_hash)), ShareLock, true) == LOCKACQUIRE_OK)
        stripes_taken++;
}

void lock_to_change_all(Oid table) {
    (void)acquire(tag_of(whole_table, table), ShareLock, true);
}

bool lock_to_fill(Oid table, uint64 key_hash) {
    return try_to_acquire(tag_of(whole_table, table), RowExclusiveLock) &&
           try_to_acquire(tag_of(stripe, stripe_of(key_hash)), ExclusiveLock);
}

bool lock_to_fill_result(uint64 key_hash) {
    return try_to_acquire(tag_of(result, static_cast<uint32>(key_hash >> 32)), ExclusiveLock);
}

bool try_to_be_filler(uint64 key_hash) {
    return try_to_acquire(filler_tag(key_hash), ExclusiveLock);
}

void resign_as_filler(uint64 key_hash) {
    LOCKTAG tag = filler_tag(key_hash);
    if (pg::has_lock(tag, ExclusiveLock))
        LockRelease(&tag, ExclusiveLock, false);
}

bool may_have_changed(Oid table, bool has_partitions) {
    if (!TransactionIdIsValid(GetTopTransactionIdIfAny()))
        return false;
    // Who writes to a partition locks nothing else.
    return has_partitions || pg::has_lock(table, RowExclusiveLock);
}

void install_callbacks() {
    RegisterXactCallback(at_transaction_end, nullptr);
}

}  // namespace cache::locks
