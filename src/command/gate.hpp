// What stands before a command of the Redis protocol: whether the client may call it as things are.
#pragma once

#include "command/client.hpp"
#include "command/command.hpp"

namespace command {

// The command that the arguments call, in the order in which Redis finds faults: unknown, wrong
// arity, not logged in, not allowed inside MULTI. Rights are the server's to look up, next.
core::Result<const Command*> admit(const Client& client, std::span<const Bytes> arguments);

// The answer to a user that has not the right.
Status no_permission(Bytes user, const Command& command);

}  // namespace command
