#include "relay_fake_redis.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace unit {

using relay::Connection;
using relay::Outcome;
using relay::Verdict;

const std::string greeting = command({"CLIENT", "SETNAME", "pg_kv"}) + command({"PING"});
const std::string welcome = "+OK\r\n+PONG\r\n";

namespace {

relay::Target with_port(relay::Target target, int port) {
    if (target.host.empty())
        target.host = "127.0.0.1";
    target.port = port;
    return target;
}

}  // namespace

FakeRedis::FakeRedis() {
    // hiredis leaves this to the process.
    std::signal(SIGPIPE, SIG_IGN);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* general = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || bind(listener_, general, size) != 0 || listen(listener_, 8) != 0 ||
        getsockname(listener_, general, &size) != 0)
        throw std::runtime_error("no listener");
    port_ = ntohs(address.sin_port);
}

FakeRedis::~FakeRedis() {
    hang_up();
    stop_listening();
}

bool FakeRedis::accept() {
    int client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0)
        return false;
    hang_up();
    client_ = client;
    forget();
    return true;
}

void FakeRedis::hang_up() {
    if (client_ >= 0)
        close(client_);
    client_ = -1;
}

void FakeRedis::stop_listening() {
    if (listener_ >= 0)
        close(listener_);
    listener_ = -1;
}

void FakeRedis::say(const std::string& text) {
    if (::send(client_, text.data(), text.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(text.size()))
        throw std::runtime_error("the fake Redis could not send");
}

const std::string& FakeRedis::heard() {
    char buffer[65536];
    for (ssize_t size; client_ >= 0 && (size = recv(client_, buffer, sizeof buffer, 0)) > 0;)
        heard_.append(buffer, size);
    return heard_;
}

RelayFixture::RelayFixture(relay::Target target, relay::Limits limits)
    : connection(with_port(std::move(target), redis.port()), 1, limits) {}

bool RelayFixture::pump(const std::function<bool()>& condition) {
    for (int round = 0; round < 5000; ++round) {
        connection.advance(now);
        if (condition())
            return true;
        short events = static_cast<short>((connection.wants_read() ? POLLIN : 0) |
                                          (connection.wants_write() ? POLLOUT : 0));
        pollfd wait = {connection.socket(), events, 0};
        poll(&wait, 1, 1);
    }
    return false;
}

void RelayFixture::pump_a_while() {
    int rounds = 0;
    pump([&] { return ++rounds == 20; });
}

bool RelayFixture::hears(const std::string& text) {
    return pump([&] { return redis.heard().find(text) != std::string::npos; });
}

bool RelayFixture::takes_client() {
    return pump([&] { return redis.accept(); });
}

bool RelayFixture::is_in(Connection::State state) {
    return pump([&] { return connection.state() == state; });
}

bool RelayFixture::become_ready() {
    if (!takes_client() || !hears(greeting))
        return false;
    redis.forget();
    redis.say(welcome);
    return is_in(Connection::State::ready);
}

void RelayFixture::invalidate(uint64_t ticket, const std::string& key) {
    relay::Request request;
    request.ticket = ticket;
    relay::invalidate(request, key);
    connection.send(request);
}

std::string RelayFixture::outcomes() {
    const char* const names[] = {"done", "refused", "stalled"};
    for (Outcome outcome; connection.next(outcome);) {
        brought_ += brought_.empty() ? "" : ", ";
        brought_ += std::to_string(outcome.ticket) + " " + names[static_cast<int>(outcome.verdict)];
        brought_ += (outcome.problem.empty() ? "" : " ") + outcome.problem;
    }
    return brought_;
}

bool RelayFixture::brings(const std::string& expected) {
    return pump([&] { return outcomes() == expected; });
}

std::string command(const std::vector<std::string>& words) {
    std::string text = "*" + std::to_string(words.size()) + "\r\n";
    for (const std::string& word : words)
        text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    return text;
}

}  // namespace unit
