// The blocks behind the ranks of sorted sets, in kv.durable_block and kv.cache_block, and their
// nodes, which are items.
#include "pg/guard.hpp"
#include "store/ordered_row.hpp"
#include "store/table_elements.hpp"

namespace store {

namespace {

constexpr int block_columns = block_node;

void find_block(ElementTable* table, CollectionId collection, uint32_t id, Snapshot snapshot) {
    if (!table->find(collection, id, {}, snapshot, [] { return true; }))
        elog(ERROR, "block %u of collection " INT64_FORMAT " is missing", id, collection);
}

uint32_t node_of(const ElementTable* table) {
    return static_cast<uint32_t>(DatumGetInt64(table->column(block_node)));
}

}  // namespace

bool TableBlocks::find(CollectionId collection, double score, Bytes name, RankBlock& block) {
    elements_.prepare_to_read();
    Gap from = Gap::after(score, name);
    ElementWalk walk;
    pg::call([&] {
        walk.begin_by_order(elements_.table_to_read(ElementKind::block), collection, from,
                            Direction::backward, elements_.snapshot());
    });
    bool found = false;
    walk_in_order(walk, from, Direction::backward, [&](const OrderedRow& row) {
        name_ = row.name;
        block = {static_cast<uint32_t>(row.number), static_cast<uint32_t>(row.node), row.score,
                 name_};
        found = true;
        return false;
    });
    pg::call([&] { walk.end(); });
    return found;
}

void TableBlocks::at(CollectionId collection, uint32_t id, RankBlock& block) {
    elements_.prepare_to_read();
    WholeName whole;
    pg::call([&] {
        ElementTable* table = elements_.table_to_read(ElementKind::block);
        find_block(table, collection, id, elements_.snapshot());
        block = {id, node_of(table), DatumGetFloat8(table->column(ordered_score)), whole.of(table)};
    });
    name_ = block.name;
    block.name = name_;
}

void TableBlocks::insert_now(CollectionId collection, const RankBlock& block) {
    known_blocks::note_write();
    pg::call([&] {
        Datum values[block_columns];
        values[element_collection - 1] = Int64GetDatum(collection);
        values[element_number - 1] = Int64GetDatum(block.id);
        values[ordered_score - 1] = Float8GetDatum(block.score);
        set_name(values, block.name);
        values[block_node - 1] = Int64GetDatum(block.node);
        elements_.table_to_write(ElementKind::block)->insert(values);
        elements_.note_write();
        free_name(values);
    });
}

void TableBlocks::insert(CollectionId collection, const RankBlock& block) {
    if (!elements_.defer([&] {
            return [this, collection, block = RankBlock(block),
                    name = std::string(block.name)]() mutable {
                block.name = name;
                insert_now(collection, block);
            };
        }))
        insert_now(collection, block);
}

void TableBlocks::move_now(CollectionId collection, uint32_t id, uint32_t node) {
    known_blocks::note_write();
    pg::call([&] {
        ElementTable* table = elements_.table_to_write(ElementKind::block);
        find_block(table, collection, id, elements_.snapshot());
        Datum values[block_columns];
        for (AttrNumber column = 1; column < block_columns; column++)
            values[column - 1] = table->column(column);
        values[block_node - 1] = Int64GetDatum(node);
        table->update(table->slot()->tts_tid, values, elements_.snapshot());
        elements_.note_write();
    });
}

void TableBlocks::move(CollectionId collection, uint32_t id, uint32_t node) {
    if (!elements_.defer([&] {
            return [=, this] {
                move_now(collection, id, node);
            };
        }))
        move_now(collection, id, node);
}

void TableBlocks::erase_now(CollectionId collection, uint32_t id) {
    known_blocks::note_write();
    pg::call([&] {
        ElementTable* table = elements_.table_to_write(ElementKind::block);
        find_block(table, collection, id, elements_.snapshot());
        table->erase_found(elements_.snapshot());
        elements_.note_write();
    });
}

void TableBlocks::erase(CollectionId collection, uint32_t id) {
    if (!elements_.defer([&] {
            return [=, this] {
                erase_now(collection, id);
            };
        }))
        erase_now(collection, id);
}

Bytes TableBlocks::node(CollectionId collection, uint32_t node) {
    return elements_.items().at(collection, node);
}

void TableBlocks::insert_node(CollectionId collection, uint32_t node, Bytes value) {
    elements_.items().insert(collection, node, value);
}

void TableBlocks::update_node(CollectionId collection, uint32_t node, Bytes value) {
    elements_.items().update(collection, node, value);
}

void TableBlocks::erase_node(CollectionId collection, uint32_t node) {
    elements_.items().erase(collection, node);
}

}  // namespace store
