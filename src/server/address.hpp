// Addresses of sockets: IPv4, IPv6, and paths of Unix sockets.
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

namespace server {

class Address {
public:
    Address() = default;
    Address(const sockaddr* address, socklen_t size);

    // The addresses that a name, or a number, stands for; "*" stands for all of the machine's. Asks
    // the system's resolver, and waits for it. Throws std::runtime_error.
    static std::vector<Address> resolve(const std::string& name, int port);
    // Throws if the path is longer than the system takes.
    static Address of_unix_socket(const std::string& path);
    // Where a socket is bound.
    static Address of_socket(int descriptor);

    const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    socklen_t size() const { return size_; }
    int family() const { return storage_.ss_family; }
    bool is_unix_socket() const { return family() == AF_UNIX; }
    bool is_loopback() const;  // Unix sockets are
    std::string path() const;  // of a Unix socket

    // "127.0.0.1:6379", "[::1]:6379", or the path.
    std::string text() const;

    bool operator==(const Address& other) const;

private:
    sockaddr_storage storage_{};
    socklen_t size_ = 0;
};

}  // namespace server
