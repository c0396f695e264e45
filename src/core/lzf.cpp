#include "core/lzf.hpp"

#include "core/reader.hpp"

namespace core {

namespace {

// A control byte below this is followed by as many bytes as they are, less one; one from here on
// repeats earlier bytes.
constexpr size_t first_repetition = 32;
constexpr size_t long_repetition = 7;  // its length goes on in another byte

// No three bytes stand for more.
constexpr uint64_t max_expansion = (long_repetition + 255 + 2) / 3;

void repeat(std::string& output, size_t distance, size_t length) {
    if (distance > output.size())
        throw Damaged("a repetition of what is not there");
    for (size_t from = output.size() - distance; length > 0; from++, length--)
        output.push_back(output[from]);  // which may be one of those just repeated
}

}  // namespace

std::string decompress_lzf(Bytes compressed, uint64_t size) {
    if (size > max_string_size || size / max_expansion > compressed.size())
        throw Damaged("a compressed string cannot be so long");
    std::string output;
    output.reserve(size);
    Reader reader(compressed);
    while (!reader.done()) {
        size_t control = reader.byte();
        size_t length = 0;
        if (control < first_repetition) {
            length = control + 1;
            if (length > size - output.size())
                throw Damaged("a compressed string is too long");
            output.append(reader.take(length));
            continue;
        }
        length = control >> 5;
        if (length == long_repetition)
            length += reader.byte();
        length += 2;
        size_t distance = ((control & 31) << 8) + reader.byte() + 1;
        if (length > size - output.size())
            throw Damaged("a compressed string is too long");
        repeat(output, distance, length);
    }
    if (output.size() != size)
        throw Damaged("a compressed string is too short");
    return output;
}

}  // namespace core
