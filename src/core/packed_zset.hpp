// A small sorted set in one string: a byte that is its owner's, the number of members, then the
// members in order, each the length of its name in a byte, its score in eight, and its name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/bytes.hpp"
#include "core/function_ref.hpp"

namespace core {

// A member of a sorted set. The order is by score, then by the bytes of the name.
struct ScoredName {
    double score;
    Bytes name;
};

inline bool operator<(const ScoredName& left, const ScoredName& right) {
    return left.score < right.score || (left.score == right.score && left.name < right.name);
}

// A view of the string. What does not fit the string's bounds raises std::runtime_error.
class PackedZSet {
public:
    static constexpr size_t header_size = 2;
    static constexpr size_t member_overhead = 1 + sizeof(double);  // besides the name

    struct Member : ScoredName {
        size_t begin;  // where it lies in the string
        size_t end;
    };

    explicit PackedZSet(Bytes value);

    size_t size() const { return static_cast<unsigned char>(value_[1]); }
    std::optional<Member> find(Bytes name) const;

    // Visit the members in order, or against it, until visit returns false.
    void forward(FunctionRef<bool(const Member&)> visit) const;
    void backward(FunctionRef<bool(const Member&)> visit) const;

    // The name must not be there, and there must be room: 255 members, 255 bytes a name.
    static void insert(std::string& value, const ScoredName& member);
    static void erase(std::string& value, const Member& member);

private:
    Member at(size_t offset) const;

    Bytes value_;
};

}  // namespace core
