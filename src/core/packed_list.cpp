#include "core/packed_list.hpp"

#include <stdexcept>

namespace core {

namespace {

constexpr size_t first_item = 1;

char byte_of(size_t number) {
    if (number > 255)
        throw std::logic_error("a list is too large to be packed");
    return static_cast<char>(number);
}

}  // namespace

PackedList::PackedList(Bytes packed) : packed_(packed) {
    if (packed.empty())
        throw std::runtime_error("a packed list is damaged: it is empty");
}

Bytes PackedList::item_at(size_t offset) const {
    if (offset >= packed_.size())
        throw std::runtime_error("a packed list is damaged: an item is missing");
    size_t length = static_cast<unsigned char>(packed_[offset]);
    if (length >= packed_.size() - offset)
        throw std::runtime_error("a packed list is damaged: an item is cut off");
    return packed_.substr(offset + 1, length);
}

size_t PackedList::skip(size_t offset, size_t count) const {
    for (; count > 0; count--)
        offset += room_for(item_at(offset));
    return offset;
}

Bytes PackedList::at(size_t index) const {
    return item_at(skip(first_item, index));
}

void PackedList::walk(size_t first, size_t count,
                      FunctionRef<bool(size_t index, Bytes item)> visit) const {
    size_t offset = skip(first_item, first);
    for (size_t index = first; index < first + count; index++) {
        Bytes item = item_at(offset);
        if (!visit(index, item))
            return;
        offset += room_for(item);
    }
}

void PackedList::replace(size_t first, size_t count, std::span<const Bytes> items,
                         std::string& output) const {
    size_t begin = skip(first_item, first);
    size_t end = skip(begin, count);
    output.push_back(byte_of(size() - count + items.size()));
    output.append(packed_, first_item, begin - first_item);
    for (Bytes item : items) {
        output.push_back(byte_of(item.size()));
        output.append(item);
    }
    output.append(packed_, end);
}

}  // namespace core
