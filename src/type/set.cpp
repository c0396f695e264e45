#include "type/set.hpp"

#include <algorithm>

#include "core/number.hpp"
#include "type/random_pick.hpp"

namespace type {

namespace {

// Redis's default threshold for a set of integers.
constexpr size_t max_intset_entries = 512;

bool is_integer(Bytes member) {
    return core::parse_integer(member).has_value();
}

bool is_long(Bytes member) {
    return member.size() > max_packed_entry_size;
}

size_t most_entries(Encoding encoding) {
    return encoding == Encoding::intset ? max_intset_entries : max_packed_entries;
}

std::vector<Field> to_fields(std::span<const Bytes> members) {
    std::vector<Field> fields;
    fields.reserve(members.size());
    for (Bytes member : members)
        fields.push_back({member, {}});
    return fields;
}

std::vector<Bytes> to_bytes(std::span<const std::string> members) {
    return {members.begin(), members.end()};
}

}  // namespace

void Set::create(store::Store& store, Entry& target, std::span<const Bytes> members,
                 int64_t expires_at) {
    Set set(store);
    set.members_.start(target);
    set.members_.put(to_fields(members));
    set.members_.set_encoding(Encoding::intset);
    set.note_encoding(members);
    set.members_.write(target, expires_at);
}

const char* Set::encoding() const {
    switch (members_.encoding()) {
        case Encoding::intset:
            return "intset";
        case Encoding::large:
            return "hashtable";
        default:
            return "listpack";
    }
}

void Set::walk(VisitMember visit) const {
    members_.walk([&](Bytes member, Bytes) { return visit(member); });
}

uint64_t Set::scan(uint64_t cursor, uint64_t count, TakeMember take) const {
    return members_.scan(cursor, count, [&](Bytes member, Bytes) { take(member); });
}

void Set::pick(TakeMember take) const {
    members_.pick([&](Bytes member, Bytes) { take(member); });
}

void Set::pick_many(int64_t count, TakeMember take) const {
    members_.pick_many(count, [&](Bytes member, Bytes) { take(member); });
}

uint64_t Set::add(std::span<const Bytes> members) {
    if (size() == 0)
        members_.set_encoding(is_integer(members.front()) ? Encoding::intset : Encoding::plain);
    // Redis makes room for members that are given more than once, too.
    if (members.size() > most_entries(members_.encoding()))
        members_.set_encoding(Encoding::large);

    Field only{members.front(), {}};
    uint64_t added =
        members.size() == 1 ? members_.put({&only, 1}) : members_.put(to_fields(distinct(members)));
    note_encoding(members);
    return added;
}

uint64_t Set::erase(std::span<const Bytes> members) {
    return members.size() == 1 ? members_.erase(members) : members_.erase(distinct(members));
}

std::vector<std::string> Set::pop(int64_t count) {
    auto wanted = std::min(static_cast<uint64_t>(count), size());
    uint64_t left = size() - wanted;
    std::vector<std::string> popped;
    // As Redis, which makes a new set of the members that are left if they are few.
    if (left > max_packed_entries || left * 5 > wanted) {
        pick_many(count, [&](Bytes member) { popped.emplace_back(member); });
        members_.erase(to_bytes(popped));
        return popped;
    }

    std::vector<std::string> kept;
    Sample sample(store_, left, size());
    walk([&](Bytes member) {
        (sample.takes_next() ? kept : popped).emplace_back(member);
        return true;
    });
    std::vector<Bytes> kept_members = to_bytes(kept);
    if (members_.keep_packed(to_fields(kept_members))) {
        if (members_.encoding() == Encoding::large)
            members_.set_encoding(Encoding::plain);
    } else {
        members_.erase(to_bytes(popped));
    }
    return popped;
}

// A set of integers stays one until something else comes, or there are too many.
void Set::note_encoding(std::span<const Bytes> added) {
    Encoding encoding = members_.encoding();
    if (encoding == Encoding::intset && !std::all_of(added.begin(), added.end(), is_integer))
        encoding = Encoding::plain;
    bool is_large =
        size() > most_entries(encoding) ||
        (encoding == Encoding::plain && std::any_of(added.begin(), added.end(), is_long));
    members_.set_encoding(is_large ? Encoding::large : encoding);
}

}  // namespace type
