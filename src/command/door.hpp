// What a command that came over the Redis protocol may know of where it came from.
#pragma once

#include "command/client.hpp"
#include "command/server.hpp"

namespace command {

struct Door {
    Client& client;
    Clients& clients;
    Server& server;
};

}  // namespace command
