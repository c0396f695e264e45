// The elements of collections that have outgrown their key's row: a row each, found by the
// collection's id, which the key's value names. Without a type of PostgreSQL's.
//
// Bytes that a read returns are valid until the next call to the store, those that are visited
// during the visit; a visit may not call the store. Reading elements leaves the key's Entry valid,
// writing them does not. Writes are seen by the reads after them, and belong to the change of the
// key in which they were made: only within Store::modify, and not if that returns an error.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>

#include "core/bytes.hpp"
#include "core/function_ref.hpp"

namespace store {

using core::Bytes;
using core::FunctionRef;

// Drawn when a collection moves into rows, and never used again; positive.
using CollectionId = int64_t;

// A collection's value begins with a byte for its form. In the form `rows` the collection's id
// follows in eight bytes, the least significant first.
enum class Form : char { packed = 0, rows = 1 };
constexpr size_t rows_header_size = 1 + sizeof(CollectionId);

// The id that a collection's value names, none if it is packed.
inline std::optional<CollectionId> collection_of(Bytes value) {
    if (value.size() < rows_header_size || static_cast<Form>(value.front()) != Form::rows)
        return std::nullopt;
    CollectionId id;
    std::memcpy(&id, value.data() + 1, sizeof(id));
    return id;
}

enum class Direction { forward, backward };

// Elements with hashes from first to last have slots, each another one of so many; a slot may be
// empty. Made for random picks: src/type/random_pick.hpp.
struct Slot {
    uint64_t first;
    uint64_t last;
    uint64_t number;
    uint64_t count;
};
// Where slots are taken in the order of hashes, by looking at all elements before.
constexpr uint64_t few_slots = 32;

// Fields of hashes, and members of sets, whose values are empty.
class Fields {
public:
    virtual std::optional<Bytes> find(CollectionId collection, Bytes name) = 0;
    // The name is not there yet.
    virtual void insert(CollectionId collection, Bytes name, Bytes value) = 0;
    // The name is there.
    virtual void update(CollectionId collection, Bytes name, Bytes value) = 0;
    virtual void erase(CollectionId collection, Bytes name) = 0;

    // Visits what has a hash from first to last, both included, by ascending hash, until visit
    // returns false. The hash of a name is evenly distributed, from 1 to max_hash, and stays.
    virtual void walk(CollectionId collection, uint64_t first, uint64_t last,
                      FunctionRef<bool(uint64_t hash, Bytes name, Bytes value)> visit) = 0;
    // Visits all, in whatever order is fastest, until visit returns false.
    virtual void walk_all(CollectionId collection,
                          FunctionRef<bool(Bytes name, Bytes value)> visit) = 0;

    // How many slots it is best to divide elements into, and the element in a slot; false if it is
    // empty.
    virtual uint64_t slots(CollectionId) { return few_slots; }
    virtual bool pick(CollectionId collection, const Slot& slot,
                      FunctionRef<void(Bytes name, Bytes value)> take) {
        uint64_t left = slot.number;
        bool found = false;
        walk(collection, slot.first, slot.last, [&](uint64_t, Bytes name, Bytes value) {
            if (left-- > 0)
                return true;
            take(name, value);
            found = true;
            return false;
        });
        return found;
    }

protected:
    ~Fields() = default;
};
constexpr uint64_t max_hash = INT64_MAX;

// Items of lists. Positions are numbers of the list's choice.
class Items {
public:
    // The item at a position where there is one.
    virtual Bytes at(CollectionId collection, int64_t position) = 0;
    // There is none at the position yet.
    virtual void insert(CollectionId collection, int64_t position, Bytes value) = 0;
    virtual void update(CollectionId collection, int64_t position, Bytes value) = 0;
    virtual void erase(CollectionId collection, int64_t position) = 0;
    // Adds `by` to the positions from first to last; none may meet one outside.
    virtual void shift(CollectionId collection, int64_t first, int64_t last, int64_t by) = 0;
    // Visits the items from position first to last, both included, in the order of positions or
    // against it, until visit returns false.
    virtual void walk(CollectionId collection, int64_t first, int64_t last, Direction direction,
                      FunctionRef<bool(int64_t position, Bytes value)> visit) = 0;

protected:
    ~Items() = default;
};

// Between members of a sorted set, or before or after all: their order is by score, then by the
// bytes of the name.
struct Gap {
    enum class Side { before_score, before_name, after_name, after_score };
    double score;
    Bytes name;
    Side side;

    static Gap begin() { return {-INFINITY, {}, Side::before_score}; }
    static Gap end() { return {INFINITY, {}, Side::after_score}; }
    static Gap before(double score) { return {score, {}, Side::before_score}; }
    static Gap after(double score) { return {score, {}, Side::after_score}; }
    static Gap before(double score, Bytes name) { return {score, name, Side::before_name}; }
    static Gap after(double score, Bytes name) { return {score, name, Side::after_name}; }
};

// Members of sorted sets. A score is never NaN.
class Members {
public:
    virtual std::optional<double> find(CollectionId collection, Bytes name) = 0;
    // The name is not there yet.
    virtual void insert(CollectionId collection, Bytes name, double score) = 0;
    // The name is there.
    virtual void update(CollectionId collection, Bytes name, double score) = 0;
    virtual void erase(CollectionId collection, Bytes name) = 0;

    // As Fields::walk.
    virtual void walk(CollectionId collection, uint64_t first, uint64_t last,
                      FunctionRef<bool(uint64_t hash, Bytes name, double score)> visit) = 0;
    // Visits in order from a gap on, towards the end or the beginning, until visit returns false.
    virtual void range(CollectionId collection, const Gap& from, Direction direction,
                       FunctionRef<bool(Bytes name, double score)> visit) = 0;

    // As those of Fields.
    virtual uint64_t slots(CollectionId) { return few_slots; }
    virtual bool pick(CollectionId collection, const Slot& slot,
                      FunctionRef<void(Bytes name, double score)> take) {
        uint64_t left = slot.number;
        bool found = false;
        walk(collection, slot.first, slot.last, [&](uint64_t, Bytes name, double score) {
            if (left-- > 0)
                return true;
            take(name, score);
            found = true;
            return false;
        });
        return found;
    }

protected:
    ~Members() = default;
};

// What stands behind the ranks of sorted sets: src/type/order_statistics.hpp tells how. A block is
// the members from its beginning to that of the next.
struct RankBlock {
    uint32_t id;    // unique within the collection
    uint32_t node;  // which counts it
    double score;   // where it begins
    Bytes name;
};

// A block from its beginning to that of the next, if there is a next.
constexpr uint32_t no_block = UINT32_MAX;
struct BlockSpan {
    RankBlock block;
    uint32_t next;
    double end_score;
    Bytes end_name;
};

class Blocks {
public:
    // Whether spans are remembered, beyond the command.
    virtual bool remembers() const { return false; }
    // The span that was remembered for (score, name), without what belongs to its end. It may be
    // out of date, but where the block is still followed by the same one, it is not.
    virtual bool recall(CollectionId, double /*score*/, Bytes /*name*/, BlockSpan&) {
        return false;
    }
    virtual void remember(CollectionId, const BlockSpan&) {}

    // The last block that begins at or before (score, name); false if there is none.
    virtual bool find(CollectionId collection, double score, Bytes name, RankBlock& block) = 0;
    virtual void at(CollectionId collection, uint32_t id, RankBlock& block) = 0;
    virtual void insert(CollectionId collection, const RankBlock& block) = 0;
    // Gives a block to another node.
    virtual void move(CollectionId collection, uint32_t id, uint32_t node) = 0;
    virtual void erase(CollectionId collection, uint32_t id) = 0;

    // A node is bytes.
    virtual Bytes node(CollectionId collection, uint32_t node) = 0;
    virtual void insert_node(CollectionId collection, uint32_t node, Bytes value) = 0;
    virtual void update_node(CollectionId collection, uint32_t node, Bytes value) = 0;
    virtual void erase_node(CollectionId collection, uint32_t node) = 0;

protected:
    ~Blocks() = default;
};

// The element tables of a storage class.
class Elements {
public:
    virtual CollectionId new_collection() = 0;
    virtual Fields& fields() = 0;
    virtual Items& items() = 0;
    virtual Members& members() = 0;
    virtual Blocks& blocks() = 0;

protected:
    ~Elements() = default;
};

}  // namespace store
