// TLS, where hiredis has it.
#pragma once

#include <string>

#include "relay/target.hpp"

struct redisContext;

namespace relay {

// On a connected socket. What is written and read from now on does the handshake. The server's
// certificate has to be valid for the target's host.
bool start_tls(redisContext& context, const Target& target, std::string& problem);

// To what hiredis says of a failure, which is little, adds what OpenSSL does.
void add_tls_problem(std::string& problem);

}  // namespace relay
