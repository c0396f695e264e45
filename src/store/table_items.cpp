// Items of large lists, in kv.durable_item and kv.cache_item.
#include "pg/guard.hpp"
#include "store/element_walk.hpp"
#include "store/table_elements.hpp"

namespace store {

namespace {

void find_item(ElementTable* table, CollectionId collection, int64 position, ItemPointerData hint,
               Snapshot snapshot) {
    if (!table->find(collection, position, hint, snapshot, [] { return true; }))
        elog(ERROR, "item " INT64_FORMAT " of collection " INT64_FORMAT " is missing", position,
             collection);
}

}  // namespace

Bytes TableItems::at(CollectionId collection, int64_t position) {
    elements_.prepare_to_read();
    return pg::call([&] {
        ElementTable* table = elements_.table_to_read(ElementKind::item);
        find_item(table, collection, position, {}, elements_.snapshot());
        elements_.found(ElementKind::item) = table->slot()->tts_tid;
        return ColumnBytes(table->column(item_value)).bytes;
    });
}

void TableItems::insert_now(CollectionId collection, int64_t position, Bytes value) {
    pg::call([&] {
        Datum values[] = {Int64GetDatum(collection), Int64GetDatum(position), make_bytea(value)};
        elements_.table_to_write(ElementKind::item)->insert(values);
        elements_.note_write();
        pfree(DatumGetPointer(values[item_value - 1]));
    });
}

void TableItems::insert(CollectionId collection, int64_t position, Bytes value) {
    if (!elements_.defer([&] {
            return [this, collection, position, value = std::string(value)] {
                insert_now(collection, position, value);
            };
        }))
        insert_now(collection, position, value);
}

void TableItems::update_now(CollectionId collection, int64_t position, Bytes value,
                            ItemPointerData hint) {
    pg::call([&] {
        ElementTable* table = elements_.table_to_write(ElementKind::item);
        find_item(table, collection, position, hint, elements_.snapshot());
        Datum values[] = {Int64GetDatum(collection), Int64GetDatum(position), make_bytea(value)};
        table->update(table->slot()->tts_tid, values, elements_.snapshot());
        elements_.note_write();
        pfree(DatumGetPointer(values[item_value - 1]));
    });
}

void TableItems::update(CollectionId collection, int64_t position, Bytes value) {
    ItemPointerData hint = elements_.found(ElementKind::item);
    if (!elements_.defer([&] {
            return [this, collection, position, value = std::string(value), hint] {
                update_now(collection, position, value, hint);
            };
        }))
        update_now(collection, position, value, hint);
}

void TableItems::erase_now(CollectionId collection, int64_t position, ItemPointerData hint) {
    pg::call([&] {
        ElementTable* table = elements_.table_to_write(ElementKind::item);
        find_item(table, collection, position, hint, elements_.snapshot());
        table->erase_found(elements_.snapshot());
        elements_.note_write();
    });
}

void TableItems::erase(CollectionId collection, int64_t position) {
    ItemPointerData hint = elements_.found(ElementKind::item);
    if (!elements_.defer([&] {
            return [this, collection, position, hint] {
                erase_now(collection, position, hint);
            };
        }))
        erase_now(collection, position, hint);
}

void TableItems::shift(CollectionId collection, int64_t first, int64_t last, int64_t by) {
    elements_.prepare_to_write_now();
    // In an order in which no two items are ever at one position: somebody may have made an index
    // unique.
    Direction direction = by > 0 ? Direction::backward : Direction::forward;
    ElementWalk walk;
    pg::call([&] {
        walk.begin_by_number(elements_.table_to_write(ElementKind::item), collection, first, last,
                             direction, elements_.snapshot());
    });
    // The walk's snapshot does not see what it writes.
    while (pg::call([&] {
        if (!walk.next())
            return false;
        Datum values[] = {Int64GetDatum(collection),
                          Int64GetDatum(DatumGetInt64(walk.table->column(element_number)) + by),
                          walk.table->column(item_value)};
        walk.table->update(walk.table->slot()->tts_tid, values, walk.snapshot());
        elements_.note_write();
        return true;
    })) {}
    pg::call([&] { walk.end(); });
}

void TableItems::walk(CollectionId collection, int64_t first, int64_t last, Direction direction,
                      FunctionRef<bool(int64_t position, Bytes value)> visit) {
    elements_.prepare_to_read();
    ElementWalk walk;
    pg::call([&] {
        walk.begin_by_number(elements_.table_to_read(ElementKind::item), collection, first, last,
                             direction, elements_.snapshot());
    });
    for (;;) {
        int64_t position = 0;
        Bytes value;
        bool more = pg::call([&] {
            if (!walk.next())
                return false;
            position = DatumGetInt64(walk.table->column(element_number));
            value = walk.bytes(item_value);
            return true;
        });
        if (!more || !visit(position, value))
            break;
    }
    pg::call([&] { walk.end(); });
}

}  // namespace store
