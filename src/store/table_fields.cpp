// Fields of large hashes and members of large sets, in kv.durable_field and kv.cache_field.
#include "pg/guard.hpp"
#include "store/element_walk.hpp"
#include "store/page_walk.hpp"
#include "store/plain_row.hpp"
#include "store/table_elements.hpp"

namespace store {

namespace {

bool find_field(ElementTable* table, CollectionId collection, Bytes name, ItemPointerData hint,
                Snapshot snapshot) {
    return table->find(collection, hash_of_name(collection, name), hint, snapshot,
                       [&] { return equals(table->column(field_name), name); });
}

void find_to_write(ElementTable* table, CollectionId collection, Bytes name, ItemPointerData hint,
                   Snapshot snapshot) {
    if (!find_field(table, collection, name, hint, snapshot))
        elog(ERROR, "a field of collection " INT64_FORMAT " is missing", collection);
}

bool visit_any(PageWalk& walk, ElementTable* table, HeapTuple row,
               FunctionRef<bool(Bytes name, Bytes value)> visit) {
    std::optional<ColumnBytes> name;
    std::optional<ColumnBytes> value;
    pg::call([&] {
        walk.show(row);
        name.emplace(table->column(field_name));
        value.emplace(table->column(field_value));
    });
    if (!visit(name->bytes, value->bytes))
        return false;
    pg::call([&] {
        name->free();
        value->free();
    });
    return true;
}

}  // namespace

std::optional<Bytes> TableFields::find(CollectionId collection, Bytes name) {
    elements_.prepare_to_read();
    return pg::call([&]() -> std::optional<Bytes> {
        ElementTable* table = elements_.table_to_read(ElementKind::field);
        if (!find_field(table, collection, name, {}, elements_.snapshot()))
            return std::nullopt;
        elements_.found(ElementKind::field) = table->slot()->tts_tid;
        return ColumnBytes(table->column(field_value)).bytes;
    });
}

void TableFields::insert_now(CollectionId collection, Bytes name, Bytes value) {
    pg::call([&] {
        Datum values[] = {Int64GetDatum(collection), Int64GetDatum(hash_of_name(collection, name)),
                          make_bytea(name), make_bytea(value)};
        elements_.table_to_write(ElementKind::field)->insert(values);
        elements_.note_write();
        pfree(DatumGetPointer(values[field_name - 1]));
        pfree(DatumGetPointer(values[field_value - 1]));
    });
}

void TableFields::insert(CollectionId collection, Bytes name, Bytes value) {
    if (!elements_.defer([&] {
            return [this, collection, name = std::string(name), value = std::string(value)] {
                insert_now(collection, name, value);
            };
        }))
        insert_now(collection, name, value);
}

void TableFields::update_now(CollectionId collection, Bytes name, Bytes value,
                             ItemPointerData hint) {
    pg::call([&] {
        ElementTable* table = elements_.table_to_write(ElementKind::field);
        find_to_write(table, collection, name, hint, elements_.snapshot());
        Datum values[] = {Int64GetDatum(collection), table->column(element_number),
                          table->column(field_name), make_bytea(value)};
        table->update(table->slot()->tts_tid, values, elements_.snapshot());
        elements_.note_write();
        pfree(DatumGetPointer(values[field_value - 1]));
    });
}

void TableFields::update(CollectionId collection, Bytes name, Bytes value) {
    ItemPointerData hint = elements_.found(ElementKind::field);
    if (!elements_.defer([&] {
            return [this, collection, name = std::string(name), value = std::string(value), hint] {
                update_now(collection, name, value, hint);
            };
        }))
        update_now(collection, name, value, hint);
}

void TableFields::erase_now(CollectionId collection, Bytes name, ItemPointerData hint) {
    pg::call([&] {
        ElementTable* table = elements_.table_to_write(ElementKind::field);
        find_to_write(table, collection, name, hint, elements_.snapshot());
        table->erase_found(elements_.snapshot());
        elements_.note_write();
    });
}

void TableFields::erase(CollectionId collection, Bytes name) {
    ItemPointerData hint = elements_.found(ElementKind::field);
    if (!elements_.defer([&] {
            return [this, collection, name = std::string(name), hint] {
                erase_now(collection, name, hint);
            };
        }))
        erase_now(collection, name, hint);
}

void TableFields::walk(CollectionId collection, uint64_t first, uint64_t last,
                       FunctionRef<bool(uint64_t hash, Bytes name, Bytes value)> visit) {
    elements_.prepare_to_read();
    ElementWalk walk;
    pg::call([&] {
        walk.begin_by_number(elements_.table_to_read(ElementKind::field), collection,
                             static_cast<int64>(first), static_cast<int64>(last),
                             Direction::forward, elements_.snapshot());
    });
    for (;;) {
        uint64_t hash = 0;
        Bytes name;
        Bytes value;
        bool more = pg::call([&] {
            if (!walk.next())
                return false;
            hash = static_cast<uint64_t>(DatumGetInt64(walk.table->column(element_number)));
            name = walk.bytes(field_name);
            value = walk.bytes(field_value);
            return true;
        });
        if (!more || !visit(hash, name, value))
            break;
    }
    pg::call([&] { walk.end(); });
}

void TableFields::walk_all(CollectionId collection,
                           FunctionRef<bool(Bytes name, Bytes value)> visit) {
    elements_.prepare_to_read();
    PageWalk walk;
    ElementTable* table = nullptr;
    pg::call([&] {
        table = elements_.table_to_read(ElementKind::field);
        walk.begin(table, collection, elements_.snapshot());
    });
    bool more = true;
    while (more && pg::call([&] { return walk.next_page(); }))
        while (HeapTuple row = more ? walk.next() : nullptr) {
            PlainRow<2> plain(row);
            more = plain.is_plain() ? visit(plain.first(), plain.second())
                                    : visit_any(walk, table, row, visit);
        }
    pg::call([&] { walk.end(); });
}

uint64_t TableFields::slots(CollectionId collection) {
    elements_.prepare_to_read();
    return pg::call([&] { return elements_.table_to_read(ElementKind::field)->slots(collection); });
}

bool TableFields::pick(CollectionId collection, const Slot& slot,
                       FunctionRef<void(Bytes name, Bytes value)> take) {
    elements_.prepare_to_read();
    std::optional<ColumnBytes> name;
    std::optional<ColumnBytes> value;
    std::optional<bool> found = pg::call([&] {
        ElementTable* table = elements_.table_to_read(ElementKind::field);
        std::optional<bool> found = table->find_in_slot(collection, slot, elements_.snapshot());
        if (found && *found) {
            name.emplace(table->column(field_name));
            value.emplace(table->column(field_value));
        }
        return found;
    });
    if (!found)
        return Fields::pick(collection, slot, take);
    if (*found)
        take(name->bytes, value->bytes);
    return *found;
}

}  // namespace store
