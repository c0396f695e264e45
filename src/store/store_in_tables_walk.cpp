// Walks over many keys: KEYS, SCAN, RANDOMKEY.
#include "pg/guard.hpp"
#include "store/patience.hpp"
#include "store/store_in_tables.hpp"

extern "C" {
#include "common/hashfn.h"
#include "common/pg_prng.h"
}

namespace store {

namespace {

// A range of so few keys is walked by SCAN as a whole for each call, in the order of a hash.
constexpr int small_range = 1000;

// Marks the cursors of such walks; the rest of the cursor is the hash to go on from. Others are
// ids of rows. Both fit a positive bigint.
constexpr uint64_t hash_cursor = uint64_t{1} << 62;

// Redis draws again when it met an expired key; so do we, where ids are missing too.
constexpr int random_draws = 64;

uint64_t hash_of(Bytes name) {
    return hash_bytes_extended(reinterpret_cast<const unsigned char*>(name.data()),
                               static_cast<int>(name.size()), 0) &
           (hash_cursor - 1);
}

// A scan in a table of the command, with a snapshot of its own since it may take long.
struct Walk {
    IndexScanDesc scan;
    Snapshot snapshot;
    ScanKeyData keys[2];
};

}  // namespace

void StoreInTables::walk_range(int database, Bytes full_prefix,
                               FunctionRef<bool(const Row& row, Bytes name)> visit) {
    KeyTable* table = nullptr;
    RowKey from;
    Walk walk;
    pg::call([&] {
        Target found = target(database, Access::read);
        table = found.table;
        if (!table)
            return;
        from.set(found.keyspace, full_prefix.substr(0, longest_indexed_name));
        walk.snapshot = RegisterSnapshot(snapshot());
        walk.scan = table->scan_by_key(walk.snapshot);
        ScanKeyInit(&walk.keys[0], 1, BTGreaterEqualStrategyNumber, F_BYTEAGE, from.indexed());
        index_rescan(walk.scan, walk.keys, 1, nullptr, 0);
    });
    if (!table)
        return;
    for (bool more = true; more;) {
        Row row;
        Bytes name;
        bool in_range = pg::call([&] {
            CHECK_FOR_INTERRUPTS();
            patience::count_visit();
            if (!index_getnext_slot(walk.scan, ForwardScanDirection, table->slot()))
                return false;
            row = table->row();
            if (table->keyspace() != from.keyspace().id || !row.key.starts_with(from.name()))
                return false;
            name = name_of(row);
            return true;
        });
        if (!in_range)
            break;
        if (is_live(row) && name.starts_with(full_prefix))
            more = visit(row, name);
    }
    pg::call([&] {
        index_endscan(walk.scan);
        UnregisterSnapshot(walk.snapshot);
        ExecClearTuple(table->slot());
    });
}

void StoreInTables::walk_ids(int database, int64 below, ScanDirection direction,
                             FunctionRef<bool(const Row& row, Bytes name)> visit) {
    KeyTable* table = nullptr;
    Walk walk;
    pg::call([&] {
        Target found = target(database, Access::read);
        table = found.table;
        if (!table)
            return;
        walk.snapshot = RegisterSnapshot(snapshot());
        walk.scan = table->scan_by_id(walk.snapshot, 2);
        ScanKeyInit(&walk.keys[0], 1, BTEqualStrategyNumber, F_INT4EQ,
                    Int32GetDatum(found.keyspace.id));
        ScanKeyInit(&walk.keys[1], 2, BTLessStrategyNumber, F_INT8LT, Int64GetDatum(below));
        index_rescan(walk.scan, walk.keys, 2, nullptr, 0);
    });
    if (!table)
        return;
    for (bool more = true; more;) {
        Row row;
        Bytes name;
        bool found = pg::call([&] {
            CHECK_FOR_INTERRUPTS();
            patience::count_visit();
            if (!index_getnext_slot(walk.scan, direction, table->slot()))
                return false;
            row = table->row();
            name = name_of(row);
            return true;
        });
        if (!found)
            break;
        more = visit(row, name);
    }
    pg::call([&] {
        index_endscan(walk.scan);
        UnregisterSnapshot(walk.snapshot);
        ExecClearTuple(table->slot());
    });
}

void StoreInTables::keys(int database, Bytes prefix, FunctionRef<void(Bytes key)> visit) {
    settle(Access::read);
    std::string full_prefix = std::string(prefix_).append(prefix);
    walk_range(database, full_prefix, [&](const Row&, Bytes name) {
        visit(name.substr(prefix_.size()));
        return true;
    });
}

uint64_t StoreInTables::scan(int database, uint64_t cursor, Bytes prefix, int64_t count,
                             FunctionRef<void(Bytes key, Type type)> visit) {
    settle(Access::read);
    std::string full_prefix = std::string(prefix_).append(prefix);
    if (cursor & hash_cursor)
        return scan_by_hash(database, cursor & (hash_cursor - 1), full_prefix, count, visit);
    if (cursor == 0 && !full_prefix.empty() && range_is_small(database, full_prefix))
        return scan_by_hash(database, 0, full_prefix, count, visit);
    return scan_by_id(database, cursor, full_prefix, count, visit);
}

bool StoreInTables::range_is_small(int database, Bytes full_prefix) {
    int keys = 0;
    walk_range(database, full_prefix, [&](const Row&, Bytes) { return ++keys <= small_range; });
    return keys <= small_range;
}

// A key has the same hash as long as it lives, so one that is there all the time is not passed by.
// Keys with the same hash are visited together.
uint64_t StoreInTables::scan_by_hash(int database, uint64_t from, Bytes full_prefix, int64_t count,
                                     FunctionRef<void(Bytes key, Type type)> visit) {
    struct Found {
        uint64_t hash;
        std::string name;
        Type type;
    };
    std::vector<Found> found;
    auto by_hash = [](const Found& left, const Found& right) {
        return left.hash < right.hash;
    };
    walk_range(database, full_prefix, [&](const Row& row, Bytes name) {
        uint64_t hash = hash_of(name);
        if (hash >= from)
            found.push_back({hash, std::string(name), row.type});
        return true;
    });
    std::sort(found.begin(), found.end(), by_hash);
    size_t end = std::min(found.size(), static_cast<size_t>(count));
    while (end > 0 && end < found.size() && found[end].hash == found[end - 1].hash)
        end++;
    for (size_t i = 0; i < end; i++)
        visit(Bytes(found[i].name).substr(prefix_.size()), found[i].type);
    return end < found.size() ? hash_cursor | found[end].hash : 0;
}

// Downwards, so that keys that come meanwhile do not keep the walk from ending. A key keeps its
// row's id while it lives.
uint64_t StoreInTables::scan_by_id(int database, uint64_t cursor, Bytes full_prefix, int64_t count,
                                   FunctionRef<void(Bytes key, Type type)> visit) {
    int64 below = cursor == 0 || cursor > hash_cursor ? PG_INT64_MAX : static_cast<int64>(cursor);
    int64 last = 0;
    walk_ids(database, below, BackwardScanDirection, [&](const Row& row, Bytes name) {
        last = row.id;
        if (is_live(row) && name.starts_with(full_prefix))
            visit(name.substr(prefix_.size()), row.type);
        return --count > 0;
    });
    return count > 0 ? 0 : static_cast<uint64_t>(last);
}

// A draw among the ids, where each hit is as likely as any other; if they are sparse, a draw from
// the whole range.
std::optional<std::string> StoreInTables::random_key(int database) {
    settle(Access::read);
    std::optional<std::string> chosen;
    int64 lowest = 0;
    int64 highest = 0;
    walk_ids(database, PG_INT64_MAX, ForwardScanDirection, [&](const Row& row, Bytes) {
        lowest = row.id;
        return false;
    });
    walk_ids(database, PG_INT64_MAX, BackwardScanDirection, [&](const Row& row, Bytes) {
        highest = row.id;
        return false;
    });
    for (int draw = 0; highest > 0 && draw < random_draws && !chosen; draw++) {
        auto id = static_cast<int64>(pg_prng_uint64_range(
            &pg_global_prng_state, static_cast<uint64>(lowest), static_cast<uint64>(highest)));
        walk_ids(database, id + 1, BackwardScanDirection, [&](const Row& row, Bytes name) {
            if (row.id == id && is_live(row) && name.starts_with(prefix_))
                chosen = std::string(name.substr(prefix_.size()));
            return false;
        });
    }
    if (chosen || highest == 0)
        return chosen;
    uint64 seen = 0;
    walk_range(database, prefix_, [&](const Row&, Bytes name) {
        if (pg_prng_uint64_range(&pg_global_prng_state, 0, seen++) == 0)
            chosen = std::string(name.substr(prefix_.size()));
        return true;
    });
    return chosen;
}

}  // namespace store
