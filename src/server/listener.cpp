#include "server/listener.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "server/network.hpp"

namespace server {

namespace {

[[noreturn]] void fail(const Address& address, int error = errno) {
    throw std::system_error(error, std::generic_category(),
                            "could not listen on " + address.text());
}

void set_option(int descriptor, int level, int option, int value) {
    setsockopt(descriptor, level, option, &value, sizeof(value));
}

// What is set here, the accepted sockets inherit.
void set_keepalive(int descriptor, int seconds) {
    set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, seconds > 0 ? 1 : 0);
    if (seconds <= 0)
        return;
    constexpr int probes = 3;
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, std::max(seconds / probes, 1));
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPCNT, probes);
}

// A server that was killed leaves its file; nobody listens there.
void remove_stale_file(const Address& address) {
    struct stat file {};
    std::string path = address.path();
    if (lstat(path.c_str(), &file) < 0)
        return;
    if (!S_ISSOCK(file.st_mode))
        fail(address, EEXIST);
    Socket probe = Socket::open(AF_UNIX);
    bool refused =
        connect(probe.get(), address.data(), address.size()) < 0 && errno == ECONNREFUSED;
    if (!refused)
        fail(address, EADDRINUSE);
    unlink(path.c_str());
}

}  // namespace

Listener::SocketFile::SocketFile(const std::string& path, unsigned permissions) : path_(path) {
    struct stat file {};
    // Nobody gets in meanwhile, as nobody listens yet.
    if (permissions != 0 && chmod(path.c_str(), permissions) < 0)
        throw std::system_error(errno, std::generic_category(),
                                "could not set the permissions of " + path);
    if (lstat(path.c_str(), &file) == 0) {
        device_ = file.st_dev;
        inode_ = file.st_ino;
    }
}

// By now it may be another's.
Listener::SocketFile::~SocketFile() {
    struct stat file {};
    if (lstat(path_.c_str(), &file) == 0 && file.st_dev == device_ && file.st_ino == inode_)
        unlink(path_.c_str());
}

Listener::Listener(Network& network, const Place& place, const NetworkOptions& options)
    : network_(network), place_(place), socket_(Socket::open(place.address.family())) {
    if (socket_.get() < 0)
        fail(place.address);
    bind();
    configure(options);
    bound_ = Address::of_socket(socket_.get());
    watcher_ = std::make_unique<Watcher>(network.loop_, socket_.get(), *this);
    watcher_->watch(true, false);
}

Listener::~Listener() = default;

void Listener::bind() {
    const Address& address = place_.address;
    if (address.is_unix_socket()) {
        remove_stale_file(address);
    } else {
        set_option(socket_.get(), SOL_SOCKET, SO_REUSEADDR, 1);
        set_option(socket_.get(), IPPROTO_TCP, TCP_NODELAY, 1);
        if (address.family() == AF_INET6)
            set_option(socket_.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
    }
    if (::bind(socket_.get(), address.data(), address.size()) < 0)
        fail(address);
    if (address.is_unix_socket())
        file_ = std::make_unique<SocketFile>(address.path(), place_.permissions);
}

void Listener::configure(const NetworkOptions& options) {
    if (!place_.address.is_unix_socket())
        set_keepalive(socket_.get(), options.tcp_keepalive);
    if (::listen(socket_.get(), options.backlog) < 0)
        fail(place_.address);
}

void Listener::ready(bool, bool) noexcept {
    constexpr int at_once = 256;  // so that those who are there are served, too
    for (int i = 0; i < at_once && accept_one(); i++)
        continue;
}

// False if there is none to accept now.
bool Listener::accept_one() {
    sockaddr_storage peer{};
    socklen_t size = sizeof(peer);
    auto* peer_data = reinterpret_cast<sockaddr*>(&peer);
    Socket socket(accept4(socket_.get(), peer_data, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.get() >= 0) {
        network_.accepted(std::move(socket), Address(peer_data, size), *this);
        return true;
    }
    switch (errno) {
        case EAGAIN:
            return false;
        case EINTR:
        case ECONNABORTED:
            return true;
        default:
            pause(errno);
            return false;
    }
}

// Such as too many open files. The connections wait in the backlog.
void Listener::pause(int error) {
    watcher_->watch(false, false);
    paused_ = true;
    network_.accept_failed(*this, error);
}

void Listener::resume() {
    paused_ = false;
    watcher_->watch(true, false);
}

}  // namespace server
