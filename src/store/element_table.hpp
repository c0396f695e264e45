// A table of elements, through PostgreSQL's table and index access methods. Everything here calls
// PostgreSQL, may raise, and is trivially destructible, so that it can be used within pg::call.
//
// Elements are written by whoever has locked their key's row, so nobody else is ever at them.
#pragma once

#include "store/catalog.hpp"
#include "store/elements.hpp"
#include "store/open_table.hpp"
#include "store/table_indexes.hpp"

namespace store {

// The tables begin alike, with the collection and a number by which an element is found within it:
// the hash of its name, its position, or a block's id.
enum ElementColumn : AttrNumber {
    element_collection = 1,  // bigint
    element_number = 2,      // bigint
    field_name = 3,          // bytea
    field_value = 4,         // bytea
    item_value = 3,          // bytea
    // Of members and blocks; the order is by score, name and rest.
    ordered_score = 3,  // double precision
    ordered_name = 4,   // bytea: as much of the name as an index entry may hold
    ordered_rest = 5,   // bytea: what follows
    block_node = 6,     // bigint
};

// An index entry may not be longer than about 2,700 bytes.
constexpr size_t longest_ordered_name = 1024;

// Whether a bytea column holds just these bytes.
bool equals(Datum column, Bytes bytes);

class ElementTable : public OpenTable {
public:
    // The table of a storage class, open until close() or, where the caller runs within a
    // statement, until the end of that.
    static ElementTable* open(Storage storage, ElementKind kind, Use use);
    void prepare_to_write();
    // Drops what an operation holds on to, such as buffer pins, and closes unless kept.
    void close();

    // Finds the version that a snapshot sees of a row with this collection and number for which
    // matches() is true; it is then in the slot. The hint is where it may be, or invalid.
    template <class Matches>
    bool find(CollectionId collection, int64 number, ItemPointerData hint, Snapshot snapshot,
              Matches matches) {
        patience::count_visit();
        if (fetch(hint, collection, number, snapshot) && matches())
            return true;
        if (find_remembered(collection, number, snapshot) && matches())
            return true;
        if (find_at_place(collection, number, snapshot) && matches())
            return true;
        std::optional<ItemPointerData> only = find_entry(collection, number);
        if (only && !ItemPointerIsValid(&*only))
            return false;
        if (only && find_at(*only, collection, number, snapshot) && matches()) {
            note_found(collection, number, *only);
            return true;
        }
        begin_find(collection, number, snapshot);
        while (find_next())
            if (matches()) {
                note_found(collection, number, scan_->xs_heaptid);
                return true;
            }
        return false;
    }

    Datum column(AttrNumber number) const {
        bool is_null;
        return slot_getattr(slot_, number, &is_null);
    }

    // The values of all columns.
    void insert(const Datum* values);
    void update(ItemPointerData tid, const Datum* values, Snapshot snapshot);
    // Erases the row in the slot.
    void erase_found(Snapshot snapshot);
    // A removal that waits for nobody; false if another session is at the row, or was.
    bool erase_unless_busy(ItemPointerData tid, Snapshot snapshot);

    // How many slots to divide a collection's elements into, and the element in one; nothing if
    // that takes a walk.
    uint64_t slots(CollectionId collection);
    std::optional<bool> find_in_slot(CollectionId collection, const Slot& slot, Snapshot snapshot);

    // Begins a scan of the index on (collection, number) or of that on (collection, score, name);
    // the caller ends it.
    IndexScanDesc scan_by_number(Snapshot snapshot, int key_count);
    IndexScanDesc scan_by_order(Snapshot snapshot, int key_count);

    // The index on (collection, number), if its leaves can be found again; else null.
    Relation index_with_known_leaves();

    // Called by pg::statement.
    static void release_kept(bool after_error);

private:
    friend class OpenTable;

    void open_relations(Storage storage, ElementKind kind, Use use);
    void close_relations();
    bool fetch(ItemPointerData tid, CollectionId collection, int64 number, Snapshot snapshot);
    bool holds(CollectionId collection, int64 number) const;
    bool find_remembered(CollectionId collection, int64 number, Snapshot snapshot);
    bool find_at_place(CollectionId collection, int64 number, Snapshot snapshot);
    // Where the index surely leads, and nowhere else; see leaves::find.
    std::optional<ItemPointerData> find_entry(CollectionId collection, int64 number);
    bool find_at(ItemPointerData root, CollectionId collection, int64 number, Snapshot snapshot);
    void begin_find(CollectionId collection, int64 number, Snapshot snapshot);
    bool find_next();
    void note_found(CollectionId collection, int64 number, ItemPointerData root);
    void note_written(const Datum* values, bool has_new_root, bool is_rewritten);

    TableIndexes indexes_;
    // By collection and number.
    IndexScanDesc scan_;
    Relation number_index_;
    bool has_known_leaves_;
};

}  // namespace store
