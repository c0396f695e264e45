// A network on the loopback interface, its owner, and clients, all in one thread: whoever waits for
// something lets the network work meanwhile.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server/network.hpp"

namespace unit {

using core::Bytes;
using server::Address;
using server::Connection;
using server::Network;
using server::NetworkOptions;
using server::Socket;

// Sends back what came, unless told otherwise, and remembers what it was told.
class Owner : public server::NetworkEvents {
public:
    void opened(Connection& connection) override { open.push_back(&connection); }
    void received(Connection& connection) override { on_received(connection); }
    void ended(Connection& connection) override { on_ended(connection); }
    void closed(Connection& connection) override {
        std::erase(open, &connection);
        closed_connections++;
    }
    void failed(const std::string& text) override { failures.push_back(text); }

    static void echo(Connection& connection) {
        connection.output() += connection.input();
        connection.consume(connection.input().size());
        connection.flush();
    }

    std::function<void(Connection&)> on_received = echo;
    std::function<void(Connection&)> on_ended = [](Connection& connection) {
        connection.close_after_sending();
    };
    std::vector<Connection*> open;
    size_t closed_connections = 0;
    std::vector<std::string> failures;
};

class NetworkTest : public testing::Test {
protected:
    NetworkTest();
    ~NetworkTest() override;

    // Fails the test if it does not listen.
    void listen();
    std::string address() const { return network.addresses().at(0); }

    // Works, as the server's loop would, until it is so; false if that takes long.
    bool until(const std::function<bool()>& condition);
    // Works until there is nothing to do. True if it then rests, at least until the given time.
    bool rests(int at_least = 1);

    Socket connect(const std::string& to);
    Socket connect() { return connect(address()); }
    // A connection and the client at its other end.
    Connection& connected(const Socket& client);
    void send(const Socket& client, Bytes bytes);
    // Reads that many bytes, or what came before the end.
    std::string receive(const Socket& client, size_t size);
    // What is left, to the end that the server makes.
    std::string receive_all(const Socket& client);

    std::filesystem::path folder;  // for files, removed at the end
    Owner owner;
    NetworkOptions options;
    Network network{owner};
};

size_t open_descriptors();
size_t allocated_bytes();  // in this process

}  // namespace unit
