#include "type/list.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "core/listpack.hpp"

namespace type {

namespace {

using core::listpack_entry_size;
using core::PackedList;

constexpr size_t form_size = 1;

// Redis calls a list a quicklist once its listpack would be larger, and a listpack again once it is
// half as large. (Of a quicklist Redis also asks that it have a single node left, which depends on
// where it was cut; here the bytes alone decide.)
constexpr size_t max_listpack_size = 8192;

// Of what is read of a collection before it is written to another, in bytes.
constexpr size_t batch_size = 1 << 20;

// Whether a list may be packed that has so many items, in a value of so many bytes, and more.
bool fits(size_t items, size_t size, std::span<const Bytes> more) {
    if (items + more.size() > max_packed_entries)
        return false;
    for (Bytes value : more) {
        if (value.size() > max_packed_entry_size)
            return false;
        size += PackedList::room_for(value);
    }
    return size <= max_packed_size;
}

size_t room_for(std::span<const Bytes> values) {
    size_t room = 0;
    for (Bytes value : values)
        room += PackedList::room_for(value);
    return room;
}

bool fits(const PackedList& list, std::span<const Bytes> more) {
    return fits(list.size(), form_size + list.bytes().size(), more);
}

}  // namespace

void List::begin(Entry& entry, int64_t expires_at) {
    entry_ = &entry;
    expires_at_ = expires_at;
    encoding_ = Encoding::plain;
    changed_ = false;
    shrunk_ = false;
    list_ = PackedList();
    rows_ = Rows();
}

Status List::open(Entry& entry) {
    RETURN_IF_ERROR(expect_type(entry, Type::list));
    begin(entry, same_expiry(entry));
    if (!entry.exists)
        return {};
    encoding_ = entry.encoding;
    Bytes value = entry.value();
    if (value.starts_with(static_cast<char>(Form::packed)))
        list_ = PackedList(value.substr(form_size));
    else if (store::collection_of(value))
        rows_ = Rows(value);
    if (empty())
        throw std::runtime_error("a list is damaged: it has no items");
    return {};
}

void List::create(Entry& entry, int64_t expires_at) {
    begin(entry, expires_at);
    changed_ = true;
}

void List::save() {
    if (!std::exchange(changed_, false))
        return;
    if (empty()) {
        entry_->remove();
        return;
    }
    if (packed()) {
        Bytes value = entry_->keep(std::move(buffer_));
        list_ = PackedList(value.substr(form_size));
        entry_->put(Type::list, value, expires_at_, encoding_);
        return;
    }
    if (shrunk_ && core::empty_listpack_size + rows_.bytes <= max_listpack_size / 2)
        encoding_ = Encoding::plain;
    entry_->put(Type::list, entry_->keep(rows_.value()), expires_at_, encoding_);
}

List::Rows::Rows(Bytes value) {
    static_assert(sizeof(Rows) == sizeof(CollectionId) + 3 * sizeof(int64_t));
    if (value.size() != form_size + sizeof(Rows))
        throw std::runtime_error("a list is damaged: its value has the wrong size");
    std::memcpy(this, value.data() + form_size, sizeof(Rows));
    if (collection <= 0 || size <= 0)
        throw std::runtime_error("a list is damaged: its value makes no sense");
}

std::string List::Rows::value() const {
    std::string value(1, static_cast<char>(Form::rows));
    value.append(reinterpret_cast<const char*>(this), sizeof(Rows));
    return value;
}

int64_t List::size() const {
    return packed() ? static_cast<int64_t>(list_.size()) : rows_.size;
}

Bytes List::at(int64_t index) {
    if (packed())
        return list_.at(static_cast<size_t>(index));
    return items().at(rows_.collection, rows_.head + index);
}

void List::range(int64_t first, int64_t last, Direction direction,
                 FunctionRef<bool(int64_t index, Bytes value)> visit) {
    if (first > last)
        return;
    if (!packed()) {
        items().walk(rows_.collection, rows_.head + first, rows_.head + last, direction,
                     [&](int64_t position, Bytes value) {
                         return visit(position - rows_.head, value);
                     });
        return;
    }
    auto visit_item = [&](size_t index, Bytes item) {
        return visit(static_cast<int64_t>(index), item);
    };
    size_t begin = static_cast<size_t>(first);
    size_t count = static_cast<size_t>(last - first + 1);
    if (direction == Direction::forward) {
        list_.walk(begin, count, visit_item);
        return;
    }
    std::vector<Bytes> backward(count);
    list_.walk(begin, count, [&](size_t index, Bytes item) {
        backward[index - begin] = item;
        return true;
    });
    while (count > 0 && visit_item(begin + count - 1, backward[count - 1]))
        count--;
}

// Changes

void List::clear() {
    list_ = PackedList();
    rows_ = Rows();
    encoding_ = Encoding::plain;
    changed_ = true;
}

void List::replace(size_t first, size_t count, std::span<const Bytes> values) {
    std::string value(1, static_cast<char>(Form::packed));
    value.reserve(form_size + list_.bytes().size() + room_for(values));
    list_.replace(first, count, values, value);
    buffer_ = std::move(value);
    list_ = PackedList(Bytes(buffer_).substr(form_size));
    changed_ = true;
}

void List::move_to_rows() {
    std::string found(list_.bytes());  // which writing elements may invalidate
    PackedList list(found);
    rows_ = Rows(entry_->elements->new_collection());
    list.walk(0, list.size(), [&](size_t, Bytes item) {
        append(rows_, *entry_->elements, item);
        return true;
    });
    changed_ = true;
}

void List::append(Rows& rows, store::Elements& elements, Bytes value) {
    elements.items().insert(rows.collection, rows.head + rows.size, value);
    rows.size++;
    rows.bytes += listpack_entry_size(value);
}

void List::expect_growth(size_t bytes) {
    if (core::empty_listpack_size + rows_.bytes + bytes > max_listpack_size)
        encoding_ = Encoding::large;
    changed_ = true;
}

void List::push(Side side, std::span<const Bytes> values) {
    if (packed() && fits(list_, values)) {
        if (side == Side::right)
            replace(list_.size(), 0, values);
        else
            replace(0, 0, std::vector<Bytes>(values.rbegin(), values.rend()));
        return;
    }
    if (packed())
        move_to_rows();
    size_t bytes = 0;
    for (Bytes value : values)
        bytes += value.size();
    expect_growth(bytes);
    for (Bytes value : values) {
        if (side == Side::right) {
            append(rows_, *entry_->elements, value);
            continue;
        }
        items().insert(rows_.collection, --rows_.head, value);
        rows_.size++;
        rows_.bytes += listpack_entry_size(value);
    }
}

std::string List::pop(Side side) {
    int64_t index = side == Side::left ? 0 : size() - 1;
    std::string value(at(index));
    keep(side == Side::left ? 1 : 0, side == Side::left ? size() - 1 : size() - 2,
         listpack_entry_size(value));
    return value;
}

std::vector<std::string> List::pop(Side side, int64_t count) {
    count = std::min(count, size());
    std::vector<std::string> values;
    values.reserve(static_cast<size_t>(count));
    uint64_t bytes = 0;
    auto take = [&](int64_t, Bytes value) {
        values.emplace_back(value);
        bytes += listpack_entry_size(value);
        return true;
    };
    if (side == Side::left) {
        range(0, count - 1, Direction::forward, take);
        keep(count, size() - 1, bytes);
    } else {
        range(size() - count, size() - 1, Direction::backward, take);
        keep(0, size() - count - 1, bytes);
    }
    return values;
}

void List::set(int64_t index, Bytes value) {
    Bytes old = at(index);
    size_t old_bytes = listpack_entry_size(old);
    if (packed() &&
        fits(list_.size() - 1, form_size + list_.bytes().size() - PackedList::room_for(old),
             {&value, 1})) {
        replace(static_cast<size_t>(index), 1, {&value, 1});
        return;
    }
    if (packed())
        move_to_rows();
    expect_growth(value.size());
    items().update(rows_.collection, rows_.head + index, value);
    rows_.bytes += listpack_entry_size(value) - old_bytes;
    shrunk_ = true;
}

void List::insert(int64_t index, Bytes value) {
    if (packed() && fits(list_, {&value, 1})) {
        replace(static_cast<size_t>(index), 0, {&value, 1});
        return;
    }
    if (packed())
        move_to_rows();
    expect_growth(value.size());
    bool moves_left = index < rows_.size - index;
    int64_t first = rows_.head + (moves_left ? 0 : index);
    int64_t last = rows_.head + (moves_left ? index : rows_.size) - 1;
    if (first <= last)
        items().shift(rows_.collection, first, last, moves_left ? -1 : 1);
    if (moves_left)
        rows_.head--;
    items().insert(rows_.collection, rows_.head + index, value);
    rows_.size++;
    rows_.bytes += listpack_entry_size(value);
}

int64_t List::remove(Bytes value, int64_t limit, Direction direction) {
    std::vector<int64_t> indexes;
    range(0, size() - 1, direction, [&](int64_t index, Bytes item) {
        if (item == value)
            indexes.push_back(index);
        return std::ssize(indexes) < limit;
    });
    if (direction == Direction::backward)
        std::reverse(indexes.begin(), indexes.end());
    int64_t removed = std::ssize(indexes);
    if (removed == 0)
        return 0;
    if (removed == size())
        clear();
    else if (packed())
        erase_packed(indexes);
    else
        erase(indexes, static_cast<uint64_t>(removed) * listpack_entry_size(value));
    return removed;
}

void List::erase_packed(std::span<const int64_t> indexes) {
    std::vector<Bytes> kept;
    kept.reserve(list_.size());
    list_.walk(0, list_.size(), [&](size_t index, Bytes item) {
        if (!indexes.empty() && static_cast<int64_t>(index) == indexes.front())
            indexes = indexes.subspan(1);
        else
            kept.push_back(item);
        return true;
    });
    replace(0, list_.size(), kept);
}

// What lies between two gaps moves together, and the longest such piece not at all.
void List::erase(std::span<const int64_t> indexes, uint64_t bytes) {
    int64_t gaps = std::ssize(indexes);
    auto begin = [&](int64_t piece) {
        return piece == 0 ? 0 : indexes[static_cast<size_t>(piece) - 1] + 1;
    };
    auto end = [&](int64_t piece) {
        return piece == gaps ? rows_.size : indexes[static_cast<size_t>(piece)];
    };
    int64_t resting = 0;
    for (int64_t piece = 1; piece <= gaps; piece++)
        if (end(piece) - begin(piece) > end(resting) - begin(resting))
            resting = piece;

    for (int64_t index : indexes)
        items().erase(rows_.collection, rows_.head + index);
    auto shift = [&](int64_t piece) {
        if (begin(piece) < end(piece))
            items().shift(rows_.collection, rows_.head + begin(piece), rows_.head + end(piece) - 1,
                          resting - piece);
    };
    for (int64_t piece = resting - 1; piece >= 0; piece--)
        shift(piece);
    for (int64_t piece = resting + 1; piece <= gaps; piece++)
        shift(piece);
    rows_.head += resting;
    rows_.size -= gaps;
    rows_.bytes -= bytes;
    changed_ = shrunk_ = true;
}

void List::trim(int64_t first, int64_t last) {
    keep(first, last, std::nullopt);
}

void List::keep(int64_t first, int64_t last, std::optional<uint64_t> cut_bytes) {
    if (last < first) {
        clear();
        return;
    }
    int64_t kept = last - first + 1;
    int64_t behind = size() - last - 1;
    int64_t cut = first + behind;
    if (cut == 0)
        return;
    if (packed()) {
        if (behind > 0)
            replace(static_cast<size_t>(last + 1), static_cast<size_t>(behind), {});
        if (first > 0)
            replace(0, static_cast<size_t>(first), {});
        return;
    }
    changed_ = shrunk_ = true;
    if (cut > kept) {
        rows_ = copy_rows(first, last, *entry_->elements);
        return;
    }
    if (!cut_bytes)
        cut_bytes = listpack_size(0, first - 1) + listpack_size(last + 1, size() - 1);
    erase_range(0, first - 1);
    erase_range(last + 1, size() - 1);
    rows_.head += first;
    rows_.size = kept;
    rows_.bytes -= *cut_bytes;
}

uint64_t List::listpack_size(int64_t first, int64_t last) {
    uint64_t size = 0;
    range(first, last, Direction::forward, [&](int64_t, Bytes value) {
        size += listpack_entry_size(value);
        return true;
    });
    return size;
}

void List::erase_range(int64_t first, int64_t last) {
    for (int64_t index = first; index <= last; index++)
        items().erase(rows_.collection, rows_.head + index);
}

// Copies

void List::copy_to(Entry& target, int64_t expires_at) {
    Bytes value = packed() ? entry_->value()
                           : target.keep(copy_rows(0, size() - 1, *target.elements).value());
    target.put(Type::list, value, expires_at, encoding_);
}

// Writes what was read in batches, since a read that follows a write is dear.
List::Rows List::copy_rows(int64_t first, int64_t last, store::Elements& target) {
    Rows copy(target.new_collection());
    std::vector<std::string> batch;
    for (; first <= last; first += std::ssize(batch)) {
        size_t size = 0;
        batch.clear();
        range(first, last, Direction::forward, [&](int64_t, Bytes value) {
            batch.emplace_back(value);
            size += sizeof(std::string) + value.size();
            return size < batch_size;
        });
        if (batch.empty())
            throw std::runtime_error("a list is damaged: an item is missing");
        for (const std::string& value : batch)
            append(copy, target, value);
    }
    return copy;
}

}  // namespace type
