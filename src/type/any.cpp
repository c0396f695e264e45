#include "type/any.hpp"

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

int64_t count_fields(const Entry& entry, CollectionId collection) {
    int64_t count = 0;
    entry.elements->fields().walk(collection, 1, store::max_hash, [&](uint64_t, Bytes, Bytes) {
        count++;
        return true;
    });
    return count;
}

int64_t count_members(const Entry& entry, CollectionId collection) {
    int64_t count = 0;
    entry.elements->members().walk(collection, 1, store::max_hash, [&](uint64_t, Bytes, double) {
        count++;
        return true;
    });
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
        expect_count(problems, count_fields(entry, *collection), static_cast<int64_t>(hash.size()));
}

void find_problems(const Entry& entry, Set& set, Problems& problems) {
    if (auto collection = store::collection_of(entry.value()))
        expect_count(problems, count_fields(entry, *collection), static_cast<int64_t>(set.size()));
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
        expect_count(problems, count_members(entry, *collection), zset.size());
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
