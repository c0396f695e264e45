// Redis's form of small collections. How large a collection would be in it decides what OBJECT
// ENCODING answers; what DUMP gives contains it.
#pragma once

#include <cstddef>

#include "core/bytes.hpp"
#include "core/function_ref.hpp"

namespace core {

constexpr size_t empty_listpack_size = 7;

size_t listpack_entry_size(Bytes value);

// Visits the entries of a listpack; raises Damaged for what is none.
void walk_listpack(Bytes listpack, FunctionRef<void(Bytes value)> visit);

}  // namespace core
