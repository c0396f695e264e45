// The keys that a transaction has changed and not written yet.
#pragma once

#include <unordered_map>

#include "store/row.hpp"

namespace store {

struct ChangedKey {
    Keyspace keyspace;
    std::string name;

    // The row as it is in the table.
    bool is_there = false;
    bool is_new = false;     // it is a placeholder of this transaction's
    bool is_locked = false;  // nobody else can change it before the transaction ends
    bool was_key = false;    // it counts among its keyspace's keys
    ItemPointerData tid = {};
    int64 id = 0;

    // What shall stand in it. A type of none: it shall be gone.
    bool is_changed = false;
    Type type = Type::none;
    Encoding encoding = Encoding::plain;
    int32_t due = 0;
    int64_t expires_at = never;
    int64_t version = 0;
    std::string value;
    bool value_stays = false;  // it is the row's, which is too large to be read without need
    std::optional<CollectionId> collection;
};

class ChangedKeys {
public:
    bool empty() const { return keys_.empty(); }
    // Null if it is not among them. Keys stay where they are until clear().
    ChangedKey* find(const RowKey& key);
    ChangedKey& add(const RowKey& key);
    // In the order in which all who change several keys lock them.
    std::vector<ChangedKey*> in_order();
    void clear() { keys_.clear(); }

private:
    std::unordered_multimap<uint64_t, ChangedKey> keys_;  // by the hash of the name
};

}  // namespace store
