// The arguments of a command, as they are made of Datums.
#pragma once

#include "core/bytes.hpp"
#include "pg/pg.hpp"

namespace sql {

using core::Bytes;

// What a list of arguments is of: "keys", or of two things in turn.
struct ListName {
    Bytes first;
    Bytes second = {};
};

// Used within pg::call: it allocates from the current memory context, may raise, and leaves nothing
// to destroy.
class ArgumentList {
public:
    void clear();

    size_t size() const { return count_; }
    std::span<const Bytes> view() const { return {items_, count_}; }

    void add(Bytes bytes);
    void add_integer(int64 value);
    void add_real(double value);
    // A value of any type, as a cast to text would have it; bytea as it is.
    void add_value(Oid type, Datum value);
    // The elements of an array of any type, or of double precision. The name tells what one is
    // called that is null: of "keys" a key.
    void add_array(ArrayType* array, ListName name);
    void add_reals(ArrayType* array, ListName name);

    // Of two lists of the same length, one behind the other from `begin` on, makes pairs.
    void interleave(size_t begin);

private:
    static constexpr size_t first_capacity = 16;

    void add_base_value(Oid type, Datum value);
    void grow();

    Bytes* items_;
    size_t count_;
    size_t capacity_;
    Bytes first_[first_capacity];
};

// The bytes of a text or bytea.
Bytes bytes_of(Datum datum);

// "key must not be null", by the name of the parameter.
[[noreturn]] void raise_null(Bytes name);
// "a key must not be null", "a field or value must not be null".
[[noreturn]] void raise_null_in(ListName list);

}  // namespace sql
