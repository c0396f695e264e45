// Writes what Redis's DUMP gives: the plain forms of RDB version 9, which every Redis since 5.0
// reads. rdb.hpp reads it.
#pragma once

#include <cstdint>
#include <string>

#include "core/bytes.hpp"

namespace core {

// Give the type first, for a collection then the number of its elements, and then these, a name
// before its value or score.
class RdbWriter {
public:
    enum class Type : unsigned char { string = 0, list = 1, set = 2, hash = 4, zset = 5 };

    explicit RdbWriter(Type type) : payload_(1, static_cast<char>(type)) {}

    void length(uint64_t number);
    void bytes(Bytes value);
    void real(double value);

    // The payload with its version and checksum.
    std::string finish();

private:
    std::string payload_;
};

}  // namespace core
