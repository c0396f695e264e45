// The leaf pages of B-trees, reached without a descent from the root, which is most of the work of
// adding an element: the leaves that this session came by are remembered by their first entries.
//
// What is remembered is a hint. A page counts only if it is a leaf now, and the key lies between
// its first entry and its upper bound and equals neither: then no other page can have entries of
// the key. All else is left to PostgreSQL: full pages, keys that have entries already, transactions
// that are serializable. Calls PostgreSQL, and may raise.
#pragma once

#include "pg/pg.hpp"
#include "store/elements.hpp"

namespace store::leaves {

// Whether this can be done with an index: its first columns are a collection and a number.
bool suit(Relation index);

// The only entry of a key in an index that suits: where it leads, or an invalid place if there is
// none, not even a dead one. Nothing if that is not known.
std::optional<ItemPointerData> find(Relation table, Relation index, const Datum* values);

// The entry in a slot of those of a collection with numbers from first to last.
struct Slotted {
    enum class State { unknown, too_many, empty, found };
    State state;
    ItemPointerData place;
};
Slotted find_in_slot(Relation table, Relation index, int64 collection, const Slot& slot);

// Makes an entry of a key that has none. False, with nothing done, where that is not so simple.
bool insert(Relation table, Relation index, const Datum* values, const bool* nulls,
            ItemPointerData tid);

// Goes through the entries of a collection, a leaf at a time.
class Walk {
public:
    // False if it cannot be done. The index must suit, and the caller's snapshot be registered: it
    // keeps pages that a walk may be about to come to from being used again.
    bool begin(Relation table, Relation index, int64 collection);
    // The places on the next leaf, which may be none; false after the last leaf. There must be room
    // for MaxTIDsPerBTreePage.
    bool next(ItemPointerData* places, int* count);

private:
    Buffer first_leaf();
    bool take(Page page, ItemPointerData* places, int* count) const;

    Relation table_;
    Relation index_;
    int64 collection_;
    bool is_begun_;
    BlockNumber next_;
};

}  // namespace store::leaves
