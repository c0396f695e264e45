// The address of one external Redis server, and who we are there.
#pragma once

#include <string>

namespace relay {

struct Target {
    std::string host;  // a name, an address, or the path of a Unix socket, which begins with /
    int port = 6379;
    int database = 0;
    std::string username;  // empty: the default user
    std::string password;  // empty: none
    bool tls = false;
    std::string tls_ca_file;  // empty: the system's authorities
};

}  // namespace relay
