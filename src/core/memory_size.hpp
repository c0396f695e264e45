// Sizes as Redis's configuration writes them: 512, 64kb, 1gb.
#pragma once

#include <cstdint>
#include <optional>

#include "core/bytes.hpp"

namespace core {

// Digits and a unit in any case: b, k (1000), kb (1024), m, mb, g, gb.
std::optional<int64_t> parse_memory_size(Bytes text);

}  // namespace core
