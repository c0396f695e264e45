#include "type/order_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <numeric>
#include <set>
#include <stdexcept>

namespace type {

namespace {

enum class RootForm : char { with_node = 0, nodes = 1 };
constexpr size_t root_header_size = 1 + 2 * sizeof(uint32_t);

[[noreturn]] void raise_corrupt() {
    throw std::runtime_error("the counts of a sorted set are corrupt");
}

// Seven bits a byte, the lowest first; all but the last have the eighth bit set. Every write of the
// set writes the counts, so they should be short.
constexpr size_t longest_number = 5;

char* put_number(char* target, uint32_t number) {
    for (; number >= 0x80; number >>= 7)
        *target++ = static_cast<char>(number | 0x80);
    *target++ = static_cast<char>(number);
    return target;
}

uint32_t take_number(Bytes& bytes) {
    uint32_t number = 0;
    for (int shift = 0; shift < 32; shift += 7) {
        if (bytes.empty())
            break;
        auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        number |= static_cast<uint32_t>(byte & 0x7f) << shift;
        if (byte < 0x80)
            return number;
    }
    raise_corrupt();
}

template <class Counts>
Counts parse_counts(Bytes bytes) {
    Counts counts;
    counts.reserve(bytes.size() / 2);
    while (!bytes.empty()) {
        uint32_t id = take_number(bytes);
        counts.push_back({id, take_number(bytes)});
    }
    return counts;
}

template <class Counts>
std::string as_bytes(const Counts& counts) {
    std::string bytes(2 * longest_number * counts.size(), '\0');
    char* end = bytes.data();
    for (const auto& count : counts) {
        end = put_number(end, count.id);
        end = put_number(end, count.members);
    }
    bytes.resize(static_cast<size_t>(end - bytes.data()));
    return bytes;
}

template <class Counts>
int64_t sum(const Counts& counts) {
    return std::accumulate(counts.begin(), counts.end(), int64_t{0},
                           [](int64_t total, const auto& count) { return total + count.members; });
}

template <class Counts>
typename Counts::iterator find_count(Counts& counts, uint32_t id) {
    auto found = std::find_if(counts.begin(), counts.end(),
                              [id](const auto& count) { return count.id == id; });
    if (found == counts.end())
        raise_corrupt();
    return found;
}

template <class Count>
void add(Count& count, int64_t growth) {
    int64_t members = count.members + growth;
    if (members < 0)
        raise_corrupt();
    count.members = static_cast<uint32_t>(members);
}

// New blocks and nodes are filled to two thirds of their limit.
size_t pieces_of(size_t size, size_t limit) {
    size_t fill = limit * 2 / 3;
    return (size + fill - 1) / fill;
}

// Where a piece begins, if all are to be equal.
size_t piece_begin(size_t size, size_t pieces, size_t piece) {
    return size * piece / pieces;
}

// Where a block may begin whose first member follows another: the shortest such name.
ScoredName separator(const ScoredName& last, const ScoredName& first) {
    if (last.score != first.score)
        return {first.score, {}};
    auto differ =
        std::mismatch(last.name.begin(), last.name.end(), first.name.begin(), first.name.end());
    return {first.score,
            first.name.substr(0, static_cast<size_t>(differ.second - first.name.begin()) + 1)};
}

}  // namespace

bool precedes(double score, Bytes name, const Gap& gap) {
    if (score != gap.score)
        return score < gap.score;
    switch (gap.side) {
        case Gap::Side::before_score:
            return false;
        case Gap::Side::before_name:
            return name < gap.name;
        case Gap::Side::after_name:
            return name <= gap.name;
        case Gap::Side::after_score:
            return true;
    }
    throw std::logic_error("a gap has no side");
}

OrderStatistics::OrderStatistics(store::Elements& elements, CollectionId collection, Bytes root,
                                 Limits limits)
    : members_(elements.members()),
      blocks_(elements.blocks()),
      collection_(collection),
      limits_(limits) {
    if (!root.empty())
        load(root);
}

void OrderStatistics::load(Bytes root) {
    if (root.size() < root_header_size)
        raise_corrupt();
    std::memcpy(&next_block_, root.data() + 1, sizeof(next_block_));
    std::memcpy(&next_node_, root.data() + 1 + sizeof(next_block_), sizeof(next_node_));
    root_ = parse_counts<Counts>(root.substr(root_header_size));
    if (root_.empty())
        raise_corrupt();
    size_ = sum(root_);
    if (static_cast<RootForm>(root.front()) == RootForm::with_node) {
        nodes_[0] = {.blocks = std::move(root_)};
        root_ = {{0, static_cast<uint32_t>(size_)}};
    }
}

OrderStatistics::Node& OrderStatistics::node(uint32_t id) {
    auto found = nodes_.find(id);
    if (found != nodes_.end())
        return found->second;
    Node node{.blocks = parse_counts<Counts>(blocks_.node(collection_, id)), .stored = true};
    if (node.blocks.empty())
        raise_corrupt();
    return nodes_[id] = std::move(node);
}

size_t OrderStatistics::limit() const {
    auto grown = static_cast<size_t>(1.5 * std::cbrt(static_cast<double>(size_)));
    return std::max(limits_.least, grown);
}

uint32_t OrderStatistics::first_block() {
    return node(root_.front().id).blocks.front().id;
}

// The block in which a place in the order lies.
uint32_t OrderStatistics::find(double score, Bytes name, Beginning& beginning) {
    store::BlockSpan known;
    if (blocks_.recall(collection_, score, name, known) && stands(known)) {
        beginning = {known.block.node, known.block.score, std::string(known.block.name)};
        return known.block.id;
    }
    uint32_t found;
    store::RankBlock block;
    if (blocks_.find(collection_, score, name, block)) {
        beginning = {block.node, block.score, std::string(block.name)};
        found = block.id;
    } else {
        beginning = {root_.front().id, -INFINITY, {}};
        found = first_block();
    }
    if (blocks_.remembers())
        remember(found, beginning);
    return found;
}

// The block that follows one in a node; nothing if that takes a look at another node.
std::optional<uint32_t> OrderStatistics::successor(uint32_t block, uint32_t of) {
    if (std::none_of(root_.begin(), root_.end(), [of](const Count& node) { return node.id == of; }))
        return std::nullopt;
    const Counts& counts = node(of).blocks;
    auto at = std::find_if(counts.begin(), counts.end(),
                           [block](const Count& count) { return count.id == block; });
    if (at == counts.end())
        return std::nullopt;
    if (++at != counts.end())
        return at->id;
    return of == root_.back().id ? std::optional(store::no_block) : std::nullopt;
}

bool OrderStatistics::stands(const store::BlockSpan& span) {
    bool takes_all_before = span.block.score == -INFINITY && span.block.name.empty();
    if (takes_all_before && (root_.front().id != span.block.node || first_block() != span.block.id))
        return false;
    return successor(span.block.id, span.block.node) == span.next;
}

void OrderStatistics::remember(uint32_t block, const Beginning& beginning) {
    std::optional<uint32_t> next = successor(block, beginning.node);
    if (!next)
        return;
    Beginning end{};
    if (*next != store::no_block)
        end = beginning_of(*next);
    blocks_.remember(
        collection_,
        {{block, beginning.node, beginning.score, beginning.name}, *next, end.score, end.name});
}

Gap OrderStatistics::begin_of(uint32_t block, const Beginning& beginning) {
    if (beginning.node == root_.front().id && block == first_block())
        return Gap::begin();
    return Gap::before(beginning.score, beginning.name);
}

OrderStatistics::Beginning OrderStatistics::beginning_of(uint32_t block) {
    store::RankBlock row;
    blocks_.at(collection_, block, row);
    return {row.node, row.score, std::string(row.name)};
}

int64_t OrderStatistics::rank(const Gap& gap) {
    double score = gap.score;
    if (gap.side == Gap::Side::before_score && score == -INFINITY)
        return 0;
    if (gap.side == Gap::Side::after_score) {
        if (score == INFINITY)
            return size_;
        score = std::nextafter(score, INFINITY);
    }
    Beginning beginning;
    uint32_t block = find(score, gap.name, beginning);

    int64_t rank = 0;
    for (auto at = root_.begin(), end = find_count(root_, beginning.node); at != end; ++at)
        rank += at->members;
    Counts& counts = node(beginning.node).blocks;
    for (auto at = counts.begin(), end = find_count(counts, block); at != end; ++at)
        rank += at->members;
    members_.range(collection_, begin_of(block, beginning), Direction::forward,
                   [&](Bytes name, double score) {
                       bool before = precedes(score, name, gap);
                       rank += before;
                       return before;
                   });
    return rank;
}

OrderStatistics::Start OrderStatistics::select(int64_t rank, Direction direction) {
    int64_t skip = rank;
    auto pass = [&](const Counts& counts) {
        for (auto at = counts.begin(); at != counts.end(); ++at) {
            if (skip < at->members)
                return at;
            skip -= at->members;
        }
        raise_corrupt();
    };
    auto counted = pass(root_);
    const Counts& counts = node(counted->id).blocks;
    auto block = pass(counts);

    if (direction == Direction::forward) {
        Beginning beginning = beginning_of(block->id);
        Gap begin = begin_of(block->id, beginning);
        return {begin.score, std::string(begin.name), begin.side, skip};
    }
    skip = block->members - 1 - skip;
    if (++block == counts.end()) {
        if (++counted == root_.end())
            return {INFINITY, {}, Gap::Side::after_score, skip};
        block = node(counted->id).blocks.begin();
    }
    Beginning end = beginning_of(block->id);
    return {end.score, std::move(end.name), Gap::Side::before_name, skip};
}

void OrderStatistics::apply(std::span<const ScoreChange> changes) {
    TouchedBlocks touched = touch(changes);
    for (const auto& [id, block] : touched)
        size_ += block.growth();
    if (size_ == 0)
        return;  // the collection ends with this change
    Writes writes;
    count(touched, writes);
    write(writes);
}

// The blocks whose members change.
OrderStatistics::TouchedBlocks OrderStatistics::touch(std::span<const ScoreChange> changes) {
    TouchedBlocks touched;
    auto block_of = [&](double score, Bytes name) -> Touched& {
        Beginning beginning;
        uint32_t id = find(score, name, beginning);
        return touched.try_emplace(id, Touched{std::move(beginning), {}, {}}).first->second;
    };
    for (const ScoreChange& change : changes) {
        if (change.before)
            block_of(*change.before, change.name).gone.push_back({*change.before, change.name});
        if (change.after)
            block_of(*change.after, change.name).come.push_back({*change.after, change.name});
    }
    return touched;
}

void OrderStatistics::count(const TouchedBlocks& touched, Writes& writes) {
    std::set<uint32_t> counting;
    for (const auto& [id, block] : touched) {
        int64_t growth = block.growth();
        if (growth == 0)
            continue;
        Counts& counts = node(block.beginning.node).blocks;
        auto at = find_count(counts, id);
        add(*at, growth);
        if (growth > 0 && at->members > limit())
            split_block(id, block, counts, at, writes);
        add(*find_count(root_, block.beginning.node), growth);
        counting.insert(block.beginning.node);
    }
    for (uint32_t id : counting) {
        node(id).changed = true;
        erase_empty_blocks(id, writes);
        split_node(id, writes);
    }
}

// Whether the first block says that it begins later than the pieces it may be cut in.
bool OrderStatistics::begins_late(uint32_t block, uint32_t of) {
    if (of != root_.front().id || block != first_block())
        return false;
    Beginning beginning = beginning_of(block);
    return beginning.score != -INFINITY || !beginning.name.empty();
}

// Cuts a block in pieces, as its members will be.
void OrderStatistics::split_block(uint32_t id, const Touched& block, Counts& counts,
                                  Counts::iterator at, Writes& writes) {
    std::deque<std::string> names;
    std::vector<ScoredName> members = block.come;
    std::vector<ScoredName> gone = block.gone;
    std::sort(gone.begin(), gone.end());
    // What lies behind the beginning of the last piece need not be looked at.
    size_t size = at->members;
    size_t pieces = pieces_of(size, limit());
    size_t wanted = piece_begin(size, pieces, pieces - 1) + 1;
    int64_t left = at->members - block.growth();
    auto visit = [&](Bytes name, double score) {
        if (!std::binary_search(gone.begin(), gone.end(), ScoredName{score, name})) {
            members.push_back({score, names.emplace_back(name)});
            wanted--;
        }
        return --left > 0 && wanted > 0;
    };
    members_.range(collection_, begin_of(id, block.beginning), Direction::forward, visit);
    if (wanted > 0 && (left > 0 || members.size() != size))
        raise_corrupt();
    std::sort(members.begin(), members.end());

    if (begins_late(id, block.beginning.node)) {
        writes.erased.push_back(id);
        at->id = next_block_++;
        writes.inserted[at->id] = {block.beginning.node, -INFINITY, {}};
    }
    Counts added;
    for (size_t piece = 0; piece < pieces; piece++) {
        size_t begin = piece_begin(size, pieces, piece);
        size_t end = piece_begin(size, pieces, piece + 1);
        auto piece_size = static_cast<uint32_t>(end - begin);
        if (piece == 0) {
            at->members = piece_size;
            continue;
        }
        ScoredName place = separator(members[begin - 1], members[begin]);
        writes.inserted[next_block_] = {block.beginning.node, place.score, std::string(place.name)};
        added.push_back({next_block_++, piece_size});
    }
    counts.insert(at + 1, added.begin(), added.end());
}

void OrderStatistics::erase_empty_blocks(uint32_t id, Writes& writes) {
    Node& of = node(id);
    std::erase_if(of.blocks, [&](const Count& block) {
        if (block.members == 0)
            writes.erased.push_back(block.id);
        return block.members == 0;
    });
    if (!of.blocks.empty())
        return;
    root_.erase(find_count(root_, id));
    if (of.stored)
        writes.erased_nodes.push_back(id);
    nodes_.erase(id);
}

void OrderStatistics::split_node(uint32_t id, Writes& writes) {
    // The only node may be as large as the root can hold.
    size_t most = root_.size() == 1 ? std::max(limit(), limits_.in_root) : limit();
    auto found = nodes_.find(id);
    if (found == nodes_.end() || found->second.blocks.size() <= most)
        return;
    const Counts blocks = std::move(found->second.blocks);
    auto at = root_.erase(find_count(root_, id));
    size_t pieces = pieces_of(blocks.size(), limit());
    for (size_t piece = 0; piece < pieces; piece++) {
        uint32_t to = piece == 0 ? id : next_node_++;
        auto begin =
            blocks.begin() + static_cast<std::ptrdiff_t>(piece_begin(blocks.size(), pieces, piece));
        auto end = blocks.begin() +
                   static_cast<std::ptrdiff_t>(piece_begin(blocks.size(), pieces, piece + 1));
        Node& part = nodes_[to];
        part.blocks.assign(begin, end);
        part.changed = true;
        at = root_.insert(at, {to, static_cast<uint32_t>(sum(part.blocks))}) + 1;
        if (piece == 0)
            continue;
        for (const Count& block : part.blocks) {
            auto inserted = writes.inserted.find(block.id);
            if (inserted != writes.inserted.end())
                inserted->second.node = to;
            else
                writes.moved.emplace_back(block.id, to);
        }
    }
}

void OrderStatistics::write(const Writes& writes) {
    for (const auto& [id, begin] : writes.inserted)
        blocks_.insert(collection_, {id, begin.node, begin.score, begin.name});
    for (const auto& [id, to] : writes.moved)
        blocks_.move(collection_, id, to);
    for (uint32_t id : writes.erased)
        blocks_.erase(collection_, id);
    for (uint32_t id : writes.erased_nodes)
        blocks_.erase_node(collection_, id);
}

void OrderStatistics::build(std::span<const ScoredName> members) {
    size_ = static_cast<int64_t>(members.size());
    size_t blocks = pieces_of(members.size(), limit());
    size_t nodes = blocks <= limits_.in_root ? 1 : pieces_of(blocks, limit());
    for (size_t i = 0; i < nodes; i++) {
        Counts& counts = nodes_[next_node_].blocks;
        nodes_[next_node_].changed = true;
        for (size_t end = piece_begin(blocks, nodes, i + 1); next_block_ < end; next_block_++) {
            size_t first = piece_begin(members.size(), blocks, next_block_);
            size_t last = piece_begin(members.size(), blocks, next_block_ + 1);
            ScoredName begin{-INFINITY, {}};
            if (first > 0)
                begin = separator(members[first - 1], members[first]);
            blocks_.insert(collection_, {next_block_, next_node_, begin.score, begin.name});
            counts.push_back({next_block_, static_cast<uint32_t>(last - first)});
        }
        root_.push_back({next_node_++, static_cast<uint32_t>(sum(counts))});
    }
}

void OrderStatistics::save(std::string& root) {
    Node* only = root_.size() == 1 ? &node(root_.front().id) : nullptr;
    bool with_node =
        only && !only->stored && root_.front().id == 0 && only->blocks.size() <= limits_.in_root;
    if (!with_node) {
        for (auto& [id, node] : nodes_) {
            if (!node.stored)
                blocks_.insert_node(collection_, id, as_bytes(node.blocks));
            else if (node.changed)
                blocks_.update_node(collection_, id, as_bytes(node.blocks));
            node.stored = true;
            node.changed = false;
        }
    }
    root += static_cast<char>(with_node ? RootForm::with_node : RootForm::nodes);
    root.append(reinterpret_cast<const char*>(&next_block_), sizeof(next_block_));
    root.append(reinterpret_cast<const char*>(&next_node_), sizeof(next_node_));
    root += as_bytes(with_node ? only->blocks : root_);
}

std::vector<std::string> OrderStatistics::problems() {
    std::vector<std::string> problems;
    auto expect = [&](bool condition, const std::string& problem) {
        if (!condition)
            problems.push_back(problem);
    };
    std::vector<Count> blocks;
    std::vector<Beginning> beginnings;
    for (const Count& counted : root_) {
        const Counts& counts = node(counted.id).blocks;
        std::string name = "node " + std::to_string(counted.id);
        expect(sum(counts) == counted.members, name + " counts otherwise than the root");
        for (const Count& block : counts) {
            beginnings.push_back(beginning_of(block.id));
            blocks.push_back(block);
            expect(beginnings.back().node == counted.id,
                   "block " + std::to_string(block.id) + " names another node than " + name);
        }
    }
    for (size_t i = 1; i < blocks.size(); i++) {
        const Beginning& before = beginnings[i - 1];
        const Beginning& begin = beginnings[i];
        std::string name = "block " + std::to_string(blocks[i].id);
        expect(ScoredName{before.score, before.name} < ScoredName{begin.score, begin.name},
               name + " does not begin after the one before it");
        Beginning found;
        expect(find(begin.score, begin.name, found) == blocks[i].id, name + " is not found");
    }

    std::vector<uint32_t> members(blocks.size());
    size_t at = 0;
    members_.range(collection_, Gap::begin(), Direction::forward, [&](Bytes name, double score) {
        while (
            at + 1 < blocks.size() &&
            !precedes(score, name, Gap::before(beginnings[at + 1].score, beginnings[at + 1].name)))
            at++;
        members[at]++;
        return true;
    });
    for (size_t i = 0; i < blocks.size(); i++)
        expect(members[i] == blocks[i].members,
               "block " + std::to_string(blocks[i].id) + " has " + std::to_string(members[i]) +
                   " members, but " + std::to_string(blocks[i].members) + " are counted");
    return problems;
}

}  // namespace type
