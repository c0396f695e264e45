// Numbers as Redis reads them from arguments and values, and as it writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/bytes.hpp"

namespace core {

// A signed 64-bit integer in its one canonical form: no spaces, plus sign or leading zeros.
std::optional<int64_t> parse_integer(Bytes text);
std::optional<int32_t> parse_integer32(Bytes text);

// The text of an integer, without an allocation.
class IntegerText {
public:
    IntegerText() = default;
    explicit IntegerText(int64_t value);

    Bytes bytes() const { return {digits_, length_}; }

private:
    char digits_[20];
    size_t length_ = 0;
};

// Anything strtold takes, hexadecimal and infinity included, but no space, NaN, or number too
// large or too small to be told from infinity or zero.
std::optional<long double> parse_long_double(Bytes text);

// Up to 17 digits after the point, trailing zeros cut, never with an exponent.
std::string format_long_double(long double value);

}  // namespace core
