// The changes of mirrored keys within a transaction, each key once, in bounded memory.
#pragma once

#include <unordered_map>

#include "outbox/append.hpp"

namespace mirror {

using core::Bytes;

class KeyChanges {
public:
    bool empty() const { return changes_.empty(); }
    size_t bytes() const { return bytes_; }

    // Notes a key's last change.
    void add(int32 watch, outbox::Operation operation, Bytes key);
    void add_all(const KeyChanges& other);

    // Appends them to the outbox. Throws.
    void flush();

private:
    struct Change {
        int32 watch;
        outbox::Operation operation;
        std::string key;

        auto group() const { return std::pair(watch, operation); }
    };

    void append(std::span<const Change> group) const;

    std::vector<Change> changes_;                    // in the order of each key's first
    std::unordered_map<std::string, size_t> place_;  // by watch and key
    size_t bytes_ = 0;
};

}  // namespace mirror
