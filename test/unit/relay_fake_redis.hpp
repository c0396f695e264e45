// A server that says what a test tells it to, and a relay::Connection to it, in one thread: whoever
// waits for something lets the connection work meanwhile. The clock stands unless a test moves it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "relay/connection.hpp"

namespace unit {

class FakeRedis {
public:
    FakeRedis();
    ~FakeRedis();
    FakeRedis(const FakeRedis&) = delete;
    FakeRedis& operator=(const FakeRedis&) = delete;

    int port() const { return port_; }

    bool accept();  // who connects, if somebody does
    void hang_up();
    void stop_listening();
    void say(const std::string& text);
    // What came since the last forget().
    const std::string& heard();
    void forget() { heard_.clear(); }

private:
    int listener_ = -1;
    int client_ = -1;
    int port_ = 0;
    std::string heard_;
};

class RelayFixture {
public:
    explicit RelayFixture(relay::Target target = {}, relay::Limits limits = {});

    // Until the condition holds, or some seconds have passed.
    bool pump(const std::function<bool()>& condition);
    // Some rounds, for what should not happen.
    void pump_a_while();
    bool hears(const std::string& text);  // somewhere in what came
    bool takes_client();
    bool is_in(relay::Connection::State state);
    // Connects, answers the greeting well.
    bool become_ready();

    void invalidate(uint64_t ticket, const std::string& key);
    // All that have come, as in "1 done, 2 refused ERR no".
    std::string outcomes();
    bool brings(const std::string& expected);

    FakeRedis redis;
    int64_t now = 1'000'000;
    relay::Connection connection;

private:
    std::string brought_;
};

// As Redis reads it.
std::string command(const std::vector<std::string>& words);

extern const std::string greeting;  // without user and database
extern const std::string welcome;   // the reply

}  // namespace unit
