#include "core/packed_fields.hpp"

#include <stdexcept>

namespace core {

namespace {

[[noreturn]] void fail() {
    throw std::runtime_error("the packed value of a hash or set is corrupt");
}

void append_text(std::string& bytes, Bytes text) {
    if (text.size() > PackedFields::max_text_size)
        throw std::logic_error("a text too long to be packed");
    bytes.push_back(static_cast<char>(text.size()));
    bytes.append(text);
}

}  // namespace

PackedFields::Cursor::Cursor(Shape shape, Bytes bytes)
    : shape_(shape),
      bytes_(bytes),
      offset_(header_size),
      left_(static_cast<unsigned char>(bytes[1])) {}

Bytes PackedFields::Cursor::take_text() {
    if (offset_ >= bytes_.size())
        fail();
    size_t size = static_cast<unsigned char>(bytes_[offset_]);
    if (size > bytes_.size() - offset_ - 1)
        fail();
    Bytes text(bytes_.data() + offset_ + 1, size);
    offset_ += 1 + size;
    return text;
}

bool PackedFields::Cursor::next(Entry& entry) {
    if (left_ == 0) {
        if (offset_ != bytes_.size())
            fail();
        return false;
    }
    left_--;
    entry.begin = offset_;
    entry.name = take_text();
    entry.value = shape_ == Shape::pairs ? take_text() : Bytes();
    entry.end = offset_;
    return true;
}

void PackedFields::view(Bytes bytes) {
    if (bytes.size() < header_size || bytes[0] != marker)
        fail();
    view_ = bytes;
    owned_ = false;
}

void PackedFields::own() {
    if (owned_)
        return;
    own_ = view_;
    owned_ = true;
}

size_t PackedFields::entry_size(const Field& field) const {
    return 1 + field.name.size() + (shape_ == Shape::pairs ? 1 + field.value.size() : 0);
}

std::optional<PackedFields::Entry> PackedFields::find(Bytes name) const {
    Entry entry;
    for (Cursor at = begin(); at.next(entry);)
        if (entry.name == name)
            return entry;
    return std::nullopt;
}

PackedFields::Entry PackedFields::at(size_t index) const {
    Entry entry;
    Cursor at = begin();
    for (size_t i = 0; i <= index; i++)
        if (!at.next(entry))
            throw std::logic_error("an entry past the last was asked for");
    return entry;
}

void PackedFields::append(const Field& field) {
    own();
    change_count(+1);
    append_text(own_, field.name);
    if (shape_ == Shape::pairs)
        append_text(own_, field.value);
}

void PackedFields::replace_value(const Entry& entry, Bytes value) {
    std::string text;
    append_text(text, value);
    own();
    size_t begin = entry.end - entry.value.size() - 1;
    own_.replace(begin, entry.end - begin, text);
}

void PackedFields::erase(const Entry& entry) {
    own();
    change_count(-1);
    own_.erase(entry.begin, entry.size());
}

void PackedFields::change_count(int by) {
    size_t changed = count() + static_cast<size_t>(by);
    if (changed > max_count)
        throw std::logic_error("too many entries to be packed");
    own_[1] = static_cast<char>(changed);
}

}  // namespace core
