#include "type/any.hpp"

#include <algorithm>
#include <stdexcept>

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

// Of hashes and sets.
template <class Collection>
void find_problems(const Entry& entry, Collection& collection, Problems& problems) {
    if (auto id = store::collection_of(entry.value()))
        expect_count(problems, count_named(entry.elements->fields(), *id, problems),
                     static_cast<int64_t>(collection.size()));
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

// Calls a function with the entry's collection, opened.
template <class Use>
void with_collection(store::Store& store, Entry& entry, Use use) {
    auto open_and_use = [&](auto collection) {
        if (!collection.open(entry))
            throw std::logic_error("a collection is of another type than its key");
        use(collection);
    };
    switch (entry.type) {
        case Type::list:
            return open_and_use(List());
        case Type::hash:
            return open_and_use(Hash(store));
        case Type::set:
            return open_and_use(Set(store));
        case Type::zset:
            return open_and_use(ZSet());
        default:
            throw std::logic_error("a key was taken for a collection");
    }
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

int64_t count(store::Store& store, Entry& entry) {
    int64_t size = 0;
    with_collection(store, entry,
                    [&](auto& collection) { size = static_cast<int64_t>(collection.size()); });
    return size;
}

void copy(store::Store& store, Entry& source, Entry& target) {
    with_collection(store, source,
                    [&](auto& collection) { collection.copy_to(target, source.expires_at); });
}

std::vector<std::string> problems(store::Store& store, Entry& entry) {
    Problems problems;
    if (entry.type == Type::string)
        return problems;
    with_collection(store, entry, [&](auto& collection) {
        find_problems(entry, collection, problems);
        if (collection.size() == 0)
            problems.emplace_back("a collection without elements is a key");
    });
    return problems;
}

}  // namespace type
