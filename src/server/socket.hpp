// Owns a socket's descriptor.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace server {

class Socket {
public:
    // -1 and errno if the system gives none.
    static Socket open(int family) {
        return Socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    }

    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Socket& operator=(Socket&&) = delete;
    ~Socket() { close(); }

    int get() const { return descriptor_; }

    void close() {
        if (descriptor_ >= 0)
            ::close(std::exchange(descriptor_, -1));
    }

private:
    int descriptor_;
};

}  // namespace server
