#include <atomic>

#include "outbox/place.hpp"

#include "pg/shared_memory.hpp"

namespace outbox {

LWLock* place_lock = nullptr;

namespace {

constexpr int place_limit = 64;  // databases

Place* places = nullptr;
Place* own = nullptr;  // once found: a place is its database's as long as that has sessions

Size size() {
    return sizeof(Place) * place_limit;
}

void attach(void* memory, LWLock* lock) {
    places = static_cast<Place*>(memory);
    place_lock = lock;
}

Place* find(Oid database) {
    for (int i = 0; i < place_limit; i++)
        if (std::atomic_ref<Oid>(places[i].database).load(std::memory_order_acquire) == database)
            return &places[i];
    return nullptr;
}

}  // namespace

Place* place() {
    if (!own && places && OidIsValid(MyDatabaseId))
        own = find(MyDatabaseId);
    return own;
}

Place* claim_place() {
    if (!places || place())
        return own;
    LWLockAcquire(place_lock, LW_EXCLUSIVE);
    own = find(MyDatabaseId);
    if (!own && (own = find(InvalidOid)))
        std::atomic_ref<Oid>(own->database).store(MyDatabaseId, std::memory_order_release);
    LWLockRelease(place_lock);
    return own;
}

void take_place() {
    if (!claim_place())
        return;
    std::atomic_ref<TimestampTz>(own->first_commit).store(0);
    std::atomic_ref<Latch*>(own->relay).store(MyLatch);
}

void leave_place() {
    if (!own)
        return;
    std::atomic_ref<Latch*>(own->relay).store(nullptr);
    LWLockAcquire(place_lock, LW_EXCLUSIVE);
    for (TargetFigures& figures : own->targets)
        figures.state[0] = figures.problem[0] = '\0';
    LWLockRelease(place_lock);
}

void forget_database(Oid database) {
    if (!places)
        return;
    LWLockAcquire(place_lock, LW_EXCLUSIVE);
    if (Place* unused = find(database))
        memset(unused, 0, sizeof(*unused));
    LWLockRelease(place_lock);
}

void install_place() {
    pg::shared_memory::reserve({size, attach});
}

}  // namespace outbox
