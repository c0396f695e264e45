// Reads numbers and bytes from a buffer, and never past its end.
#pragma once

#include <cstdint>
#include <stdexcept>

#include "core/bytes.hpp"

namespace core {

// What a decoder raises for bytes that cannot be what they should be.
class Damaged : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Reader {
public:
    explicit Reader(Bytes bytes) : rest_(bytes) {}

    bool done() const { return rest_.empty(); }
    size_t left() const { return rest_.size(); }

    Bytes take(uint64_t size) {
        if (size > rest_.size())
            throw Damaged("it ends too early");
        Bytes taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    uint8_t byte() { return static_cast<uint8_t>(take(1).front()); }

    uint64_t little_endian(size_t size) {
        Bytes bytes = take(size);
        uint64_t value = 0;
        for (size_t i = size; i > 0; i--)
            value = value << 8 | static_cast<uint8_t>(bytes[i - 1]);
        return value;
    }
    uint64_t big_endian(size_t size) {
        uint64_t value = 0;
        for (char byte : take(size))
            value = value << 8 | static_cast<uint8_t>(byte);
        return value;
    }
    int64_t signed_little_endian(size_t size) {
        return sign_extended(little_endian(size), 8 * size);
    }

    // The number that the lowest bits stand for.
    static int64_t sign_extended(uint64_t value, size_t bits) {
        size_t unused = 64 - bits;
        return static_cast<int64_t>(value << unused) >> unused;
    }

private:
    Bytes rest_;
};

}  // namespace core
