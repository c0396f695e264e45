// Where a transaction stands at the ends of the sorted sets it pops from. Of what it erased the
// index entries stay until it ends, and each pop would have to pass all of them. Since it has
// locked the sets' keys, nobody else can put members before that place.
#pragma once

#include "store/catalog.hpp"
#include "store/elements.hpp"

namespace store::pop_edges {

// A change of a key begins. What a walk met counts only for erasures within the same change: after
// a change that wrote nothing, and so locked nothing, other sessions may put members there.
void begin_change();

// The gap to begin a walk at, that was to begin at `from`. The names in it live until the next
// call.
Gap start(Storage storage, CollectionId collection, const Gap& from, Direction direction);

// A walk that began at `from`, by a session that is about to change the set, met a member.
void note_visit(Storage storage, CollectionId collection, const Gap& from, Direction direction,
                Bytes name, double score);
void note_erase(Storage storage, CollectionId collection, Bytes name);
void note_insert(Storage storage, CollectionId collection, Bytes name, double score);

}  // namespace store::pop_edges
