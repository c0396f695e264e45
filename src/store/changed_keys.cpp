#include "store/changed_keys.hpp"

#include <tuple>

namespace store {

ChangedKey* ChangedKeys::find(const RowKey& key) {
    auto [first, last] = keys_.equal_range(key.hash());
    for (auto it = first; it != last; ++it) {
        ChangedKey& found = it->second;
        if (found.keyspace.id == key.keyspace().id &&
            found.keyspace.storage == key.keyspace().storage && found.name == key.name())
            return &found;
    }
    return nullptr;
}

ChangedKey& ChangedKeys::add(const RowKey& key) {
    ChangedKey& added = keys_.emplace(key.hash(), ChangedKey())->second;
    added.keyspace = key.keyspace();
    added.name = key.name();
    return added;
}

std::vector<ChangedKey*> ChangedKeys::in_order() {
    std::vector<ChangedKey*> order;
    order.reserve(keys_.size());
    for (auto& [hash, key] : keys_)
        order.push_back(&key);
    std::sort(order.begin(), order.end(), [](const ChangedKey* left, const ChangedKey* right) {
        return std::tie(left->keyspace.storage, left->keyspace.id, left->name) <
               std::tie(right->keyspace.storage, right->keyspace.id, right->name);
    });
    return order;
}

}  // namespace store
