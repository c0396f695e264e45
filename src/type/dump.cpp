#include "type/dump.hpp"

#include "core/rdb_writer.hpp"
#include "type/hash.hpp"
#include "type/list.hpp"
#include "type/set.hpp"
#include "type/zset.hpp"

namespace type {

namespace {

using core::RdbWriter;

std::string dump_list(Entry& entry, List& list) {
    RdbWriter writer(RdbWriter::Type::list);
    (void)list.open(entry);
    writer.count(static_cast<uint64_t>(list.size()));
    list.range(0, list.size() - 1, store::Direction::forward, [&](int64_t, Bytes item) {
        writer.bytes(item);
        return true;
    });
    return std::move(writer).finish();
}

std::string dump_set(Entry& entry, Set& set) {
    RdbWriter writer(RdbWriter::Type::set);
    (void)set.view(entry);
    writer.count(set.size());
    set.walk([&](Bytes member) {
        writer.bytes(member);
        return true;
    });
    return std::move(writer).finish();
}

std::string dump_hash(Entry& entry, Hash& hash) {
    RdbWriter writer(RdbWriter::Type::hash);
    (void)hash.view(entry);
    writer.count(hash.size());
    hash.walk([&](Bytes field, Bytes value) {
        writer.bytes(field);
        writer.bytes(value);
        return true;
    });
    return std::move(writer).finish();
}

std::string dump_zset(Entry& entry, ZSet& zset) {
    RdbWriter writer(RdbWriter::Type::zset);
    (void)zset.open(entry);
    writer.count(static_cast<uint64_t>(zset.size()));
    zset.range(Gap::begin(), Gap::end(), store::Direction::forward,
               [&](Bytes member, double score) {
                   writer.bytes(member);
                   writer.score(score);
                   return true;
               });
    return std::move(writer).finish();
}

std::string dump_string(const Entry& entry) {
    RdbWriter writer(RdbWriter::Type::string);
    writer.bytes(entry.value());
    return std::move(writer).finish();
}

}  // namespace

std::string dump(store::Store& store, Entry& entry) {
    switch (entry.type) {
        case Type::list: {
            List list;
            return dump_list(entry, list);
        }
        case Type::set: {
            Set set(store);
            return dump_set(entry, set);
        }
        case Type::hash: {
            Hash hash(store);
            return dump_hash(entry, hash);
        }
        case Type::zset: {
            ZSet zset;
            return dump_zset(entry, zset);
        }
        default:
            return dump_string(entry);
    }
}

}  // namespace type
