// Elements in memory. Writes can be undone, and break the rules of the interface never unnoticed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "store/elements.hpp"

namespace unit {

using core::Bytes;
using core::FunctionRef;
using store::CollectionId;
using store::Direction;
using store::RankBlock;

class MemoryElements final : public store::Elements {
public:
    MemoryElements() : fields_(*this), items_(*this), members_(*this), blocks_(*this) {}

    CollectionId new_collection() override { return ++last_collection; }
    store::Fields& fields() override { return fields_; }
    store::Items& items() override { return items_; }
    store::Members& members() override { return members_; }
    store::Blocks& blocks() override { return blocks_; }

    // For the store: writes are allowed between begin() and commit() or roll_back().
    void begin();
    void commit();
    void roll_back();
    bool wrote() const { return !undo_.empty(); }
    // Removes all elements of a collection.
    void drop(CollectionId collection);

    // For the tests.
    using ByName = std::map<std::pair<CollectionId, std::string>, std::string>;
    using ByPosition = std::map<std::pair<CollectionId, int64_t>, std::string>;
    using Score = std::pair<double, uint64_t>;  // with the hash of the name
    using ByMember = std::map<std::pair<CollectionId, std::string>, double>;
    using InOrder = std::set<std::tuple<CollectionId, double, std::string>>;
    struct KnownBlock {
        uint32_t node;
        double score;
        std::string name;
        bool operator==(const KnownBlock&) const = default;
    };
    using ById = std::map<std::pair<CollectionId, uint32_t>, KnownBlock>;
    using ByNode = std::map<std::pair<CollectionId, uint32_t>, std::string>;

    ByName field_values;
    ByPosition item_values;
    ByMember scores;
    InOrder order;
    ById known_blocks;
    ByNode nodes;
    CollectionId last_collection = 0;
    bool remembers = false;  // spans of blocks
    struct KnownSpan {
        store::BlockSpan span;
        std::string end_name;
    };
    std::map<std::tuple<CollectionId, double, std::string>, KnownSpan> spans;
    uint64_t recalls = 0;
    uint64_t reads = 0;
    uint64_t writes = 0;  // that were committed

    // All that there is, to compare.
    auto state() const { return std::tie(field_values, item_values, scores, known_blocks, nodes); }
    bool empty() const;

private:
    class MemoryFields final : public store::Fields {
    public:
        explicit MemoryFields(MemoryElements& all) : all_(all) {}
        std::optional<Bytes> find(CollectionId collection, Bytes name) override;
        void insert(CollectionId collection, Bytes name, Bytes value) override;
        void update(CollectionId collection, Bytes name, Bytes value) override;
        void erase(CollectionId collection, Bytes name) override;
        void walk(CollectionId collection, uint64_t first, uint64_t last,
                  FunctionRef<bool(uint64_t, Bytes, Bytes)> visit) override;
        void walk_all(CollectionId collection, FunctionRef<bool(Bytes, Bytes)> visit) override;

    private:
        MemoryElements& all_;
    };

    class MemoryItems final : public store::Items {
    public:
        explicit MemoryItems(MemoryElements& all) : all_(all) {}
        Bytes at(CollectionId collection, int64_t position) override;
        void insert(CollectionId collection, int64_t position, Bytes value) override;
        void update(CollectionId collection, int64_t position, Bytes value) override;
        void erase(CollectionId collection, int64_t position) override;
        void shift(CollectionId collection, int64_t first, int64_t last, int64_t by) override;
        void walk(CollectionId collection, int64_t first, int64_t last, Direction direction,
                  FunctionRef<bool(int64_t, Bytes)> visit) override;

    private:
        MemoryElements& all_;
    };

    class MemoryMembers final : public store::Members {
    public:
        explicit MemoryMembers(MemoryElements& all) : all_(all) {}
        std::optional<double> find(CollectionId collection, Bytes name) override;
        void insert(CollectionId collection, Bytes name, double score) override;
        void update(CollectionId collection, Bytes name, double score) override;
        void erase(CollectionId collection, Bytes name) override;
        void walk(CollectionId collection, uint64_t first, uint64_t last,
                  FunctionRef<bool(uint64_t, Bytes, double)> visit) override;
        void range(CollectionId collection, const store::Gap& from, Direction direction,
                   FunctionRef<bool(Bytes, double)> visit) override;

    private:
        MemoryElements& all_;
    };

    class MemoryBlocks final : public store::Blocks {
    public:
        explicit MemoryBlocks(MemoryElements& all) : all_(all) {}
        bool remembers() const override { return all_.remembers; }
        bool recall(CollectionId collection, double score, Bytes name,
                    store::BlockSpan& span) override;
        void remember(CollectionId collection, const store::BlockSpan& span) override;
        bool find(CollectionId collection, double score, Bytes name, RankBlock& block) override;
        void at(CollectionId collection, uint32_t id, RankBlock& block) override;
        void insert(CollectionId collection, const RankBlock& block) override;
        void move(CollectionId collection, uint32_t id, uint32_t node) override;
        void erase(CollectionId collection, uint32_t id) override;
        Bytes node(CollectionId collection, uint32_t node) override;
        void insert_node(CollectionId collection, uint32_t node, Bytes value) override;
        void update_node(CollectionId collection, uint32_t node, Bytes value) override;
        void erase_node(CollectionId collection, uint32_t node) override;

    private:
        MemoryElements& all_;
    };

    void expect_writing() const;
    // Keeps a copy of what a read returns, until the next call.
    Bytes show(const std::string& value);
    void forget_shown();

    MemoryFields fields_;
    MemoryItems items_;
    MemoryMembers members_;
    MemoryBlocks blocks_;
    bool writing_ = false;
    bool visiting_ = false;
    std::vector<std::function<void()>> undo_;
    std::unique_ptr<std::string> shown_;
};

}  // namespace unit
