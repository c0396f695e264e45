// Commands on several sets: intersections, unions and differences.
#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "core/number.hpp"
#include "type/set.hpp"

namespace command::set {

namespace {

using store::Entry;
using store::FunctionRef;
using store::Place;
using type::Set;

// Takes the members of a result, one after another, until it returns false.
using Take = FunctionRef<bool(Bytes member)>;
using Combine = void (*)(Call& call, const std::vector<Set>& sets, Take take);

// Takes those members of a set for which `admits` is true, which may ask other sets.
void take_if(Call& call, const Set& set, FunctionRef<bool(Bytes member)> admits, Take take) {
    constexpr uint64_t members_at_a_time = 1024;
    uint64_t cursor = 0;
    do {
        std::vector<std::string> members;
        cursor = set.scan(cursor, members_at_a_time,
                          [&](Bytes member) { members.emplace_back(member); });
        for (const std::string& member : members)
            if (admits(member) && !take(member))
                return;
        call.store.check_interrupts();
    } while (cursor != 0);
}

void intersect(Call& call, const std::vector<Set>& sets, Take take) {
    std::vector<const Set*> by_size;
    for (const Set& set : sets)
        by_size.push_back(&set);
    std::stable_sort(by_size.begin(), by_size.end(), [](const Set* left, const Set* right) {
        return left->size() < right->size();
    });
    auto all_others_contain = [&](Bytes member) {
        return std::all_of(by_size.begin() + 1, by_size.end(),
                           [&](const Set* set) { return set->contains(member); });
    };
    take_if(call, *by_size.front(), all_others_contain, take);
}

void subtract(Call& call, const std::vector<Set>& sets, Take take) {
    auto no_other_contains = [&](Bytes member) {
        return std::none_of(sets.begin() + 1, sets.end(),
                            [&](const Set& set) { return set.contains(member); });
    };
    take_if(call, sets.front(), no_other_contains, take);
}

void unite(Call&, const std::vector<Set>& sets, Take take) {
    std::unordered_set<std::string> taken;
    bool takes_more = true;
    for (size_t i = 0; takes_more && i < sets.size(); i++)
        sets[i].walk([&](Bytes member) {
            return takes_more = !taken.emplace(member).second || take(member);
        });
}

// Reads the sets of a number of keys from an argument on.
Status read_sets(Call& call, size_t first, size_t count, std::vector<Set>& sets) {
    for (size_t i = first; i < first + count; i++) {
        Entry entry;
        call.store.read(call.place(i), entry);
        RETURN_IF_ERROR(sets.emplace_back(call.store).open(entry));
    }
    return {};
}

Status reply_combined(Call& call, Combine combine) {
    std::vector<Set> sets;
    RETURN_IF_ERROR(read_sets(call, 1, call.size() - 1, sets));
    call.reply.begin_set();
    combine(call, sets, [&](Bytes member) {
        call.reply.bulk(member);
        return true;
    });
    call.reply.end_set();
    return {};
}

// The keys of a command, each once, and where each argument's is among them.
struct Keys {
    explicit Keys(const Call& call) {
        std::unordered_map<Bytes, size_t> known;
        for (size_t i = 1; i < call.size(); i++) {
            auto [key, is_new] = known.emplace(call[i], places.size());
            if (is_new)
                places.push_back(call.place(i));
            place_of_argument.push_back(key->second);
        }
    }

    std::vector<Place> places;
    std::vector<size_t> place_of_argument;  // from the first key on
};

Status store_combined(Call& call, Combine combine) {
    Keys keys(call);
    size_t size = 0;
    auto change = [&](std::span<Entry> entries) -> Status {
        std::vector<Set> sets;
        for (size_t i = 1; i < keys.place_of_argument.size(); i++) {
            const Entry& source = entries[keys.place_of_argument[i]];
            RETURN_IF_ERROR(sets.emplace_back(call.store).open(source));
        }
        std::vector<std::string> members;
        combine(call, sets, [&](Bytes member) {
            members.emplace_back(member);
            return true;
        });
        size = members.size();
        Set::create(call.store, entries[0], std::vector<Bytes>(members.begin(), members.end()));
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(keys.places, change));
    call.reply.integer(static_cast<int64_t>(size));
    return {};
}

// SINTERCARD numkeys key [key ...] [LIMIT limit], where 0 is no limit.
Status parse_cardinality(const Call& call, size_t& keys, int64_t& limit) {
    std::optional<int64_t> number = core::parse_integer(call[1]);
    if (!number || *number < 1)
        return ErrorCode::numkeys_not_positive;
    keys = static_cast<size_t>(*number);
    if (keys > call.size() - 2)
        return ErrorCode::numkeys_too_large;
    Options options(call, 2 + keys);
    while (!options.done()) {
        Bytes value;
        if (!options.value("LIMIT", value))
            return ErrorCode::syntax;
        std::optional<int64_t> parsed = core::parse_integer(value);
        if (!parsed || *parsed < 0)
            return ErrorCode::negative_limit;
        limit = *parsed;
    }
    return {};
}

}  // namespace

Status sinter(Call& call) {
    return reply_combined(call, intersect);
}

Status sunion(Call& call) {
    return reply_combined(call, unite);
}

Status sdiff(Call& call) {
    return reply_combined(call, subtract);
}

Status sinterstore(Call& call) {
    return store_combined(call, intersect);
}

Status sunionstore(Call& call) {
    return store_combined(call, unite);
}

Status sdiffstore(Call& call) {
    return store_combined(call, subtract);
}

Status sintercard(Call& call) {
    size_t keys = 0;
    int64_t limit = 0;
    RETURN_IF_ERROR(parse_cardinality(call, keys, limit));
    std::vector<Set> sets;
    RETURN_IF_ERROR(read_sets(call, 2, keys, sets));
    int64_t size = 0;
    intersect(call, sets, [&](Bytes) { return ++size != limit; });
    call.reply.integer(size);
    return {};
}

}  // namespace command::set
