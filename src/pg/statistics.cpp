#include <atomic>

#include "pg/statistics.hpp"

#include "pg/shared_memory.hpp"
#include "pg/version.hpp"

extern "C" {
#include "storage/ipc.h"
}

namespace pg::statistics {

namespace {

// PostgreSQL databases whose numbers outlive their sessions. One more than these has the numbers
// of its present sessions only.
constexpr int total_limit = 64;

// All numbers of one session, or of all former sessions of a database.
struct Numbers {
    Oid database;  // invalid: unused
    Counters counters[database_count];
    uint64 calls[command_limit];
};

struct Area {
    Numbers totals[total_limit];
    Numbers sessions[FLEXIBLE_ARRAY_MEMBER];  // by the number of the session's PGPROC
};

Area* area = nullptr;
LWLock* lock = nullptr;  // held to add a session to the totals, and to read; not to count

Numbers own_numbers;  // as long as there are none in shared memory
Numbers* mine = &own_numbers;

// A session is the only one to write its numbers, but others read them meanwhile.
void increase(uint64& number, uint64 by) {
    std::atomic_ref<uint64> shared(number);
    shared.store(shared.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

uint64 value_of(uint64& number) {
    return std::atomic_ref<uint64>(number).load(std::memory_order_relaxed);
}

// Calls a function with each pair of corresponding numbers.
template <class Function>
void for_each_pair(Numbers& left, Numbers& right, Function function) {
    for (int i = 0; i < database_count; i++) {
        Counters& to = left.counters[i];
        Counters& from = right.counters[i];
        function(to.commands, from.commands);
        function(to.hits, from.hits);
        function(to.misses, from.misses);
        function(to.expired, from.expired);
    }
    for (int i = 0; i < command_limit; i++)
        function(left.calls[i], right.calls[i]);
}

// The totals of a database, null if all places are taken.
Numbers* totals_of(Oid database) {
    Numbers* unused = nullptr;
    for (Numbers& totals : area->totals) {
        if (totals.database == database)
            return &totals;
        if (!OidIsValid(totals.database) && !unused)
            unused = &totals;
    }
    if (unused)
        unused->database = database;
    return unused;
}

void leave(int, Datum) {
    LWLockAcquire(lock, LW_EXCLUSIVE);
    if (Numbers* totals = totals_of(mine->database))
        for_each_pair(*totals, *mine, [](uint64& to, uint64& from) { to += from; });
    memset(mine, 0, sizeof(*mine));
    LWLockRelease(lock);
    mine = &own_numbers;
}

// Moves to shared memory with the session's first count.
void move_to_shared_memory() {
    own_numbers.database = MyDatabaseId;
    if (!area || !IsUnderPostmaster || !MyProc || pg::process_number() >= MaxBackends)
        return;
    before_shmem_exit(leave, 0);
    LWLockAcquire(lock, LW_EXCLUSIVE);
    mine = &area->sessions[pg::process_number()];
    memset(mine, 0, sizeof(*mine));
    mine->database = MyDatabaseId;
    LWLockRelease(lock);
}

Numbers& numbers() {
    if (unlikely(!OidIsValid(mine->database)))
        move_to_shared_memory();
    return *mine;
}

// Adds up one number of the database's former and present sessions.
template <class Select>
uint64 sum(Select select) {
    uint64 sum = 0;
    for (Numbers& totals : area->totals)
        if (totals.database == MyDatabaseId)
            sum += value_of(select(totals));
    for (int i = 0; i < MaxBackends; i++)
        if (area->sessions[i].database == MyDatabaseId)
            sum += value_of(select(area->sessions[i]));
    return sum;
}

Size area_size() {
    return add_size(offsetof(Area, sessions), mul_size(MaxBackends, sizeof(Numbers)));
}

void attach(void* memory, LWLock* own_lock) {
    area = static_cast<Area*>(memory);
    lock = own_lock;
}

}  // namespace

void count_command(int id, int database) {
    Numbers& mine = numbers();
    increase(mine.calls[id], 1);
    increase(mine.counters[database].commands, 1);
}

void count_hit(int database) {
    increase(numbers().counters[database].hits, 1);
}

void count_miss(int database) {
    increase(numbers().counters[database].misses, 1);
}

void count_expired(int database, uint64 keys) {
    increase(numbers().counters[database].expired, keys);
}

Counters read(int database) {
    if (!area)
        return own_numbers.counters[database];
    auto of = [database](Numbers& numbers) -> Counters& {
        return numbers.counters[database];
    };
    LWLockAcquire(lock, LW_SHARED);
    Counters counters = {
        sum([of](Numbers& numbers) -> uint64& { return of(numbers).commands; }),
        sum([of](Numbers& numbers) -> uint64& { return of(numbers).hits; }),
        sum([of](Numbers& numbers) -> uint64& { return of(numbers).misses; }),
        sum([of](Numbers& numbers) -> uint64& { return of(numbers).expired; }),
    };
    LWLockRelease(lock);
    return counters;
}

uint64 calls_of_command(int id) {
    if (!area)
        return own_numbers.calls[id];
    LWLockAcquire(lock, LW_SHARED);
    uint64 calls = sum([id](Numbers& numbers) -> uint64& { return numbers.calls[id]; });
    LWLockRelease(lock);
    return calls;
}

bool are_shared() {
    return area != nullptr;
}

void forget_database(Oid database) {
    if (!area)
        return;
    LWLockAcquire(lock, LW_EXCLUSIVE);
    for (Numbers& totals : area->totals)
        if (totals.database == database)
            memset(&totals, 0, sizeof(totals));
    LWLockRelease(lock);
}

void install() {
    shared_memory::reserve({area_size, attach});
}

}  // namespace pg::statistics
