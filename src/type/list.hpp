// Lists. In rows the items have contiguous positions, from that of the first on; the key's value
// tells it and the size, so that a push or a pop touches a single row, and an index is a sum.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/packed_list.hpp"
#include "type/collection.hpp"

namespace type {

enum class Side { left, right };

// The list in a key's entry. Indexes count from 0, and must be those of items unless something else
// is said.
class List {
public:
    List() = default;
    List(const List&) = delete;
    List& operator=(const List&) = delete;

    // The entry must outlive the list.
    Status open(Entry& entry);
    // Begins an empty list in the place of whatever the entry holds.
    void create(Entry& entry, int64_t expires_at = store::never);
    // Tells the entry what has changed. A list that is empty is removed.
    void save();

    bool empty() const { return size() == 0; }
    int64_t size() const;
    Encoding encoding() const { return encoding_; }

    // Valid until the next call to the list or the store.
    Bytes at(int64_t index);
    // Visits the items from index first to last, both included, in their order or against it,
    // until visit returns false.
    void range(int64_t first, int64_t last, Direction direction,
               FunctionRef<bool(int64_t index, Bytes value)> visit);

    // Pushes values one after another.
    void push(Side side, std::span<const Bytes> values);
    void push(Side side, Bytes value) { push(side, {&value, 1}); }
    std::string pop(Side side);
    // Pops as many as there are, up to count, in the order of popping.
    std::vector<std::string> pop(Side side, int64_t count);
    void set(int64_t index, Bytes value);
    // Inserts before the item at an index; the size is the index behind the last.
    void insert(int64_t index, Bytes value);
    // Removes up to limit items that equal the value, in the order of the direction, and returns
    // how many there were.
    int64_t remove(Bytes value, int64_t limit, Direction direction);
    // Keeps the items from index first to last; none if last is before first.
    void trim(int64_t first, int64_t last);

    // Lets an entry, perhaps of another storage class, become a copy.
    void copy_to(Entry& target, int64_t expires_at);

private:
    // What the value of a list in rows tells, behind the byte for the form.
    struct Rows {
        CollectionId collection = 0;  // 0: the list is packed
        int64_t head = 0;             // the position of the first item
        int64_t size = 0;
        uint64_t bytes = 0;  // of the items, in a listpack

        Rows() = default;
        explicit Rows(CollectionId id) : collection(id) {}
        explicit Rows(Bytes value);
        std::string value() const;
    };

    bool packed() const { return rows_.collection == 0; }
    store::Items& items() const { return entry_->elements->items(); }
    void begin(Entry& entry, int64_t expires_at);
    void clear();
    void move_to_rows();
    // To be called before values of so many bytes are added to rows.
    void expect_growth(size_t bytes);

    // Of a packed list: puts values in the place of count items.
    void replace(size_t first, size_t count, std::span<const Bytes> values);
    // Keeps a range; the other items have so many bytes in a listpack, if that is known.
    void keep(int64_t first, int64_t last, std::optional<uint64_t> cut_bytes);
    // Erase the items with these ascending indexes, in rows of so many bytes in a listpack.
    void erase_packed(std::span<const int64_t> indexes);
    void erase(std::span<const int64_t> indexes, uint64_t bytes);
    void erase_range(int64_t first, int64_t last);
    uint64_t listpack_size(int64_t first, int64_t last);
    static void append(Rows& rows, store::Elements& elements, Bytes value);
    Rows copy_rows(int64_t first, int64_t last, store::Elements& target);

    Entry* entry_ = nullptr;
    int64_t expires_at_ = store::never;
    Encoding encoding_ = Encoding::plain;
    bool changed_ = false;
    bool shrunk_ = false;  // or may have

    core::PackedList list_;  // where it was found, or in the buffer
    std::string buffer_;     // a whole value
    Rows rows_;
};

}  // namespace type
