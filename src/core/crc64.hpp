// The 64-bit checksum at the end of what Redis's DUMP gives: the polynomial of Jones, reflected,
// from zero.
#pragma once

#include <cstdint>

#include "core/bytes.hpp"

namespace core {

uint64_t crc64(Bytes bytes);

}  // namespace core
