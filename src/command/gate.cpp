#include "command/gate.hpp"

namespace command {

core::Result<const Command*> admit(const Client& client, std::span<const Bytes> arguments) {
    core::Result<const Command*> resolved = resolve(arguments);
    if (!resolved)
        return resolved;
    uint32_t flags = (*resolved)->flags;
    if (client.user.empty() && (flags & NO_AUTH) == 0)
        return ErrorCode::not_logged_in;
    if (client.is_queueing && (flags & NO_MULTI) != 0)
        return ErrorCode::not_in_transaction;
    return resolved;
}

Status no_permission(Bytes user, const Command& command) {
    return {ErrorCode::no_permission_of_user,
            std::string(user) + " has no permissions to run the '" + command.name + "'"};
}

}  // namespace command
