// Clients as the commands about them tell them.
#pragma once

#include <optional>
#include <string>

#include "command/client.hpp"

namespace command {

// The letters that CLIENT LIST has for what a client is about.
std::string client_flags(const Client& client);

// The line of CLIENT LIST, without its end.
std::string client_line(const Client& client, int64_t now);

// Redis's kinds of clients. Here all are normal: a standby is PostgreSQL's.
enum class ClientType { normal, replica, pubsub, primary };
std::optional<ClientType> client_type(Bytes name);
inline ClientType type_of(const Client&) {
    return ClientType::normal;
}

// What may stand in a client's name.
bool is_client_word(Bytes text);

}  // namespace command
