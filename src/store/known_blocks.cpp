#include "store/known_blocks.hpp"

#include <map>
#include <string>
#include <tuple>

#include "store/remembered.hpp"

namespace store::known_blocks {

namespace {

struct Begin {
    CollectionId collection;
    double score;
    std::string name;

    auto place() const { return std::tuple(collection, score, Bytes(name)); }
};

struct Precedes {
    using is_transparent = void;
    using Place = std::tuple<CollectionId, double, Bytes>;

    bool operator()(const Begin& left, const Begin& right) const {
        return left.place() < right.place();
    }
    bool operator()(const Place& left, const Begin& right) const { return left < right.place(); }
    bool operator()(const Begin& left, const Place& right) const { return left.place() < right; }
};

struct Known {
    uint32_t id;
    uint32_t node;
    uint32_t next;
    double end_score;
    std::string end_name;
};

// They live as long as the session.
constexpr size_t most_known = 16384;
constexpr size_t longest_name = 64;
std::map<Begin, Known, Precedes> known;

bool has_written = false;
uint32 written_epoch = 0;

void forget_what_may_be_undone() {
    if (has_written && written_epoch != remembered::current_epoch())
        forget_all();
}

}  // namespace

bool find(CollectionId collection, double score, Bytes name, BlockSpan& span) {
    forget_what_may_be_undone();
    auto next = known.upper_bound(std::tuple(collection, score, name));
    if (next == known.begin())
        return false;
    const auto& [begin, block] = *std::prev(next);
    if (begin.collection != collection)
        return false;
    if (block.next != no_block &&
        std::pair(score, name) >= std::pair(block.end_score, Bytes(block.end_name)))
        return false;
    span.block = {block.id, block.node, begin.score, begin.name};
    span.next = block.next;
    return true;
}

void set(CollectionId collection, const BlockSpan& span) {
    forget_what_may_be_undone();
    if (span.block.name.size() > longest_name || span.end_name.size() > longest_name)
        return;
    if (known.size() >= most_known)
        known.clear();
    known[{collection, span.block.score, std::string(span.block.name)}] = {
        span.block.id, span.block.node, span.next, span.end_score, std::string(span.end_name)};
}

void note_write() {
    forget_what_may_be_undone();
    has_written = true;
    written_epoch = remembered::current_epoch();
}

void forget_all() {
    known.clear();
    has_written = false;
}

}  // namespace store::known_blocks
