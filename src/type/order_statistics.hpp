// The ranks of a sorted set in rows, in logarithmic time.
//
// The members in order are cut into blocks. A block's row tells where it begins and which node
// counts its members; it stays as it is while members come and go, until the block is split or
// given to another node. The first block takes all before the second, wherever it says it begins;
// if that is not before all, it gets another id when it is split. A node is an array of its blocks'
// counts in order; the root is one of its nodes' counts, and stands in the key's value, which every
// write renews anyway. While there are few blocks, the only node stands in the root too. There are
// never more levels: blocks and nodes grow with the number of members instead, as its cube root.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/packed_zset.hpp"
#include "store/elements.hpp"

namespace type {

using core::Bytes;
using core::ScoredName;
using store::CollectionId;
using store::Direction;
using store::Gap;

// Whether a member lies before a gap.
bool precedes(double score, Bytes name, const Gap& gap);

// What becomes of a member: its score before and after, none if it is not there.
struct ScoreChange {
    Bytes name;
    std::optional<double> before;
    std::optional<double> after;
};

// Small ones are for tests.
struct OrderStatisticsLimits {
    size_t least = 128;  // members of a block and blocks of a node before they are split, at least
    size_t in_root = 192;  // blocks that the root may hold
};

class OrderStatistics {
public:
    using Limits = OrderStatisticsLimits;

    // With what save() made of the root, or nothing for a new collection.
    OrderStatistics(store::Elements& elements, CollectionId collection, Bytes root,
                    Limits limits = {});

    int64_t size() const { return size_; }

    // How many members lie before a gap.
    int64_t rank(const Gap& gap);

    // From where, and past how many members, one comes to the member of a rank, which must be one.
    struct Start {
        double score;
        std::string name;
        Gap::Side side;
        int64_t skip;

        Gap gap() const { return {score, name, side}; }
    };
    Start select(int64_t rank, Direction direction);

    // Counts the changes of different members, before they are written. Reads first, then writes.
    void apply(std::span<const ScoreChange> changes);

    // Counts the members of a new collection, given in order.
    void build(std::span<const ScoredName> members);

    // Writes what has changed, and appends the root.
    void save(std::string& root);

    // What is wrong, for people: nothing, if all is well.
    std::vector<std::string> problems();

private:
    struct Count {
        uint32_t id;
        uint32_t members;
    };
    using Counts = std::vector<Count>;

    struct Node {
        Counts blocks;
        bool stored = false;  // it has a row
        bool changed = false;
    };

    struct Beginning {
        uint32_t node;
        double score;
        std::string name;
    };

    // A block, and the changes that concern it.
    struct Touched {
        Beginning beginning;
        std::vector<ScoredName> gone;
        std::vector<ScoredName> come;

        int64_t growth() const {
            return static_cast<int64_t>(come.size()) - static_cast<int64_t>(gone.size());
        }
    };
    using TouchedBlocks = std::map<uint32_t, Touched>;

    // Block rows to be written once all is read.
    struct Writes {
        std::map<uint32_t, Beginning> inserted;
        std::vector<std::pair<uint32_t, uint32_t>> moved;  // to which node
        std::vector<uint32_t> erased;
        std::vector<uint32_t> erased_nodes;
    };

    void load(Bytes root);
    Node& node(uint32_t id);
    size_t limit() const;
    uint32_t first_block();
    uint32_t find(double score, Bytes name, Beginning& beginning);
    std::optional<uint32_t> successor(uint32_t block, uint32_t of);
    bool stands(const store::BlockSpan& span);
    void remember(uint32_t block, const Beginning& beginning);
    Gap begin_of(uint32_t block, const Beginning& beginning);
    Beginning beginning_of(uint32_t block);

    TouchedBlocks touch(std::span<const ScoreChange> changes);
    void count(const TouchedBlocks& touched, Writes& writes);
    bool begins_late(uint32_t block, uint32_t of);
    void split_block(uint32_t id, const Touched& block, Counts& counts, Counts::iterator at,
                     Writes& writes);
    void erase_empty_blocks(uint32_t id, Writes& writes);
    void split_node(uint32_t id, Writes& writes);
    void write(const Writes& writes);

    store::Members& members_;
    store::Blocks& blocks_;
    CollectionId collection_;
    Limits limits_;
    int64_t size_ = 0;
    Counts root_;
    std::map<uint32_t, Node> nodes_;  // those that were looked at
    uint32_t next_block_ = 0;
    uint32_t next_node_ = 0;
};

}  // namespace type
