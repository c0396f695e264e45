// What ZUNION and its kin take their members from: a sorted set, or a set, whose members count as
// if their score were 1.
#pragma once

#include <optional>

#include "command/command.hpp"
#include "type/set.hpp"
#include "type/zset.hpp"

namespace command::zset {

class Source {
public:
    // For a single look at an entry, before the store is called again.
    explicit Source(store::Store& store) : set_(store) {}
    Status open(store::Entry& entry);

    uint64_t size() const;
    std::optional<double> score(Bytes name);
    void walk(type::ZSet::Visit visit);

private:
    bool is_set_ = false;
    type::Set set_;
    type::ZSet zset_;
};

}  // namespace command::zset
