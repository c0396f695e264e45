#include "relay/resolver.hpp"

// The newest c-ares would rather be given callbacks than be asked for its sockets; Debian 12's has
// not all of these.
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

namespace relay {

Resolver::Resolver(const std::string& host) {
    int status = ares_library_init(ARES_LIB_INIT_ALL);
    if (status == ARES_SUCCESS)
        status = ares_init(&channel_);
    if (status != ARES_SUCCESS) {
        fail(status);
        return;
    }
    ares_addrinfo_hints hints = {};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, receive, this);
}

// What is still under way gets its callback here.
Resolver::~Resolver() {
    if (channel_)
        ares_destroy(channel_);
    ares_library_cleanup();
}

void Resolver::advance() {
    if (is_done_)
        return;
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    int bits = ares_getsock(channel_, sockets, ARES_GETSOCK_MAXNUM);
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
        bool reads = ARES_GETSOCK_READABLE(bits, i);
        bool writes = ARES_GETSOCK_WRITABLE(bits, i);
        if (!reads && !writes)
            continue;
        short events = static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
        pollfd look = {sockets[i], events, 0};
        if (poll(&look, 1, 0) > 0)
            ares_process_fd(channel_, reads ? sockets[i] : ARES_SOCKET_BAD,
                            writes ? sockets[i] : ARES_SOCKET_BAD);
    }
    // Questions that time out go to the next name server.
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

void Resolver::receive(void* resolver, int status, int, ares_addrinfo* found) {
    static_cast<Resolver*>(resolver)->take(status, found);
}

// Called by c-ares. No exception may pass through it; short of memory, addresses are missing.
void Resolver::take(int status, ares_addrinfo* found) try {
    if (status != ARES_SUCCESS)
        return fail(status);
    for (const ares_addrinfo_node* node = found->nodes; node; node = node->ai_next) {
        char text[NI_MAXHOST];
        if (getnameinfo(node->ai_addr, node->ai_addrlen, text, sizeof text, nullptr, 0,
                        NI_NUMERICHOST) == 0)
            addresses_.emplace_back(text);
    }
    ares_freeaddrinfo(found);
    is_done_ = true;
} catch (...) {
    is_done_ = true;
}

void Resolver::fail(int status) {
    problem_ = ares_strerror(status);
    is_done_ = true;
}

bool is_numeric(const std::string& host) {
    unsigned char address[sizeof(in6_addr)];
    // Of IPv6, the zone counts not: fe80::1%eth0.
    std::string bare = host.substr(0, host.find('%'));
    return inet_pton(AF_INET, host.c_str(), address) == 1 ||
           inet_pton(AF_INET6, bare.c_str(), address) == 1;
}

}  // namespace relay
