#include "store/dropped_collections.hpp"

#include "store/element_walk.hpp"

namespace store::dropped_collections {

namespace {

using maintenance::Progress;

enum { column_collection = 1, column_type = 2, column_count = 2 };

Relation open_dropped(Storage storage) {
    return open_own_table(RowExclusiveLock, [storage](const Catalog& relations) {
        return relations.dropped_collection[static_cast<int>(storage)];
    });
}

// Which tables hold a type's elements. The nodes behind the ranks of sorted sets are items.
std::span<const ElementKind> kinds_of(Type type) {
    static constexpr ElementKind fields[] = {ElementKind::field};
    static constexpr ElementKind items[] = {ElementKind::item};
    static constexpr ElementKind members[] = {ElementKind::member, ElementKind::block,
                                              ElementKind::item};
    switch (type) {
        case Type::list:
            return items;
        case Type::zset:
            return members;
        default:
            return fields;
    }
}

// Where the sweep of a collection goes on, so that it does not walk again over the dead entries of
// the batches before. It counts only if what was removed on the way stays removed.
struct SweepPosition {
    CollectionId collection = 0;
    ElementKind kind = ElementKind::field;
    int64 number = PG_INT64_MIN;
    bool left_some = false;  // that another session was about to remove
};
SweepPosition positions[storage_count];

void forget_positions() {
    for (SweepPosition& position : positions)
        position = {};
}

void at_transaction_end(XactEvent event, void*) {
    if (event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
        forget_positions();
}

void at_subtransaction_end(SubXactEvent event, SubTransactionId, SubTransactionId, void*) {
    if (event == SUBXACT_EVENT_ABORT_SUB)
        forget_positions();
}

// Removes up to `limit` elements of a kind, from the position on.
Progress remove_elements(Storage storage, CollectionId collection, ElementKind kind, int64 limit,
                         Snapshot snapshot) {
    SweepPosition& position = positions[static_cast<int>(storage)];
    if (position.collection != collection)
        position = {collection, kind};
    else if (position.kind != kind)
        position = {collection, kind, PG_INT64_MIN, position.left_some};
    Progress progress;
    ElementTable* table = ElementTable::open(storage, kind, ElementTable::Use::write);
    ElementWalk walk;
    walk.begin_by_number(table, collection, position.number, PG_INT64_MAX, Direction::forward,
                         snapshot);
    while (!progress.more && walk.next()) {
        position.number = DatumGetInt64(table->column(element_number));
        bool is_removed = table->erase_unless_busy(table->slot()->tts_tid, snapshot);
        progress.removed += is_removed ? 1 : 0;
        position.left_some = position.left_some || !is_removed;
        progress.more = ++progress.examined >= limit;
    }
    walk.end();
    table->close();
    return progress;
}

void add_up(Progress& sum, const Progress& part) {
    sum.removed += part.removed;
    sum.examined += part.examined;
    sum.more = part.more;
}

// Removes up to `limit` elements of a collection, and the collection's own row with the last. Where
// another session is removing some, it may yet be undone: then the next sweep looks again.
void remove_collection(Storage storage, Relation dropped, HeapTuple row, int64 limit,
                       Snapshot snapshot, Progress& progress) {
    bool is_null;
    TupleDesc columns = RelationGetDescr(dropped);
    CollectionId collection =
        DatumGetInt64(heap_getattr(row, column_collection, columns, &is_null));
    auto type = static_cast<Type>(DatumGetChar(heap_getattr(row, column_type, columns, &is_null)));
    for (ElementKind kind : kinds_of(type)) {
        add_up(progress,
               remove_elements(storage, collection, kind, limit - progress.examined, snapshot));
        if (progress.more)
            return;
    }
    SweepPosition& position = positions[static_cast<int>(storage)];
    bool left_some = position.left_some;
    position = {};
    if (left_some)
        return;
    TM_FailureData failure;
    table_tuple_delete(dropped, &row->t_self, GetCurrentCommandId(true), snapshot, InvalidSnapshot,
                       false, &failure, false);
}

}  // namespace

void add(Storage storage, CollectionId collection, Type type) {
    Datum values[column_count] = {Int64GetDatum(collection), CharGetDatum(static_cast<char>(type))};
    bool nulls[column_count] = {};
    Relation dropped = open_dropped(storage);
    HeapTuple tuple = heap_form_tuple(RelationGetDescr(dropped), values, nulls);
    simple_heap_insert(dropped, tuple);
    heap_freetuple(tuple);
    table_close(dropped, NoLock);
}

Progress sweep(Storage storage, int limit) {
    Progress progress;
    Relation dropped = open_dropped(storage);
    Snapshot snapshot = RegisterSnapshot(GetTransactionSnapshot());
    TableScanDesc scan = table_beginscan(dropped, snapshot, 0, nullptr);
    while (!progress.more) {
        HeapTuple row = heap_getnext(scan, ForwardScanDirection);
        if (!row)
            break;
        CHECK_FOR_INTERRUPTS();
        remove_collection(storage, dropped, row, limit, snapshot, progress);
        // Collections without elements that are visible count, too.
        progress.more = progress.more || ++progress.examined >= limit;
    }
    table_endscan(scan);
    UnregisterSnapshot(snapshot);
    table_close(dropped, NoLock);
    CommandCounterIncrement();
    return progress;
}

void install_callbacks() {
    RegisterXactCallback(at_transaction_end, nullptr);
    RegisterSubXactCallback(at_subtransaction_end, nullptr);
}

}  // namespace store::dropped_collections
