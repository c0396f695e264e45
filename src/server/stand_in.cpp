#include "server/stand_in.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pg/settings_server.hpp"

namespace server {

std::optional<std::string> Server::listen() {
    if (poll_ < 0)
        poll_ = epoll_create1(EPOLL_CLOEXEC);
    int port = pg::settings::server().port;
    return port == port_ ? std::nullopt : listen(port);
}

std::optional<std::string> Server::listen(int port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
        ::listen(listener, 511) != 0) {
        std::string reason = "127.0.0.1:" + std::to_string(port) + ": " + std::strerror(errno);
        ::close(listener);
        return reason;
    }
    if (listener_ >= 0)
        ::close(listener_);
    listener_ = listener;
    port_ = port;
    epoll_event event = {};
    event.events = EPOLLIN;
    epoll_ctl(poll_, EPOLL_CTL_ADD, listener_, &event);
    return {};
}

int Server::work() {
    for (int client; (client = accept(listener_, nullptr, nullptr)) >= 0;)
        ::close(client);
    return -1;
}

void Server::shut_down() {
    if (listener_ >= 0)
        ::close(listener_);
    listener_ = -1;
}

}  // namespace server
