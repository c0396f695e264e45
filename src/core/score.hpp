// Scores of sorted sets: 64-bit floating point numbers as Redis reads and writes them.
#pragma once

#include <optional>
#include <string>

#include "core/bytes.hpp"

namespace core {

// Anything strtod takes, infinity and hexadecimal included, but no space before it and no NaN.
std::optional<double> parse_score(Bytes text);

// The shortest text that reads back as the same number; inf, -inf, -0.
std::string format_score(double value);

}  // namespace core
