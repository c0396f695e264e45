// The commands PGCACHE.* by way of SQL, with the rights of the current role.
#pragma once

#include "command/cached_tables.hpp"

namespace server {

class TablesInSql final : public command::CachedTables {
public:
    std::optional<std::string> read(core::Bytes table, core::Bytes key,
                                    std::optional<int64_t> seconds) override;
    void read_several(core::Bytes table, std::span<const core::Bytes> keys,
                      core::FunctionRef<void(std::optional<core::Bytes> row)> visit) override;
    std::optional<std::string> write(core::Bytes table, core::Bytes row) override;
    int64_t invalidate(core::Bytes table, std::optional<core::Bytes> key) override;
};

}  // namespace server
