// Collections of whatever type.
#pragma once

#include <string>
#include <vector>

#include "type/collection.hpp"

namespace type {

// Visits the items of a list in their order, the members of a sorted set in theirs or those of a
// set, until visit returns false; wrong_type for other types.
Status walk_values(store::Store& store, Entry& entry, FunctionRef<bool(Bytes value)> visit);

// How many elements a collection has.
int64_t count(store::Store& store, Entry& entry);

// Lets an entry become a copy of another, which must exist, with the same expiry.
void copy(store::Store& store, Entry& source, Entry& target);

// What contradicts itself in how a collection is stored, for people: nothing, if all is well, or if
// it is a string.
std::vector<std::string> problems(store::Store& store, Entry& entry);

}  // namespace type
