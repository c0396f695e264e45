// SHA-1, as a checksum. Nothing secret may rest on it.
#pragma once

#include <array>
#include <cstdint>

#include "core/bytes.hpp"

namespace core {

using Sha1 = std::array<uint8_t, 20>;

Sha1 sha1(Bytes bytes);

}  // namespace core
