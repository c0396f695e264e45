// Tables of PostgreSQL's that are read through the cache, as the commands PGCACHE.* see them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/bytes.hpp"
#include "core/function_ref.hpp"

namespace command {

using core::Bytes;
using core::FunctionRef;

// Rows and keys are JSON. What PostgreSQL refuses is thrown.
class CachedTables {
public:
    // Without a time, that of the setting kv.cache_ttl.
    virtual std::optional<std::string> read(Bytes table, Bytes key,
                                            std::optional<int64_t> seconds) = 0;
    // Visits the rows in the order of the keys.
    virtual void read_several(Bytes table, std::span<const Bytes> keys,
                              FunctionRef<void(std::optional<Bytes> row)> visit) = 0;
    virtual std::optional<std::string> write(Bytes table, Bytes row) = 0;
    // Without a key, all of the table.
    virtual int64_t invalidate(Bytes table, std::optional<Bytes> key) = 0;

protected:
    ~CachedTables() = default;
};

}  // namespace command
