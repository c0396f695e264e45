// What hashes and sets have in common: names, each with a value or without, packed into the key's
// value or in rows.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/packed_fields.hpp"
#include "type/collection.hpp"

namespace type {

using Field = core::PackedFields::Field;

// Fields are visited until visit returns false, or all of them are taken. Neither may call the
// store.
using VisitField = FunctionRef<bool(Bytes name, Bytes value)>;
using TakeField = FunctionRef<void(Bytes name, Bytes value)>;

class FieldStorage {
public:
    using Shape = core::PackedFields::Shape;

    FieldStorage(store::Store& store, Type type, Shape shape)
        : store_(store), type_(type), shape_(shape), packed_(shape) {}

    // Begins an empty collection, to be written into the entry.
    void start(const Entry& target) { elements_ = target.elements; }
    // A missing key is an empty collection. To look at what a single entry shows, nothing is
    // copied; to open is to copy what does not stay when the store is called or elements written.
    Status view(const Entry& entry);
    Status open(const Entry& entry);

    uint64_t size() const { return size_; }
    Encoding encoding() const { return encoding_; }

    // Valid until the next call to this or to the store.
    std::optional<Bytes> find(Bytes name) const;
    bool contains(Bytes name) const { return find(name).has_value(); }
    void walk(VisitField visit) const;
    // Takes about `count` fields from a cursor on, and returns the next cursor; 0 both begins and
    // ends. A field that is there from beginning to end is taken at least once.
    uint64_t scan(uint64_t cursor, uint64_t count, TakeField take) const;

    // One at random, if there is any.
    void pick(TakeField take) const;
    // So many different ones at random, or all there are, in any order. A negative count: so many
    // picks, which may meet one field more than once.
    void pick_many(int64_t count, TakeField take) const;

    // Inserts fields of different names, or gives them their values where they are there. Returns
    // how many were inserted. Who knows whether they are there saves looking for them.
    uint64_t put(std::span<const Field> fields, std::optional<bool> are_there = {});
    // Erases different names, and returns how many were there.
    uint64_t erase(std::span<const Bytes> names);

    // Keeps just these fields, packed again. False, with nothing done, if they are too large.
    bool keep_packed(std::span<const Field> fields);

    void set_encoding(Encoding encoding) { encoding_ = encoding; }

    // Lets the entry that was opened become what this is now, if it was changed.
    void save(Entry& entry) const;
    // Lets an entry become this, whatever it is now; one that is empty is removed.
    void write(Entry& entry, int64_t expires_at) const;
    // Lets an entry, perhaps of another storage class, become a copy.
    void copy_to(Entry& target, int64_t expires_at) const;

private:
    bool is_packed() const { return !id_; }
    store::Fields& rows() const { return elements_->fields(); }

    bool stays_packed(std::span<const Field> fields) const;
    uint64_t put_packed(std::span<const Field> fields);
    uint64_t put_rows(std::span<const Field> fields, std::optional<bool> are_there);
    void move_to_rows();
    uint64_t scan_rows(uint64_t cursor, uint64_t count, TakeField take) const;
    void pick_independently(uint64_t count, TakeField take) const;
    void pick_distinct(uint64_t count, TakeField take) const;
    void check_interrupts(size_t iteration) const;

    store::Store& store_;
    Type type_;
    Shape shape_;
    store::Elements* elements_ = nullptr;
    Encoding encoding_ = Encoding::plain;
    std::optional<CollectionId> id_;  // none while it is packed
    core::PackedFields packed_;
    uint64_t size_ = 0;
    bool changed_ = false;
};

// The last field of each name, in the order in which the names came first.
std::vector<Field> last_of_each_name(std::span<const Field> fields);
// Each name once.
std::vector<Bytes> distinct(std::span<const Bytes> names);

}  // namespace type
