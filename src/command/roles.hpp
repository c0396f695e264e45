// The roles of PostgreSQL that come in by the Redis protocol, as the ACL commands tell of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "command/acl_log.hpp"
#include "core/bytes.hpp"

namespace command {

using core::Bytes;

struct Command;

class Roles {
public:
    struct Role {
        uint32_t oid;
        std::string name;
        bool is_enabled;      // it may come in
        bool needs_password;  // false: who does not AUTH is this role
        bool may_read;        // one database at least
        bool may_write;
    };

    // The members of the role that kv.client_role names, by name.
    virtual std::vector<Role> all() = 0;
    virtual std::optional<Role> find(Bytes name) = 0;
    virtual bool may_run(const Role& role, const Command& command) = 0;

    // Bytes that nobody can guess.
    virtual void fill_with_random(std::span<uint8_t> bytes) = 0;

    // Failed logins and denied commands.
    virtual AclLog& log() = 0;

protected:
    ~Roles() = default;
};

}  // namespace command
