// Hashes. Written once for both forms: packed and in rows.
#pragma once

#include "type/field_storage.hpp"

namespace type {

class Hash {
public:
    explicit Hash(store::Store& store) : fields_(store, Type::hash, FieldStorage::Shape::pairs) {}

    // The entry shall become a new hash of fields of different names.
    static void create(store::Store& store, Entry& target, std::span<const Field> fields,
                       int64_t expires_at = store::never);

    // See FieldStorage.
    Status view(const Entry& entry) { return fields_.view(entry); }
    Status open(const Entry& entry) { return fields_.open(entry); }

    uint64_t size() const { return fields_.size(); }
    const char* encoding() const;
    std::optional<Bytes> find(Bytes field) const { return fields_.find(field); }
    bool contains(Bytes field) const { return fields_.contains(field); }
    void walk(VisitField visit) const { fields_.walk(visit); }
    uint64_t scan(uint64_t cursor, uint64_t count, TakeField take) const {
        return fields_.scan(cursor, count, take);
    }
    void pick(TakeField take) const { fields_.pick(take); }
    void pick_many(int64_t count, TakeField take) const { fields_.pick_many(count, take); }

    // True if the field was not there yet. Who knows whether it is there saves looking for it.
    bool set(Bytes field, Bytes value, std::optional<bool> is_there = {});
    // Of a field that is given more than once the last value counts. Returns how many fields were
    // not there yet.
    uint64_t set_many(std::span<const Field> fields);
    // Returns how many fields there were.
    uint64_t erase(std::span<const Bytes> fields);

    void save(Entry& entry) const { fields_.save(entry); }
    void copy_to(Entry& target, int64_t expires_at) const { fields_.copy_to(target, expires_at); }

private:
    void note_encoding(std::span<const Field> added);

    FieldStorage fields_;
};

}  // namespace type
