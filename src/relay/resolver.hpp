// Finds the addresses of a host by c-ares, as PostgreSQL's processes may neither block nor have
// threads. Its sockets are not shown: it is to be advanced every few milliseconds.
#pragma once

#include <string>
#include <vector>

struct ares_addrinfo;
struct ares_channeldata;

namespace relay {

class Resolver {
public:
    explicit Resolver(const std::string& host);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    void advance();

    bool is_done() const { return is_done_; }
    // If done: numeric addresses, the best first; or none, and the reason.
    const std::vector<std::string>& addresses() const { return addresses_; }
    const std::string& problem() const { return problem_; }

private:
    static void receive(void* resolver, int status, int timeouts, ares_addrinfo* found);
    void take(int status, ares_addrinfo* found);
    void fail(int status);

    ares_channeldata* channel_ = nullptr;
    bool is_done_ = false;
    std::vector<std::string> addresses_;
    std::string problem_;
};

// Host is an address already, IPv4 or IPv6.
bool is_numeric(const std::string& host);

}  // namespace relay
