#include "command/zset_source.hpp"

namespace command::zset {

namespace {

constexpr double score_in_a_set = 1;

}  // namespace

Status Source::open(store::Entry& entry) {
    is_set_ = entry.exists && entry.type == store::Type::set;
    return is_set_ ? set_.view(entry) : zset_.open(entry);
}

uint64_t Source::size() const {
    return is_set_ ? set_.size() : static_cast<uint64_t>(zset_.size());
}

std::optional<double> Source::score(Bytes name) {
    if (!is_set_)
        return zset_.score(name);
    if (!set_.contains(name))
        return std::nullopt;
    return score_in_a_set;
}

void Source::walk(type::ZSet::Visit visit) {
    if (is_set_)
        set_.walk([&](Bytes member) { return visit(member, score_in_a_set); });
    else
        zset_.range(0, zset_.size(), store::Direction::forward, visit);
}

}  // namespace command::zset
