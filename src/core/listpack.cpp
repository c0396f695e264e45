#include "core/listpack.hpp"

#include <cstdint>
#include <optional>

#include "core/number.hpp"
#include "core/reader.hpp"

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

constexpr size_t header_size = 6;  // all bytes in four, the entries in two
constexpr uint8_t end_mark = 255;
constexpr uint64_t unknown_count = 65535;

// Reads an entry up to its size behind it. An integer's text goes into the buffer.
Bytes read_entry(Reader& reader, IntegerText& buffer) {
    auto integer = [&](int64_t value) {
        buffer = IntegerText(value);
        return buffer.bytes();
    };
    uint8_t first = reader.byte();
    if (first < 0x80)
        return integer(first);
    if (first < 0xc0)
        return reader.take(first & 0x3f);
    if (first < 0xe0)
        return integer(Reader::sign_extended((first & 0x1fU) << 8 | reader.byte(), 13));
    if (first < 0xf0)
        return reader.take((first & 0xfU) << 8 | reader.byte());
    switch (first) {
        case 0xf0:
            return reader.take(reader.little_endian(4));
        case 0xf1:
            return integer(reader.signed_little_endian(2));
        case 0xf2:
            return integer(reader.signed_little_endian(3));
        case 0xf3:
            return integer(reader.signed_little_endian(4));
        case 0xf4:
            return integer(reader.signed_little_endian(8));
    }
    throw Damaged("a listpack has an unknown entry");
}

}  // namespace

void walk_listpack(Bytes listpack, FunctionRef<void(Bytes value)> visit) {
    Reader reader(listpack);
    uint64_t size = reader.little_endian(4);
    uint64_t count = reader.little_endian(2);
    if (size != listpack.size() || size < header_size + 1 ||
        static_cast<uint8_t>(listpack.back()) != end_mark)
        throw Damaged("a listpack does not end where it says");
    uint64_t visited = 0;
    for (; reader.left() > 1; visited++) {
        size_t left = reader.left();
        IntegerText integer;
        Bytes value = read_entry(reader, integer);
        reader.take(back_length_size(left - reader.left()));
        visit(value);
    }
    if (reader.done() || (count != unknown_count && count != visited))
        throw Damaged("a listpack does not hold what it says");
}

size_t listpack_entry_size(Bytes value) {
    std::optional<int64_t> integer = parse_integer(value);
    size_t size = integer ? integer_size(*integer) : string_size(value.size());
    return size + back_length_size(size);
}

}  // namespace core
