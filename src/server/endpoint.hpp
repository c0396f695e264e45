// An address of the settings, with what it stands for.
#pragma once

#include <vector>

#include "server/listener.hpp"
#include "server/network_options.hpp"

namespace server {

struct Endpoint {
    std::vector<Listener::Place> places;  // a name may stand for several
    bool may_fail = false;                // where the machine has no such address

    // Throws std::runtime_error.
    static std::vector<Endpoint> of(const NetworkOptions& options);
};

}  // namespace server
