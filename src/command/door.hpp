// What a command that came over the Redis protocol may know of where it came from.
#pragma once

#include "command/client.hpp"
#include "command/roles.hpp"
#include "command/server.hpp"

namespace command {

struct Door {
    Client& client;
    Clients& clients;
    Server& server;
    Roles* roles = nullptr;  // of the ACL commands; the door has them
};

}  // namespace command
