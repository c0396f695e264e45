// Members of large sorted sets, in kv.durable_member and kv.cache_member.
#include "pg/guard.hpp"
#include "store/ordered_row.hpp"
#include "store/pop_edges.hpp"
#include "store/table_elements.hpp"

namespace store {

namespace {

constexpr int member_columns = ordered_rest;

bool find_member(ElementTable* table, CollectionId collection, Bytes name, ItemPointerData hint,
                 Snapshot snapshot) {
    return table->find(collection, hash_of_name(collection, name), hint, snapshot,
                       [&] { return has_name(table, name); });
}

void find_to_write(ElementTable* table, CollectionId collection, Bytes name, ItemPointerData hint,
                   Snapshot snapshot) {
    if (!find_member(table, collection, name, hint, snapshot))
        elog(ERROR, "a member of collection " INT64_FORMAT " is missing", collection);
}

}  // namespace

std::optional<double> TableMembers::find(CollectionId collection, Bytes name) {
    elements_.prepare_to_read();
    return pg::call([&]() -> std::optional<double> {
        ElementTable* table = elements_.table_to_read(ElementKind::member);
        if (!find_member(table, collection, name, {}, elements_.snapshot()))
            return std::nullopt;
        elements_.found(ElementKind::member) = table->slot()->tts_tid;
        return DatumGetFloat8(table->column(ordered_score));
    });
}

void TableMembers::insert_now(CollectionId collection, Bytes name, double score) {
    pg::call([&] {
        Datum values[member_columns];
        values[element_collection - 1] = Int64GetDatum(collection);
        values[element_number - 1] = Int64GetDatum(hash_of_name(collection, name));
        values[ordered_score - 1] = Float8GetDatum(score);
        set_name(values, name);
        elements_.table_to_write(ElementKind::member)->insert(values);
        elements_.note_write();
        free_name(values);
    });
    pop_edges::note_insert(elements_.storage(), collection, name, score);
}

void TableMembers::insert(CollectionId collection, Bytes name, double score) {
    if (!elements_.defer([&] {
            return [this, collection, name = std::string(name), score] {
                insert_now(collection, name, score);
            };
        }))
        insert_now(collection, name, score);
}

void TableMembers::update_now(CollectionId collection, Bytes name, double score,
                              ItemPointerData hint) {
    pg::call([&] {
        ElementTable* table = elements_.table_to_write(ElementKind::member);
        find_to_write(table, collection, name, hint, elements_.snapshot());
        Datum values[member_columns];
        for (AttrNumber column = 1; column <= member_columns; column++)
            values[column - 1] = table->column(column);
        values[ordered_score - 1] = Float8GetDatum(score);
        table->update(table->slot()->tts_tid, values, elements_.snapshot());
        elements_.note_write();
    });
    pop_edges::note_insert(elements_.storage(), collection, name, score);
}

void TableMembers::update(CollectionId collection, Bytes name, double score) {
    ItemPointerData hint = elements_.found(ElementKind::member);
    if (!elements_.defer([&] {
            return [this, collection, name = std::string(name), score, hint] {
                update_now(collection, name, score, hint);
            };
        }))
        update_now(collection, name, score, hint);
}

void TableMembers::erase_now(CollectionId collection, Bytes name, ItemPointerData hint) {
    pg::call([&] {
        ElementTable* table = elements_.table_to_write(ElementKind::member);
        find_to_write(table, collection, name, hint, elements_.snapshot());
        table->erase_found(elements_.snapshot());
        elements_.note_write();
    });
    pop_edges::note_erase(elements_.storage(), collection, name);
}

void TableMembers::erase(CollectionId collection, Bytes name) {
    ItemPointerData hint = elements_.found(ElementKind::member);
    if (!elements_.defer([&] {
            return [this, collection, name = std::string(name), hint] {
                erase_now(collection, name, hint);
            };
        }))
        erase_now(collection, name, hint);
}

void TableMembers::walk(CollectionId collection, uint64_t first, uint64_t last,
                        FunctionRef<bool(uint64_t hash, Bytes name, double score)> visit) {
    elements_.prepare_to_read();
    ElementWalk walk;
    pg::call([&] {
        walk.begin_by_number(elements_.table_to_read(ElementKind::member), collection,
                             static_cast<int64>(first), static_cast<int64>(last),
                             Direction::forward, elements_.snapshot());
    });
    WholeName whole;
    for (;;) {
        uint64_t hash = 0;
        Bytes name;
        double score = 0;
        bool more = pg::call([&] {
            if (!walk.next())
                return false;
            hash = static_cast<uint64_t>(DatumGetInt64(walk.table->column(element_number)));
            name = whole.of(walk.table);
            score = DatumGetFloat8(walk.table->column(ordered_score));
            return true;
        });
        if (!more || !visit(hash, name, score))
            break;
    }
    pg::call([&] { walk.end(); });
}

void TableMembers::range(CollectionId collection, const Gap& from, Direction direction,
                         FunctionRef<bool(Bytes name, double score)> visit) {
    elements_.prepare_to_read();
    Gap start = pop_edges::start(elements_.storage(), collection, from, direction);
    ElementWalk walk;
    pg::call([&] {
        walk.begin_by_order(elements_.table_to_read(ElementKind::member), collection, start,
                            direction, elements_.snapshot());
    });
    bool is_first = true;
    walk_in_order(walk, start, direction, [&](const OrderedRow& row) {
        if (std::exchange(is_first, false))
            elements_.found(ElementKind::member) = row.tid;
        if (elements_.is_changing())
            pop_edges::note_visit(elements_.storage(), collection, from, direction, row.name,
                                  row.score);
        return visit(row.name, row.score);
    });
    pg::call([&] { walk.end(); });
}

uint64_t TableMembers::slots(CollectionId collection) {
    elements_.prepare_to_read();
    return pg::call(
        [&] { return elements_.table_to_read(ElementKind::member)->slots(collection); });
}

bool TableMembers::pick(CollectionId collection, const Slot& slot,
                        FunctionRef<void(Bytes name, double score)> take) {
    elements_.prepare_to_read();
    WholeName whole;
    Bytes name;
    double score = 0;
    std::optional<bool> found = pg::call([&] {
        ElementTable* table = elements_.table_to_read(ElementKind::member);
        std::optional<bool> found = table->find_in_slot(collection, slot, elements_.snapshot());
        if (found && *found) {
            name = whole.of(table);
            score = DatumGetFloat8(table->column(ordered_score));
        }
        return found;
    });
    if (!found)
        return Members::pick(collection, slot, take);
    if (*found)
        take(name, score);
    return *found;
}

}  // namespace store
