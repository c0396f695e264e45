// The roles of PostgreSQL for the ACL commands. Called within a transaction, outside pg::call;
// throws pg::Error.
#pragma once

#include "command/roles.hpp"

namespace server {

class Roles final : public command::Roles {
public:
    std::vector<Role> all() override;
    std::optional<Role> find(core::Bytes name) override;
    bool may_run(const Role& role, const command::Command& command) override;
    void fill_with_random(std::span<uint8_t> bytes) override;
    command::AclLog& log() override { return log_; }

private:
    command::AclLog log_;
};

}  // namespace server
