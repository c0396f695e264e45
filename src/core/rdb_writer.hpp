// Writes what Redis's DUMP gives, in forms that Redis reads since version 5.
#pragma once

#include <cstdint>
#include <string>

#include "core/bytes.hpp"

namespace core {

// A string is one value. A collection is the number of its elements, and for each: an item or
// member; a field and a value; a member and a score.
class RdbWriter {
public:
    enum class Type : char { string = 0, list = 1, set = 2, hash = 4, zset = 5 };

    RdbWriter() = default;  // of nothing
    explicit RdbWriter(Type type) : payload_(1, static_cast<char>(type)) {}

    void count(uint64_t count) { length(count); }
    void bytes(Bytes bytes);
    void score(double score);

    // The payload, with version and checksum.
    std::string finish() &&;

private:
    void length(uint64_t length);

    std::string payload_;
};

}  // namespace core
