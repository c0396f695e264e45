#include "store/remembered.hpp"

#include "pg/version.hpp"

namespace store::remembered {

namespace {

// Twenty bytes: many keys are written once, and should not push more useful things out of the
// processor's cache.
struct Place {
    uint32 key_hash;  // the part of it that the place's index does not tell
    Oid table;
    LocalTransactionId transaction;  // a place may be read only while the table is locked, so not
                                     // after the transaction
    ItemPointerData tid;
};

constexpr size_t place_count = 8192;
Place places[place_count];

Place& place_of(uint64 key_hash) {
    return places[key_hash % place_count];
}

uint32 rest_of(uint64 key_hash) {
    return static_cast<uint32>(key_hash >> 32);
}

}  // namespace

void set(Oid table, uint64 key_hash, ItemPointerData tid) {
    place_of(key_hash) = {rest_of(key_hash), table, pg::local_transaction_id(), tid};
}

bool find(Oid table, uint64 key_hash, ItemPointer tid) {
    const Place& place = place_of(key_hash);
    if (place.key_hash != rest_of(key_hash) || place.table != table ||
        place.transaction != pg::local_transaction_id())
        return false;
    *tid = place.tid;
    return true;
}

void forget(Oid table, uint64 key_hash) {
    Place& place = place_of(key_hash);
    if (place.key_hash == rest_of(key_hash) && place.table == table)
        place.transaction = InvalidLocalTransactionId;
}

void forget_all() {
    for (Place& place : places)
        place.transaction = InvalidLocalTransactionId;
}

}  // namespace store::remembered
