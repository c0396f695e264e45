// The elements of a storage class in PostgreSQL's tables, as one command reads and writes them.
#pragma once

#include <functional>

#include "store/element_table.hpp"
#include "store/known_blocks.hpp"

namespace store {

// Reads of one command share a snapshot; after a write or a wait there is a new one. Calls
// PostgreSQL, and may raise.
class CommandSnapshot {
public:
    CommandSnapshot() = default;
    // For reads alone, by a snapshot that stays.
    explicit CommandSnapshot(Snapshot snapshot) : snapshot_(snapshot) {}

    Snapshot get() {
        if (wrote_)
            finish();
        if (!snapshot_)
            snapshot_ = GetTransactionSnapshot();
        return snapshot_;
    }
    void renew() { snapshot_ = nullptr; }
    void note_write() { wrote_ = true; }
    // Lets what comes after see what was written.
    void finish() {
        if (!wrote_)
            return;
        CommandCounterIncrement();
        wrote_ = false;
        renew();
    }

private:
    Snapshot snapshot_ = nullptr;
    bool wrote_ = false;
};

// Another session has written the key meanwhile, and nothing was written here: begin again.
struct KeyChanged {};

class TableElements;

class TableFields final : public Fields {
public:
    explicit TableFields(TableElements& elements) : elements_(elements) {}
    std::optional<Bytes> find(CollectionId collection, Bytes name) override;
    void insert(CollectionId collection, Bytes name, Bytes value) override;
    void update(CollectionId collection, Bytes name, Bytes value) override;
    void erase(CollectionId collection, Bytes name) override;
    void walk(CollectionId collection, uint64_t first, uint64_t last,
              FunctionRef<bool(uint64_t hash, Bytes name, Bytes value)> visit) override;
    void walk_all(CollectionId collection,
                  FunctionRef<bool(Bytes name, Bytes value)> visit) override;
    uint64_t slots(CollectionId collection) override;
    bool pick(CollectionId collection, const Slot& slot,
              FunctionRef<void(Bytes name, Bytes value)> take) override;

private:
    void insert_now(CollectionId collection, Bytes name, Bytes value);
    void update_now(CollectionId collection, Bytes name, Bytes value, ItemPointerData hint);
    void erase_now(CollectionId collection, Bytes name, ItemPointerData hint);

    TableElements& elements_;
};

class TableItems final : public Items {
public:
    explicit TableItems(TableElements& elements) : elements_(elements) {}
    Bytes at(CollectionId collection, int64_t position) override;
    void insert(CollectionId collection, int64_t position, Bytes value) override;
    void update(CollectionId collection, int64_t position, Bytes value) override;
    void erase(CollectionId collection, int64_t position) override;
    void shift(CollectionId collection, int64_t first, int64_t last, int64_t by) override;
    void walk(CollectionId collection, int64_t first, int64_t last, Direction direction,
              FunctionRef<bool(int64_t position, Bytes value)> visit) override;

private:
    void insert_now(CollectionId collection, int64_t position, Bytes value);
    void update_now(CollectionId collection, int64_t position, Bytes value, ItemPointerData hint);
    void erase_now(CollectionId collection, int64_t position, ItemPointerData hint);

    TableElements& elements_;
};

class TableMembers final : public Members {
public:
    explicit TableMembers(TableElements& elements) : elements_(elements) {}
    std::optional<double> find(CollectionId collection, Bytes name) override;
    void insert(CollectionId collection, Bytes name, double score) override;
    void update(CollectionId collection, Bytes name, double score) override;
    void erase(CollectionId collection, Bytes name) override;
    void walk(CollectionId collection, uint64_t first, uint64_t last,
              FunctionRef<bool(uint64_t hash, Bytes name, double score)> visit) override;
    void range(CollectionId collection, const Gap& from, Direction direction,
               FunctionRef<bool(Bytes name, double score)> visit) override;
    uint64_t slots(CollectionId collection) override;
    bool pick(CollectionId collection, const Slot& slot,
              FunctionRef<void(Bytes name, double score)> take) override;

private:
    void insert_now(CollectionId collection, Bytes name, double score);
    void update_now(CollectionId collection, Bytes name, double score, ItemPointerData hint);
    void erase_now(CollectionId collection, Bytes name, ItemPointerData hint);

    TableElements& elements_;
};

class TableBlocks final : public Blocks {
public:
    explicit TableBlocks(TableElements& elements) : elements_(elements) {}
    bool remembers() const override { return true; }
    bool recall(CollectionId collection, double score, Bytes name, BlockSpan& span) override {
        return known_blocks::find(collection, score, name, span);
    }
    void remember(CollectionId collection, const BlockSpan& span) override {
        known_blocks::set(collection, span);
    }
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
    void insert_now(CollectionId collection, const RankBlock& block);
    void move_now(CollectionId collection, uint32_t id, uint32_t node);
    void erase_now(CollectionId collection, uint32_t id);

    TableElements& elements_;
    std::string name_;  // of the block that was found last
};

// Elements may be written only by whoever has locked their key's row. A change's first writes are
// put off until that row was written, which locks it; if the change reads again after a write, or
// writes much, the row is locked before.
class TableElements final : public Elements {
public:
    TableElements(Storage storage, CommandSnapshot& snapshot)
        : storage_(storage), snapshot_(snapshot) {}
    TableElements(const TableElements&) = delete;

    Storage storage() const { return storage_; }

    // Begins a change of a key. `lock` locks its row, or throws KeyChanged.
    void begin(FunctionRef<void()> lock);
    // The same where the key's row is locked already.
    void begin_locked();
    // After the key's row was written.
    void finish();
    // Forgets what was put off; throws std::logic_error if something was written already.
    void abandon();
    // After an error: whatever was put off or open is so no more.
    void forget();
    bool is_changing() const { return mode_ != Mode::reading; }
    bool is_locked() const { return mode_ == Mode::locked; }
    bool has_deferred() const { return !deferred_.empty(); }
    // Closes what the command opened. Calls PostgreSQL.
    void close();

    CollectionId new_collection() override;
    Fields& fields() override { return fields_; }
    Items& items() override { return items_; }
    Members& members() override { return members_; }
    Blocks& blocks() override { return blocks_; }

    // For the four kinds of elements.

    // To be called before a read, outside of pg::call.
    void prepare_to_read() {
        if (!deferred_.empty())
            lock_and_flush();
    }
    // The same before a write that cannot be put off.
    void prepare_to_write_now() { lock_and_flush(); }
    // Puts a write off, or returns false: then it is to be done now.
    template <class MakeWrite>
    bool defer(MakeWrite make_write) {
        if (mode_ == Mode::locked)
            return false;
        if (deferred_.size() >= most_deferred) {
            lock_and_flush();
            return false;
        }
        expect_change();
        deferred_.push_back(make_write());
        return true;
    }
    // These call PostgreSQL.
    ElementTable* table_to_read(ElementKind kind);
    ElementTable* table_to_write(ElementKind kind);
    Snapshot snapshot() { return snapshot_.get(); }
    void note_write() {
        snapshot_.note_write();
        patience::lift_limit();
        wrote_ = true;
    }
    // Where an element of a kind was found last, which may be written next.
    ItemPointerData& found(ElementKind kind) { return found_[static_cast<int>(kind)]; }

private:
    enum class Mode { reading, deferring, locked };

    // So many writes are worth locking the key's row first.
    static constexpr size_t most_deferred = 8;

    void expect_change() const;
    void lock_and_flush();
    void flush();
    void forget_places();

    Storage storage_;
    CommandSnapshot& snapshot_;
    Mode mode_ = Mode::reading;
    bool wrote_ = false;
    std::optional<FunctionRef<void()>> lock_;
    std::vector<std::function<void()>> deferred_;
    ElementTable* tables_[element_kind_count] = {};
    ItemPointerData found_[element_kind_count] = {};
    TableFields fields_{*this};
    TableItems items_{*this};
    TableMembers members_{*this};
    TableBlocks blocks_{*this};
};

// The hash by which a field or member is found, from 1 to max_hash.
int64 hash_of_name(CollectionId collection, Bytes name);

// A bytea of the bytes, to be freed after use.
Datum make_bytea(Bytes bytes);

// What a bytea column holds. Frees what it had to allocate when told.
struct ColumnBytes {
    Bytes bytes;
    void* allocated;

    explicit ColumnBytes(Datum datum) {
        auto* packed = PG_DETOAST_DATUM_PACKED(datum);
        allocated = PointerGetDatum(packed) == datum ? nullptr : packed;
        bytes = {VARDATA_ANY(packed), static_cast<size_t>(VARSIZE_ANY_EXHDR(packed))};
    }
    void free() {
        if (allocated)
            pfree(allocated);
    }
};

}  // namespace store
