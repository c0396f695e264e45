#include "core/listpack.hpp"

#include <cstdint>
#include <optional>

#include "core/number.hpp"

namespace core {

namespace {

size_t integer_size(int64_t value) {
    if (value >= 0 && value <= 127)
        return 1;
    if (value >= -(1 << 12) && value < (1 << 12))
        return 2;
    if (value >= INT16_MIN && value <= INT16_MAX)
        return 3;
    if (value >= -(1 << 23) && value < (1 << 23))
        return 4;
    if (value >= INT32_MIN && value <= INT32_MAX)
        return 5;
    return 9;
}

size_t string_size(size_t length) {
    if (length < 64)
        return 1 + length;
    if (length < 4096)
        return 2 + length;
    return 5 + length;
}

// An entry ends with its size, seven bits to a byte, to be walked over from behind.
size_t back_length_size(size_t size) {
    size_t bytes = 1;
    for (; size > 127; size >>= 7)
        bytes++;
    return bytes;
}

}  // namespace

size_t listpack_entry_size(Bytes value) {
    std::optional<int64_t> integer = parse_integer(value);
    size_t size = integer ? integer_size(*integer) : string_size(value.size());
    return size + back_length_size(size);
}

}  // namespace core
