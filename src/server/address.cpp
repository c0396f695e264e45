#include "server/address.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <stdexcept>

namespace server {

namespace {

std::string with_port(const std::string& host, in_port_t port) {
    return host + ":" + std::to_string(ntohs(port));
}

}  // namespace

Address::Address(const sockaddr* address, socklen_t size)
    : size_(std::min<socklen_t>(size, sizeof(storage_))) {
    std::memcpy(&storage_, address, size_);
}

std::vector<Address> Address::resolve(const std::string& name, int port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const char* host = name == "*" ? nullptr : name.c_str();
    int error = getaddrinfo(host, std::to_string(port).c_str(), &hints, &found);
    if (error != 0)
        throw std::runtime_error("could not resolve \"" + name + "\": " + gai_strerror(error));
    std::vector<Address> addresses;
    for (addrinfo* one = found; one != nullptr; one = one->ai_next)
        addresses.emplace_back(one->ai_addr, one->ai_addrlen);
    freeaddrinfo(found);
    return addresses;
}

Address Address::of_unix_socket(const std::string& path) {
    sockaddr_un address{};
    if (path.size() >= sizeof(address.sun_path))
        throw std::runtime_error("the path \"" + path + "\" is too long for a Unix socket");
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size());
    return Address(reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

Address Address::of_socket(int descriptor) {
    Address address;
    address.size_ = sizeof(address.storage_);
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address.storage_), &address.size_) < 0)
        return Address();
    return address;
}

bool Address::is_loopback() const {
    if (family() == AF_INET) {
        const auto& address = reinterpret_cast<const sockaddr_in&>(storage_);
        return ntohl(address.sin_addr.s_addr) >> 24 == 127;
    }
    if (family() == AF_INET6) {
        const in6_addr& address = reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr;
        return IN6_IS_ADDR_LOOPBACK(&address) ||
               (IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == 127);
    }
    return is_unix_socket();
}

std::string Address::path() const {
    const auto& address = reinterpret_cast<const sockaddr_un&>(storage_);
    return is_unix_socket() ? std::string(address.sun_path) : std::string();
}

std::string Address::text() const {
    char host[INET6_ADDRSTRLEN] = "?";
    if (family() == AF_INET) {
        const auto& address = reinterpret_cast<const sockaddr_in&>(storage_);
        inet_ntop(AF_INET, &address.sin_addr, host, sizeof(host));
        return with_port(host, address.sin_port);
    }
    if (family() == AF_INET6) {
        const auto& address = reinterpret_cast<const sockaddr_in6&>(storage_);
        inet_ntop(AF_INET6, &address.sin6_addr, host, sizeof(host));
        return with_port("[" + std::string(host) + "]", address.sin6_port);
    }
    return path();
}

bool Address::operator==(const Address& other) const {
    return size_ == other.size_ && std::memcmp(&storage_, &other.storage_, size_) == 0;
}

}  // namespace server
