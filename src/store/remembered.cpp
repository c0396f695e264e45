#include "store/remembered.hpp"

namespace store::remembered {

namespace {

enum class State : uint8_t { there, deleted, came_back };

// Twenty bytes: many keys are written once, and should not push more useful things out of the
// processor's cache.
struct Place {
    uint32 key_hash;  // the part of it that the place's index does not tell
    Oid table;
    uint32 epoch;
    ItemPointerData tid;
    State state;
};

// A hash may stand in one of a few places, so that two rows that are written in turns do not push
// each other out.
constexpr size_t bucket_size = 4;
constexpr size_t bucket_count = 2048;
Place places[bucket_count][bucket_size];

// What was remembered in an earlier one is forgotten. A place may be read only while the table is
// locked: not after the transaction, nor after the rollback of a subtransaction.
uint32 epoch = 1;
bool is_empty = true;  // in this one: readers need not look, which would cost a line of the cache

bool is_of(const Place& place, Oid table, uint64 key_hash) {
    return place.key_hash == static_cast<uint32>(key_hash >> 32) && place.table == table &&
           place.epoch == epoch;
}

Place* find_place(Oid table, uint64 key_hash) {
    if (is_empty)
        return nullptr;
    for (Place& place : places[key_hash % bucket_count])
        if (is_of(place, table, key_hash))
            return &place;
    return nullptr;
}

// The place of the hash, or else one that holds nothing of this epoch, or else any.
Place& place_for(Oid table, uint64 key_hash) {
    if (Place* place = find_place(table, key_hash))
        return *place;
    auto& bucket = places[key_hash % bucket_count];
    for (Place& place : bucket)
        if (place.epoch != epoch)
            return place;
    static size_t next = 0;
    return bucket[next++ % bucket_size];
}

void put(Oid table, uint64 key_hash, ItemPointerData tid, State state) {
    is_empty = false;
    place_for(table, key_hash) = {static_cast<uint32>(key_hash >> 32), table, epoch, tid, state};
}

void at_transaction_end(XactEvent event, void*) {
    switch (event) {
        case XACT_EVENT_COMMIT:
        case XACT_EVENT_ABORT:
        case XACT_EVENT_PREPARE:
            forget_all();
            break;
        default:
            break;
    }
}

void at_subtransaction_end(SubXactEvent event, SubTransactionId, SubTransactionId, void*) {
    if (event == SUBXACT_EVENT_ABORT_SUB)
        forget_all();
}

}  // namespace

void set(Oid table, uint64 key_hash, ItemPointerData tid) {
    const Place* before = find_place(table, key_hash);
    bool was_deleted = before && before->state != State::there;
    put(table, key_hash, tid, was_deleted ? State::came_back : State::there);
}

bool find(Oid table, uint64 key_hash, ItemPointer tid) {
    const Place* place = find_place(table, key_hash);
    if (!place || place->state == State::deleted)
        return false;
    *tid = place->tid;
    return true;
}

void set_deleted(Oid table, uint64 key_hash) {
    put(table, key_hash, {}, State::deleted);
}

bool was_deleted(Oid table, uint64 key_hash) {
    const Place* place = find_place(table, key_hash);
    return place && place->state == State::deleted;
}

bool came_back(Oid table, uint64 key_hash) {
    const Place* place = find_place(table, key_hash);
    return place && place->state == State::came_back;
}

void forget_all() {
    epoch++;
    is_empty = true;
}

uint32 current_epoch() {
    return epoch;
}

void install_callbacks() {
    RegisterXactCallback(at_transaction_end, nullptr);
    RegisterSubXactCallback(at_subtransaction_end, nullptr);
}

}  // namespace store::remembered
