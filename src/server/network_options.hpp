// What the settings say about the server's sockets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "server/tls_options.hpp"

namespace server {

struct NetworkOptions {
    std::vector<std::string> addresses;      // numeric, names, "*" for all; "-" before: may fail
    std::vector<std::string> tls_addresses;  // the same, of tls_port
    std::optional<int> port;                 // none: no TCP without TLS; 0: any that is free
    std::optional<int> tls_port;             // none: no TLS
    int backlog = 511;
    std::string unix_socket;               // path; empty: none
    unsigned unix_socket_permissions = 0;  // 0: as the umask has it
    int tcp_keepalive = 300;               // seconds; 0: off
    size_t query_buffer_limit = 1u << 30;  // bytes of input that wait; more ends the connection
    std::optional<TlsOptions> tls;         // needed for tls_port
};

}  // namespace server
