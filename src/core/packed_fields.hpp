// A small collection of names, each with a value or without, in a row of bytes: a zero byte, the
// number of entries, and the entries in the order in which they came, each text after a byte for
// its length. Whoever reads bytes that are not so gets a std::runtime_error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/bytes.hpp"

namespace core {

class PackedFields {
public:
    enum class Shape { names, pairs };

    struct Field {
        Bytes name;
        Bytes value;
    };

    // An entry, and where it lies among the bytes. Valid until the next change.
    struct Entry : Field {
        size_t begin;
        size_t end;

        size_t size() const { return end - begin; }
    };

    // Goes through the entries: for (auto at = fields.begin(); at.next(entry);) ...
    class Cursor {
    public:
        bool next(Entry& entry);

    private:
        friend PackedFields;
        Cursor(Shape shape, Bytes bytes);
        Bytes take_text();

        Shape shape_;
        Bytes bytes_;
        size_t offset_;
        size_t left_;
    };

    static constexpr char marker = 0;  // what the bytes begin with
    static constexpr size_t header_size = 2;
    static constexpr size_t max_count = UINT8_MAX;
    static constexpr size_t max_text_size = UINT8_MAX;

    explicit PackedFields(Shape shape) : shape_(shape) {}

    // Looks at bytes, which must stay until the first change.
    void view(Bytes bytes);
    // Makes a copy, if there is none yet, so that the bytes viewed need not stay.
    void own();

    Bytes bytes() const { return owned_ ? Bytes(own_) : view_; }
    size_t count() const { return static_cast<unsigned char>(bytes()[1]); }
    size_t entry_size(const Field& field) const;

    Cursor begin() const { return {shape_, bytes()}; }
    std::optional<Entry> find(Bytes name) const;
    Entry at(size_t index) const;

    // The name is not there yet.
    void append(const Field& field);
    void replace_value(const Entry& entry, Bytes value);
    void erase(const Entry& entry);

private:
    void change_count(int by);

    Shape shape_;
    Bytes view_{"\0\0", header_size};
    std::string own_;
    bool owned_ = false;
};

}  // namespace core
