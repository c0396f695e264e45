#include "core/rdb_writer.hpp"

#include <bit>
#include <utility>

#include "core/crc64.hpp"

namespace core {

namespace {

constexpr uint64_t version = 9;  // Redis 5's

void append_big_endian(std::string& output, uint64_t value, int size) {
    while (size-- > 0)
        output.push_back(static_cast<char>(value >> (8 * size)));
}

void append_little_endian(std::string& output, uint64_t value, int size) {
    for (; size > 0; size--, value >>= 8)
        output.push_back(static_cast<char>(value));
}

}  // namespace

void RdbWriter::length(uint64_t length) {
    if (length < 1 << 6) {
        append_big_endian(payload_, length, 1);
    } else if (length < 1 << 14) {
        append_big_endian(payload_, length | 1 << 14, 2);
    } else if (length <= UINT32_MAX) {
        payload_.push_back('\x80');
        append_big_endian(payload_, length, 4);
    } else {
        payload_.push_back('\x81');
        append_big_endian(payload_, length, 8);
    }
}

void RdbWriter::bytes(Bytes bytes) {
    length(bytes.size());
    payload_.append(bytes);
}

void RdbWriter::score(double score) {
    append_little_endian(payload_, std::bit_cast<uint64_t>(score), 8);
}

std::string RdbWriter::finish() && {
    append_little_endian(payload_, version, 2);
    append_little_endian(payload_, crc64(payload_), 8);
    return std::move(payload_);
}

}  // namespace core
