// The packed form of a small list: a byte for the number of its items, then for each item a byte
// for its length, and its bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "core/bytes.hpp"
#include "core/function_ref.hpp"

namespace core {

// A view of a packed list. Nothing is read past its end; what cannot be read raises
// std::runtime_error.
class PackedList {
public:
    static constexpr size_t max_items = 255;
    static constexpr size_t max_item_size = 255;

    // An empty list.
    PackedList() : packed_("\0", 1) {}
    explicit PackedList(Bytes packed);

    size_t size() const { return static_cast<unsigned char>(packed_.front()); }
    Bytes bytes() const { return packed_; }

    // The item at an index below size().
    Bytes at(size_t index) const;

    // Visits count items from the index first on, until visit returns false.
    void walk(size_t first, size_t count, FunctionRef<bool(size_t index, Bytes item)> visit) const;

    // Appends to output the list that has other items in the place of count from the index first
    // on. It must keep to the limits.
    void replace(size_t first, size_t count, std::span<const Bytes> items,
                 std::string& output) const;

    // The bytes that an item takes.
    static size_t room_for(Bytes item) { return 1 + item.size(); }

private:
    Bytes item_at(size_t offset) const;
    // Where the item after count items begins, the first of them at an offset.
    size_t skip(size_t offset, size_t count) const;

    Bytes packed_;
};

}  // namespace core
