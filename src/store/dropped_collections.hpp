// Collections that no key names any more, and whose elements wait for the maintenance to remove
// them. Their ids are never used again, so nobody sees them.
#pragma once

#include "store/catalog.hpp"
#include "store/maintenance.hpp"
#include "store/store.hpp"

namespace store::dropped_collections {

// Calls PostgreSQL, and may raise.
void add(Storage storage, CollectionId collection, Type type);

// Removes up to `limit` elements.
maintenance::Progress sweep(Storage storage, int limit);

void install_callbacks();

}  // namespace store::dropped_collections
