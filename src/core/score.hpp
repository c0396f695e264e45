// Scores of sorted sets: 64-bit floating point numbers as Redis reads and writes them.
#pragma once

#include <optional>
#include <string>

#include "core/bytes.hpp"

namespace core {

// Anything strtod takes, infinity and hexadecimal included, but no space before it, NaN, or number
// too large or too small to be told from infinity or zero.
std::optional<double> parse_score(Bytes text);

// A bound of a range of scores, with which Redis is less strict: space before it, a number too
// large, and nothing at all, which is 0, will do.
std::optional<double> parse_score_bound(Bytes text);

// The shortest text that reads back as the same number, in the form that Redis 7.2 gives it:
// integers up to 2^62 in full, 0.000001, 1e-7, 1e+20; inf, -inf, -0.
std::string format_score(double value);

}  // namespace core
