#include "type/any.hpp"

#include <algorithm>

#include "type/hash.hpp"
#include "type/list.hpp"
#include "type/set.hpp"
#include "type/zset.hpp"

namespace type {

namespace {

using Problems = std::vector<std::string>;

void expect_count(Problems& problems, int64_t counted, int64_t told) {
    if (counted != told)
        problems.push_back("there are " + std::to_string(counted) + " elements, but " +
                           std::to_string(told) + " are told");
}

// Counts fields or members, and looks for each by its name: none may be elsewhere than its hash
// says, and none there twice. In batches, since a visit may not call the store.
template <class Named>
int64_t count_named(Named& elements, CollectionId collection, Problems& problems) {
    constexpr size_t batch = 1000;
    int64_t count = 0;
    int64_t lost = 0;
    int64_t twice = 0;
    uint64_t last = 0;
    bool more = true;
    while (more) {
        std::vector<std::string> names;
        size_t same_hash = 0;  // where the names of the last hash begin
        more = false;
        elements.walk(collection, last + 1, store::max_hash, [&](uint64_t hash, Bytes name, auto) {
            if (hash != last) {
                if (names.size() >= batch) {
                    more = true;
                    return false;
                }
                same_hash = names.size();
                last = hash;
            }
            twice += std::count(names.begin() + static_cast<std::ptrdiff_t>(same_hash), names.end(),
                                name);
            names.emplace_back(name);
            return true;
        });
        count += static_cast<int64_t>(names.size());
        for (const std::string& name : names)
            lost += elements.find(collection, name) ? 0 : 1;
    }
    if (lost > 0)
        problems.push_back(std::to_string(lost) + " elements are not found by their names");
    if (twice > 0)
        problems.push_back(std::to_string(twice) + " elements are there twice");
    return count;
}

int64_t count_items(const Entry& entry, CollectionId collection, Problems& problems) {
    int64_t count = 0;
    int64_t first = 0;
    int64_t last = 0;
    entry.elements->items().walk(collection, INT64_MIN, INT64_MAX, Direction::forward,
                                 [&](int64_t position, Bytes) {
                                     first = count++ == 0 ? position : first;
                                     last = position;
                                     return true;
                                 });
    if (count > 0 && last - first != count - 1)
        problems.push_back("the positions of the items are not contiguous");
    return count;
}

void find_problems(const Entry& entry, Hash& hash, Problems& problems) {
    if (auto collection = store::collection_of(entry.value()))
        expect_count(problems, count_named(entry.elements->fields(), *collection, problems),
                     static_cast<int64_t>(hash.size()));
}

void find_problems(const Entry& entry, Set& set, Problems& problems) {
    if (auto collection = store::collection_of(entry.value()))
        expect_count(problems, count_named(entry.elements->fields(), *collection, problems),
                     static_cast<int64_t>(set.size()));
}

void find_problems(const Entry& entry, List& list, Problems& problems) {
    if (auto collection = store::collection_of(entry.value()))
        expect_count(problems, count_items(entry, *collection, problems), list.size());
    int64_t seen = 0;
    list.range(0, list.size() - 1, Direction::forward, [&](int64_t, Bytes) { return ++seen > 0; });
    expect_count(problems, seen, list.size());
}

void find_problems(const Entry& entry, ZSet& zset, Problems& problems) {
    if (auto collection = store::collection_of(entry.value()))
        expect_count(problems, count_named(entry.elements->members(), *collection, problems),
                     zset.size());
    for (std::string& problem : zset.problems())
        problems.push_back(std::move(problem));
}

template <class Collection>
Problems problems_of(Entry& entry, Collection& collection) {
    Problems problems;
    if (collection.open(entry).ok())
        find_problems(entry, collection, problems);
    if (collection.size() == 0)
        problems.emplace_back("a collection without elements is a key");
    return problems;
}

}  // namespace

Status walk_values(store::Store& store, Entry& entry, FunctionRef<bool(Bytes value)> visit) {
    switch (entry.type) {
        case Type::list: {
            List list;
            RETURN_IF_ERROR(list.open(entry));
            list.range(0, list.size() - 1, Direction::forward,
                       [&](int64_t, Bytes value) { return visit(value); });
            return {};
        }
        case Type::set: {
            Set set(store);
            RETURN_IF_ERROR(set.view(entry));
            set.walk([&](Bytes member) { return visit(member); });
            return {};
        }
        case Type::zset: {
            ZSet zset;
            RETURN_IF_ERROR(zset.open(entry));
            zset.range(Gap::begin(), Gap::end(), Direction::forward,
                       [&](Bytes name, double) { return visit(name); });
            return {};
        }
        default:
            return ErrorCode::wrong_type;
    }
}

void copy(store::Store& store, Entry& source, Entry& target) {
    auto expect_open = [](const Status& status) {
        if (!status)
            throw std::logic_error("a collection of another type was to be copied");
    };
    switch (source.type) {
        case Type::list: {
            List list;
            expect_open(list.open(source));
            list.copy_to(target);
            break;
        }
        case Type::hash: {
            Hash hash(store);
            expect_open(hash.open(source));
            hash.copy_to(target, source.expires_at);
            break;
        }
        case Type::set: {
            Set set(store);
            expect_open(set.open(source));
            set.copy_to(target, source.expires_at);
            break;
        }
        case Type::zset: {
            ZSet zset;
            expect_open(zset.open(source));
            zset.copy_to(target, source.expires_at);
            break;
        }
        default:
            throw std::logic_error("what is no collection was to be copied");
    }
}

std::vector<std::string> problems(store::Store& store, Entry& entry) {
    switch (entry.type) {
        case Type::list: {
            List list;
            return problems_of(entry, list);
        }
        case Type::hash: {
            Hash hash(store);
            return problems_of(entry, hash);
        }
        case Type::set: {
            Set set(store);
            return problems_of(entry, set);
        }
        case Type::zset: {
            ZSet zset;
            return problems_of(entry, zset);
        }
        default:
            return {};
    }
}

}  // namespace type
