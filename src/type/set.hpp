// Sets. Written once for both forms: packed and in rows.
#pragma once

#include <string>
#include <vector>

#include "type/field_storage.hpp"

namespace type {

// As VisitField and TakeField.
using VisitMember = FunctionRef<bool(Bytes member)>;
using TakeMember = FunctionRef<void(Bytes member)>;

class Set {
public:
    explicit Set(store::Store& store)
        : store_(store), members_(store, Type::set, FieldStorage::Shape::names) {}

    // The entry shall become a new set of different members.
    static void create(store::Store& store, Entry& target, std::span<const Bytes> members,
                       int64_t expires_at = store::never);

    // See FieldStorage.
    Status view(const Entry& entry) { return members_.view(entry); }
    Status open(const Entry& entry) { return members_.open(entry); }

    uint64_t size() const { return members_.size(); }
    const char* encoding() const;
    bool contains(Bytes member) const { return members_.contains(member); }
    void walk(VisitMember visit) const;
    uint64_t scan(uint64_t cursor, uint64_t count, TakeMember take) const;
    void pick(TakeMember take) const;
    void pick_many(int64_t count, TakeMember take) const;

    // Returns how many of the members were not there yet.
    uint64_t add(std::span<const Bytes> members);
    // Returns how many of the members were there.
    uint64_t erase(std::span<const Bytes> members);
    // Takes so many members out at random, or all there are; count is not negative.
    std::vector<std::string> pop(int64_t count);

    void save(Entry& entry) const { members_.save(entry); }
    void copy_to(Entry& target, int64_t expires_at) const { members_.copy_to(target, expires_at); }

private:
    void note_encoding(std::span<const Bytes> added);

    store::Store& store_;
    FieldStorage members_;
};

}  // namespace type
