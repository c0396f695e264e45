#include "mirror/key_changes.hpp"

#include "pg/guard.hpp"

namespace mirror {

namespace {

// What a key takes besides its names.
constexpr size_t overhead = 128;

}  // namespace

void KeyChanges::add(int32 watch, outbox::Operation operation, Bytes key) {
    std::string name(reinterpret_cast<const char*>(&watch), sizeof(watch));
    name += key;
    auto [known, is_new] = place_.try_emplace(std::move(name), changes_.size());
    if (!is_new) {
        changes_[known->second].operation = operation;
        return;
    }
    changes_.push_back({watch, operation, std::string(key)});
    bytes_ += 2 * key.size() + overhead;
}

void KeyChanges::add_all(const KeyChanges& other) {
    for (const Change& change : other.changes_)
        add(change.watch, change.operation, change.key);
}

void KeyChanges::flush() {
    std::stable_sort(changes_.begin(), changes_.end(), [](const Change& left, const Change& right) {
        return left.group() < right.group();
    });
    std::span<const Change> rest = changes_;
    while (!rest.empty()) {
        auto end = std::find_if(rest.begin(), rest.end(), [&](const Change& change) {
            return change.group() != rest.front().group();
        });
        auto count = static_cast<size_t>(end - rest.begin());
        append(rest.first(count));
        rest = rest.subspan(count);
    }
    *this = {};
}

void KeyChanges::append(std::span<const Change> group) const {
    std::vector<Bytes> keys;
    keys.reserve(group.size());
    for (const Change& change : group)
        keys.push_back(change.key);
    pg::call([&] { outbox::append(group[0].watch, group[0].operation, keys, {}); });
}

}  // namespace mirror
