// LZF, which Redis compresses strings with in what DUMP gives.
#pragma once

#include <cstdint>
#include <string>

#include "core/bytes.hpp"

namespace core {

// Raises Damaged if the bytes do not decompress to exactly that size.
std::string decompress_lzf(Bytes compressed, uint64_t size);

}  // namespace core
