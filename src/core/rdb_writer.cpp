#include "core/rdb_writer.hpp"

#include <bit>
#include <cstring>

#include "core/crc64.hpp"

namespace core {

namespace {

constexpr char version[2] = {9, 0};  // least significant byte first

// The first two bits of a length tell how it goes on.
enum : unsigned char { in_6_bits = 0x00, in_14_bits = 0x40, in_32_bits = 0x80, in_64_bits = 0x81 };

void append_big_endian(std::string& target, uint64_t number, int bytes) {
    while (bytes-- > 0)
        target += static_cast<char>(number >> (8 * bytes));
}

void append_little_endian(std::string& target, uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8)
        target += static_cast<char>(number >> shift);
}

}  // namespace

void RdbWriter::length(uint64_t number) {
    if (number < 1 << 6) {
        payload_ += static_cast<char>(in_6_bits | number);
    } else if (number < 1 << 14) {
        append_big_endian(payload_, in_14_bits << 8 | number, 2);
    } else if (number <= UINT32_MAX) {
        payload_ += static_cast<char>(in_32_bits);
        append_big_endian(payload_, number, 4);
    } else {
        payload_ += static_cast<char>(in_64_bits);
        append_big_endian(payload_, number, 8);
    }
}

void RdbWriter::bytes(Bytes value) {
    length(value.size());
    payload_.append(value);
}

void RdbWriter::real(double value) {
    append_little_endian(payload_, std::bit_cast<uint64_t>(value));
}

std::string RdbWriter::finish() {
    payload_.append(version, sizeof(version));
    append_little_endian(payload_, crc64(payload_));
    return std::move(payload_);
}

}  // namespace core
