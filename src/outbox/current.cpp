#include <atomic>

#include "outbox/current.hpp"

#include "outbox/place.hpp"
#include "outbox/relations.hpp"

namespace outbox {

Oid current_table() {
    const Relations& ours = relations();
    if (Place* shared = place())
        return ours.tables[std::atomic_ref<int32>(shared->current).load(std::memory_order_relaxed)];
    // Where nobody can give the hint, the file does.
    Relation first = table_open(ours.tables[0], RowExclusiveLock);
    bool is_full = RelationGetNumberOfBlocks(first) > largest_table;
    table_close(first, NoLock);
    return relations().tables[is_full ? 1 : 0];
}

}  // namespace outbox
