#include "core/packed_zset.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace core {

namespace {

constexpr size_t max_size = 255;

[[noreturn]] void raise_corrupt() {
    throw std::runtime_error("a packed sorted set is corrupt");
}

}  // namespace

PackedZSet::PackedZSet(Bytes value) : value_(value) {
    if (value.size() < header_size)
        raise_corrupt();
}

PackedZSet::Member PackedZSet::at(size_t offset) const {
    if (value_.size() - offset < member_overhead)
        raise_corrupt();
    size_t length = static_cast<unsigned char>(value_[offset]);
    size_t name = offset + member_overhead;
    if (value_.size() - name < length)
        raise_corrupt();
    double score;
    std::memcpy(&score, value_.data() + offset + 1, sizeof(score));
    if (std::isnan(score))
        raise_corrupt();
    return {{score, value_.substr(name, length)}, offset, name + length};
}

std::optional<PackedZSet::Member> PackedZSet::find(Bytes name) const {
    size_t offset = header_size;
    for (size_t i = 0; i < size(); i++) {
        Member member = at(offset);
        if (member.name == name)
            return member;
        offset = member.end;
    }
    return std::nullopt;
}

void PackedZSet::forward(FunctionRef<bool(const Member&)> visit) const {
    size_t offset = header_size;
    for (size_t i = 0; i < size(); i++) {
        Member member = at(offset);
        if (!visit(member))
            return;
        offset = member.end;
    }
}

void PackedZSet::backward(FunctionRef<bool(const Member&)> visit) const {
    std::array<size_t, max_size> offsets;
    size_t offset = header_size;
    for (size_t i = 0; i < size(); i++) {
        offsets[i] = offset;
        offset = at(offset).end;
    }
    for (size_t i = size(); i > 0; i--)
        if (!visit(at(offsets[i - 1])))
            return;
}

void PackedZSet::insert(std::string& value, const ScoredName& member) {
    PackedZSet packed(value);
    if (packed.size() == max_size || member.name.size() > max_size)
        throw std::logic_error("a packed sorted set has no room");
    size_t offset = header_size;
    packed.forward([&](const Member& other) {
        bool precedes = other < member;
        if (precedes)
            offset = other.end;
        return precedes;
    });
    char head[member_overhead];
    head[0] = static_cast<char>(member.name.size());
    std::memcpy(head + 1, &member.score, sizeof(member.score));
    value.insert(offset, member.name);
    value.insert(offset, head, sizeof(head));
    value[1]++;
}

void PackedZSet::erase(std::string& value, const Member& member) {
    value.erase(member.begin, member.end - member.begin);
    value[1]--;
}

}  // namespace core
