#include "memory_elements.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace unit {

namespace {

// Not the hash of the tables, but as evenly distributed.
uint64_t hash_of(CollectionId collection, Bytes name) {
    uint64_t hash = 14695981039346656037U ^ static_cast<uint64_t>(collection);
    for (char byte : name)
        hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211U;
    for (int i = 0; i < 3; i++) {
        hash ^= hash >> 32;
        hash *= 0xd6e8feb86659fd93U;
    }
    return hash % store::max_hash + 1;
}

void expect(bool condition, const char* rule) {
    if (!condition)
        throw std::logic_error(rule);
}

// What a map holds of a collection, by hash.
template <class Map>
auto by_hash(const Map& map, CollectionId collection, uint64_t first, uint64_t last) {
    std::multimap<uint64_t, std::pair<std::string, typename Map::mapped_type>> found;
    for (auto at = map.lower_bound({collection, ""});
         at != map.end() && at->first.first == collection; ++at) {
        uint64_t hash = hash_of(collection, at->first.second);
        if (hash >= first && hash <= last)
            found.insert({hash, {at->first.second, at->second}});
    }
    return found;
}

}  // namespace

void MemoryElements::begin() {
    writing_ = true;
}

void MemoryElements::commit() {
    writes += undo_.size();
    undo_.clear();
    writing_ = false;
}

void MemoryElements::roll_back() {
    while (!undo_.empty()) {
        undo_.back()();
        undo_.pop_back();
    }
    spans.clear();
    writing_ = false;
}

void MemoryElements::drop(CollectionId collection) {
    auto is_of = [&](const auto& entry) {
        return entry.first.first == collection;
    };
    std::erase_if(field_values, is_of);
    std::erase_if(item_values, is_of);
    std::erase_if(scores, is_of);
    std::erase_if(known_blocks, is_of);
    std::erase_if(nodes, is_of);
    std::erase_if(order, [&](const auto& entry) { return std::get<0>(entry) == collection; });
}

bool MemoryElements::empty() const {
    return field_values.empty() && item_values.empty() && scores.empty() && known_blocks.empty() &&
           nodes.empty();
}

void MemoryElements::expect_writing() const {
    expect(writing_, "an element was written outside a change");
    expect(!visiting_, "a visit called the store");
}

Bytes MemoryElements::show(const std::string& value) {
    forget_shown();
    shown_ = std::make_unique<std::string>(value);
    return *shown_;
}

void MemoryElements::forget_shown() {
    expect(!visiting_, "a visit called the store");
    reads++;
    shown_.reset();
}

// Fields

std::optional<Bytes> MemoryElements::MemoryFields::find(CollectionId collection, Bytes name) {
    auto found = all_.field_values.find({collection, std::string(name)});
    all_.forget_shown();
    if (found == all_.field_values.end())
        return std::nullopt;
    return all_.show(found->second);
}

void MemoryElements::MemoryFields::insert(CollectionId collection, Bytes name, Bytes value) {
    all_.expect_writing();
    std::pair key(collection, std::string(name));
    expect(all_.field_values.emplace(key, value).second, "a field was inserted twice");
    all_.undo_.push_back([this, key] { all_.field_values.erase(key); });
}

void MemoryElements::MemoryFields::update(CollectionId collection, Bytes name, Bytes value) {
    all_.expect_writing();
    auto found = all_.field_values.find({collection, std::string(name)});
    expect(found != all_.field_values.end(), "a missing field was updated");
    all_.undo_.push_back(
        [this, key = found->first, old = found->second] { all_.field_values[key] = old; });
    found->second = value;
}

void MemoryElements::MemoryFields::erase(CollectionId collection, Bytes name) {
    all_.expect_writing();
    auto found = all_.field_values.find({collection, std::string(name)});
    expect(found != all_.field_values.end(), "a missing field was erased");
    all_.undo_.push_back(
        [this, key = found->first, old = found->second] { all_.field_values[key] = old; });
    all_.field_values.erase(found);
}

void MemoryElements::MemoryFields::walk(CollectionId collection, uint64_t first, uint64_t last,
                                        FunctionRef<bool(uint64_t, Bytes, Bytes)> visit) {
    all_.forget_shown();
    all_.visiting_ = true;
    for (const auto& [hash, field] : by_hash(all_.field_values, collection, first, last))
        if (!visit(hash, field.first, field.second))
            break;
    all_.visiting_ = false;
}

void MemoryElements::MemoryFields::walk_all(CollectionId collection,
                                            FunctionRef<bool(Bytes, Bytes)> visit) {
    all_.forget_shown();
    all_.visiting_ = true;
    for (auto at = all_.field_values.lower_bound({collection, ""});
         at != all_.field_values.end() && at->first.first == collection; ++at)
        if (!visit(at->first.second, at->second))
            break;
    all_.visiting_ = false;
}

// Items

Bytes MemoryElements::MemoryItems::at(CollectionId collection, int64_t position) {
    auto found = all_.item_values.find({collection, position});
    expect(found != all_.item_values.end(), "an item was asked for where there is none");
    return all_.show(found->second);
}

void MemoryElements::MemoryItems::insert(CollectionId collection, int64_t position, Bytes value) {
    all_.expect_writing();
    std::pair key(collection, position);
    expect(all_.item_values.emplace(key, value).second, "an item was inserted over another");
    all_.undo_.push_back([this, key] { all_.item_values.erase(key); });
}

void MemoryElements::MemoryItems::update(CollectionId collection, int64_t position, Bytes value) {
    all_.expect_writing();
    auto found = all_.item_values.find({collection, position});
    expect(found != all_.item_values.end(), "a missing item was updated");
    all_.undo_.push_back(
        [this, key = found->first, old = found->second] { all_.item_values[key] = old; });
    found->second = value;
}

void MemoryElements::MemoryItems::erase(CollectionId collection, int64_t position) {
    all_.expect_writing();
    auto found = all_.item_values.find({collection, position});
    expect(found != all_.item_values.end(), "a missing item was erased");
    all_.undo_.push_back(
        [this, key = found->first, old = found->second] { all_.item_values[key] = old; });
    all_.item_values.erase(found);
}

void MemoryElements::MemoryItems::shift(CollectionId collection, int64_t first, int64_t last,
                                        int64_t by) {
    all_.expect_writing();
    std::vector<std::pair<int64_t, std::string>> moved;
    for (auto at = all_.item_values.lower_bound({collection, first});
         at != all_.item_values.end() && at->first <= std::pair(collection, last); ++at)
        moved.emplace_back(at->first.second, at->second);
    all_.undo_.push_back([this, collection, moved, by] {
        for (const auto& [position, value] : moved)
            all_.item_values.erase({collection, position + by});
        for (const auto& [position, value] : moved)
            all_.item_values[{collection, position}] = value;
    });
    for (const auto& [position, value] : moved)
        all_.item_values.erase({collection, position});
    for (const auto& [position, value] : moved)
        expect(all_.item_values.emplace(std::pair(collection, position + by), value).second,
               "an item was moved over another");
}

void MemoryElements::MemoryItems::walk(CollectionId collection, int64_t first, int64_t last,
                                       Direction direction,
                                       FunctionRef<bool(int64_t, Bytes)> visit) {
    all_.forget_shown();
    if (first > last)
        return;
    all_.visiting_ = true;
    auto begin = all_.item_values.lower_bound({collection, first});
    auto end = all_.item_values.upper_bound({collection, last});
    if (direction == Direction::forward) {
        for (; begin != end; ++begin)
            if (!visit(begin->first.second, begin->second))
                break;
    } else {
        while (end != begin) {
            --end;
            if (!visit(end->first.second, end->second))
                break;
        }
    }
    all_.visiting_ = false;
}

// Members

std::optional<double> MemoryElements::MemoryMembers::find(CollectionId collection, Bytes name) {
    all_.forget_shown();
    auto found = all_.scores.find({collection, std::string(name)});
    if (found == all_.scores.end())
        return std::nullopt;
    return found->second;
}

void MemoryElements::MemoryMembers::insert(CollectionId collection, Bytes name, double score) {
    all_.expect_writing();
    expect(!std::isnan(score), "a score was NaN");
    std::pair key(collection, std::string(name));
    expect(all_.scores.emplace(key, score).second, "a member was inserted twice");
    all_.order.emplace(collection, score, name);
    all_.undo_.push_back([this, key, score] {
        all_.scores.erase(key);
        all_.order.erase({key.first, score, key.second});
    });
}

void MemoryElements::MemoryMembers::update(CollectionId collection, Bytes name, double score) {
    all_.expect_writing();
    expect(!std::isnan(score), "a score was NaN");
    auto found = all_.scores.find({collection, std::string(name)});
    expect(found != all_.scores.end(), "a missing member was updated");
    double old = found->second;
    all_.undo_.push_back([this, key = found->first, old, score] {
        all_.scores[key] = old;
        all_.order.erase({key.first, score, key.second});
        all_.order.emplace(key.first, old, key.second);
    });
    found->second = score;
    all_.order.erase({collection, old, std::string(name)});
    all_.order.emplace(collection, score, name);
}

void MemoryElements::MemoryMembers::erase(CollectionId collection, Bytes name) {
    all_.expect_writing();
    auto found = all_.scores.find({collection, std::string(name)});
    expect(found != all_.scores.end(), "a missing member was erased");
    all_.undo_.push_back([this, key = found->first, old = found->second] {
        all_.scores[key] = old;
        all_.order.emplace(key.first, old, key.second);
    });
    all_.order.erase({collection, found->second, std::string(name)});
    all_.scores.erase(found);
}

void MemoryElements::MemoryMembers::walk(CollectionId collection, uint64_t first, uint64_t last,
                                         FunctionRef<bool(uint64_t, Bytes, double)> visit) {
    all_.forget_shown();
    all_.visiting_ = true;
    for (const auto& [hash, member] : by_hash(all_.scores, collection, first, last))
        if (!visit(hash, member.first, member.second))
            break;
    all_.visiting_ = false;
}

void MemoryElements::MemoryMembers::range(CollectionId collection, const store::Gap& from,
                                          Direction direction,
                                          FunctionRef<bool(Bytes, double)> visit) {
    using Side = store::Gap::Side;
    all_.forget_shown();
    auto is_before_gap = [&](double score, const std::string& name) {
        if (score != from.score)
            return score < from.score;
        if (from.side == Side::before_score || from.side == Side::after_score)
            return from.side == Side::after_score;
        return from.side == Side::before_name ? Bytes(name) < from.name : Bytes(name) <= from.name;
    };
    std::vector<std::pair<std::string, double>> found;
    for (auto at = all_.order.lower_bound({collection, -INFINITY, ""});
         at != all_.order.end() && std::get<0>(*at) == collection; ++at) {
        auto [id, score, name] = *at;
        if (is_before_gap(score, name) == (direction == Direction::backward))
            found.emplace_back(name, score);
    }
    if (direction == Direction::backward)
        std::reverse(found.begin(), found.end());
    all_.visiting_ = true;
    for (const auto& [name, score] : found)
        if (!visit(name, score))
            break;
    all_.visiting_ = false;
}

// Blocks

bool MemoryElements::MemoryBlocks::recall(CollectionId collection, double score, Bytes name,
                                          store::BlockSpan& span) {
    auto next = all_.spans.upper_bound({collection, score, std::string(name)});
    if (next == all_.spans.begin())
        return false;
    const auto& [begin, known] = *std::prev(next);
    if (std::get<0>(begin) != collection)
        return false;
    span = known.span;
    if (span.next != store::no_block &&
        std::pair(score, name) >= std::pair(span.end_score, Bytes(known.end_name)))
        return false;
    span.block.score = std::get<1>(begin);
    span.block.name = std::get<2>(begin);
    all_.recalls++;
    return true;
}

void MemoryElements::MemoryBlocks::remember(CollectionId collection, const store::BlockSpan& span) {
    all_.spans[{collection, span.block.score, std::string(span.block.name)}] = {
        span, std::string(span.end_name)};
}

bool MemoryElements::MemoryBlocks::find(CollectionId collection, double score, Bytes name,
                                        RankBlock& block) {
    all_.forget_shown();
    const ById::value_type* best = nullptr;
    auto place = [](const KnownBlock& known) {
        return std::pair(known.score, Bytes(known.name));
    };
    for (auto at = all_.known_blocks.lower_bound({collection, 0});
         at != all_.known_blocks.end() && at->first.first == collection; ++at)
        if (place(at->second) <= std::pair(score, name) &&
            (!best || place(at->second) > place(best->second)))
            best = &*at;
    if (best)
        block = {best->first.second, best->second.node, best->second.score,
                 all_.show(best->second.name)};
    return best != nullptr;
}

void MemoryElements::MemoryBlocks::at(CollectionId collection, uint32_t id, RankBlock& block) {
    auto found = all_.known_blocks.find({collection, id});
    expect(found != all_.known_blocks.end(), "a block was asked for that is not there");
    const KnownBlock& known = found->second;
    block = {id, known.node, known.score, all_.show(known.name)};
}

void MemoryElements::MemoryBlocks::insert(CollectionId collection, const RankBlock& block) {
    all_.expect_writing();
    std::pair key(collection, block.id);
    KnownBlock known{block.node, block.score, std::string(block.name)};
    expect(all_.known_blocks.emplace(key, known).second, "a block was inserted twice");
    all_.undo_.push_back([this, key] { all_.known_blocks.erase(key); });
}

void MemoryElements::MemoryBlocks::move(CollectionId collection, uint32_t id, uint32_t node) {
    all_.expect_writing();
    auto found = all_.known_blocks.find({collection, id});
    expect(found != all_.known_blocks.end(), "a missing block was moved");
    all_.undo_.push_back([this, key = found->first, old = found->second.node] {
        all_.known_blocks.at(key).node = old;
    });
    found->second.node = node;
}

void MemoryElements::MemoryBlocks::erase(CollectionId collection, uint32_t id) {
    all_.expect_writing();
    auto found = all_.known_blocks.find({collection, id});
    expect(found != all_.known_blocks.end(), "a missing block was erased");
    all_.undo_.push_back(
        [this, key = found->first, old = found->second] { all_.known_blocks[key] = old; });
    all_.known_blocks.erase(found);
}

Bytes MemoryElements::MemoryBlocks::node(CollectionId collection, uint32_t node) {
    auto found = all_.nodes.find({collection, node});
    expect(found != all_.nodes.end(), "a node was asked for that is not there");
    return all_.show(found->second);
}

void MemoryElements::MemoryBlocks::insert_node(CollectionId collection, uint32_t node,
                                               Bytes value) {
    all_.expect_writing();
    std::pair key(collection, node);
    expect(all_.nodes.emplace(key, value).second, "a node was inserted twice");
    all_.undo_.push_back([this, key] { all_.nodes.erase(key); });
}

void MemoryElements::MemoryBlocks::update_node(CollectionId collection, uint32_t node,
                                               Bytes value) {
    all_.expect_writing();
    auto found = all_.nodes.find({collection, node});
    expect(found != all_.nodes.end(), "a missing node was updated");
    all_.undo_.push_back(
        [this, key = found->first, old = found->second] { all_.nodes[key] = old; });
    found->second = value;
}

void MemoryElements::MemoryBlocks::erase_node(CollectionId collection, uint32_t node) {
    all_.expect_writing();
    auto found = all_.nodes.find({collection, node});
    expect(found != all_.nodes.end(), "a missing node was erased");
    all_.undo_.push_back(
        [this, key = found->first, old = found->second] { all_.nodes[key] = old; });
    all_.nodes.erase(found);
}

}  // namespace unit
