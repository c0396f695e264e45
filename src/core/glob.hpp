// Redis's patterns: * any bytes, ? any byte, [a-c] and [^a-c] a byte of a class or not of it,
// backslash the next byte itself.
#pragma once

#include <string>

#include "core/bytes.hpp"

namespace core {

// As Redis matches, oddities included: a class may lack its bracket at the pattern's end, and no
// pattern but the empty one matches the empty text.
bool glob_matches(Bytes pattern, Bytes text);

// What every text that matches begins with.
std::string literal_prefix(Bytes pattern);

}  // namespace core
