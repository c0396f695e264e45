#include "network_fixture.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <chrono>
#include <stdexcept>

// The address sanitizer's, which GCC's headers do not declare.
extern "C" size_t __sanitizer_get_current_allocated_bytes();

namespace unit {

namespace {

constexpr size_t any_size = static_cast<size_t>(-1);

std::vector<Address> resolved(const std::string& text) {
    if (text.starts_with('/'))
        return {Address::of_unix_socket(text)};
    size_t colon = text.rfind(':');
    std::string host = text.substr(0, colon);
    if (host.starts_with('['))
        host = host.substr(1, host.size() - 2);
    return Address::resolve(host, std::stoi(text.substr(colon + 1)));
}

}  // namespace

NetworkTest::NetworkTest() {
    std::string name = testing::TempDir() + "pg_kv_network_XXXXXX";
    if (mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("no folder for the test");
    folder = name;
    options.addresses = options.tls_addresses = {"127.0.0.1"};
    options.port = 0;
}

NetworkTest::~NetworkTest() {
    std::filesystem::remove_all(folder);
}

void NetworkTest::listen() {
    ASSERT_EQ(network.listen(options), std::nullopt);
}

bool NetworkTest::until(const std::function<bool()>& condition) {
    auto begin = std::chrono::steady_clock::now();
    while (!condition()) {
        if (std::chrono::steady_clock::now() - begin > std::chrono::seconds(20))
            return false;
        // A client's socket may be what the condition is about, so the wait is short.
        int timeout = network.timeout();
        pollfd loop = {network.descriptor(), POLLIN, 0};
        poll(&loop, 1, timeout < 0 ? 1 : std::min(timeout, 1));
        network.poll();
    }
    return true;
}

bool NetworkTest::rests(int at_least) {
    return until([&] {
        pollfd loop = {network.descriptor(), POLLIN, 0};
        int timeout = network.timeout();
        return poll(&loop, 1, 5) == 0 && (timeout < 0 || timeout >= at_least);
    });
}

Socket NetworkTest::connect(const std::string& to) {
    Address address = resolved(to).at(0);
    Socket client = Socket::open(address.family());
    int on = 1;
    setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (::connect(client.get(), address.data(), address.size()) < 0 && errno != EINPROGRESS)
        throw std::system_error(errno, std::generic_category(), "connect");
    return client;
}

Connection& NetworkTest::connected(const Socket& client) {
    std::string wanted = Address::of_socket(client.get()).text();
    Connection* found = nullptr;
    bool came = until([&] {
        for (Connection* connection : owner.open)
            if (connection->peer_address() == wanted)
                found = connection;
        return found != nullptr;
    });
    if (!came)
        throw std::runtime_error("the connection did not come");
    return *found;
}

void NetworkTest::send(const Socket& client, Bytes bytes) {
    bool sent = until([&] {
        ssize_t size = ::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size < 0 && errno != EAGAIN && errno != ENOTCONN)
            throw std::system_error(errno, std::generic_category(), "send");
        if (size > 0)
            bytes.remove_prefix(static_cast<size_t>(size));
        return bytes.empty();
    });
    ASSERT_TRUE(sent);
}

std::string NetworkTest::receive(const Socket& client, size_t size) {
    std::string text;
    std::vector<char> buffer(1 << 20);
    until([&] {
        size_t wanted = std::min(buffer.size(), size - text.size());
        ssize_t received = recv(client.get(), buffer.data(), wanted, 0);
        if (received > 0)
            text.append(buffer.data(), static_cast<size_t>(received));
        bool ended = received == 0 || (received < 0 && errno != EAGAIN);
        return text.size() == size || ended;
    });
    return text;
}

std::string NetworkTest::receive_all(const Socket& client) {
    return receive(client, any_size);
}

size_t open_descriptors() {
    namespace files = std::filesystem;
    return static_cast<size_t>(
        std::distance(files::directory_iterator("/proc/self/fd"), files::directory_iterator()));
}

size_t allocated_bytes() {
    return __sanitizer_get_current_allocated_bytes();
}

}  // namespace unit
