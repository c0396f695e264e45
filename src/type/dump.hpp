// What DUMP gives of a value of any type, in Redis's own format.
#pragma once

#include <string>

#include "store/store.hpp"

namespace type {

// Of an entry that was read from the store, and exists.
std::string dump(store::Store& store, store::Entry& entry);

}  // namespace type
