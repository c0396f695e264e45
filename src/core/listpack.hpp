// How large a collection would be in Redis's listpack, which decides what OBJECT ENCODING answers.
#pragma once

#include <cstddef>

#include "core/bytes.hpp"

namespace core {

constexpr size_t empty_listpack_size = 7;

size_t listpack_entry_size(Bytes value);

}  // namespace core
