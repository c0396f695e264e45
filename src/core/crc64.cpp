#include "core/crc64.hpp"

#include <array>

namespace core {

namespace {

constexpr uint64_t reflected_polynomial = 0x95ac9329ac4bc9b5;

constexpr std::array<uint64_t, 256> make_table() {
    std::array<uint64_t, 256> table{};
    for (size_t byte = 0; byte < table.size(); byte++) {
        uint64_t rest = byte;
        for (int bit = 0; bit < 8; bit++)
            rest = rest & 1 ? rest >> 1 ^ reflected_polynomial : rest >> 1;
        table[byte] = rest;
    }
    return table;
}

constexpr std::array<uint64_t, 256> table = make_table();

}  // namespace

uint64_t crc64(Bytes bytes) {
    uint64_t checksum = 0;
    for (char byte : bytes)
        checksum = table[(checksum ^ static_cast<unsigned char>(byte)) & 255] ^ checksum >> 8;
    return checksum;
}

}  // namespace core
