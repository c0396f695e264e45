// Where a network listens.
#include <sys/stat.h>

#include <fstream>

#include "network_fixture.hpp"

namespace unit {

namespace {

std::string port_of(const std::string& address) {
    return address.substr(address.rfind(':') + 1);
}

}  // namespace

TEST_F(NetworkTest, ListensAtSeveralAddresses) {
    options.addresses = {"127.0.0.1", "127.0.0.2", "-::1", "-192.0.2.1"};
    listen();
    ASSERT_GE(network.addresses().size(), 2u);
    EXPECT_TRUE(network.addresses()[1].starts_with("127.0.0.2:"));
    for (const std::string& address : network.addresses()) {
        Socket client = connect(address);
        send(client, "PING");
        EXPECT_EQ(receive(client, 4), "PING");
        EXPECT_EQ(connected(client).local_address(), address);
    }
}

TEST_F(NetworkTest, ListensAtNames) {
    options.addresses = {"localhost", "127.0.0.1"};
    options.port = std::stoi(port_of([&] {
        NetworkTest::listen();
        std::string address = network.addresses().at(0);
        network.stop_accepting();
        return address;
    }()));
    listen();
    // Named twice, but one place.
    auto addresses = network.addresses();
    EXPECT_EQ(std::count(addresses.begin(), addresses.end(),
                         "127.0.0.1:" + std::to_string(*options.port)),
              1);
}

TEST_F(NetworkTest, ListensEverywhere) {
    options.addresses = {"*"};
    listen();
    Socket client = connect("127.0.0.1:" + port_of(address()));
    EXPECT_EQ(connected(client).local_address(), "127.0.0.1:" + port_of(address()));
}

TEST_F(NetworkTest, TellsWhyItCannotListen) {
    listen();
    Owner other_owner;
    Network other(other_owner);
    NetworkOptions taken = options;
    taken.port = std::stoi(port_of(address()));
    EXPECT_EQ(other.listen(taken), "could not listen on " + address() + ": Address already in use");
    EXPECT_TRUE(other.addresses().empty());
    taken.addresses = {"192.0.2.1"};
    EXPECT_EQ(other.listen(taken), "could not listen on 192.0.2.1:" + port_of(address()) +
                                       ": Cannot assign requested address");
    taken.addresses = {"no such host"};
    EXPECT_TRUE(other.listen(taken)->starts_with("could not resolve \"no such host\": "));
    EXPECT_EQ(other.timeout(), -1);
}

// The system remembers them for a minute.
TEST_F(NetworkTest, ListensWhereConnectionsWere) {
    listen();
    options.port = std::stoi(port_of(address()));
    Socket client = connect();
    connected(client).close();
    EXPECT_EQ(receive_all(client), "");
    client.close();
    network.stop_accepting();
    listen();
}

TEST_F(NetworkTest, ListensAnew) {
    listen();
    std::string before = address();
    Socket client = connect();
    Connection& connection = connected(client);
    options.addresses = {"127.0.0.2"};
    listen();
    EXPECT_TRUE(address().starts_with("127.0.0.2:"));
    EXPECT_EQ(network.addresses().size(), 1u);
    EXPECT_FALSE(connection.is_closing());
    send(client, "PING");
    EXPECT_EQ(receive(client, 4), "PING");
    EXPECT_EQ(receive_all(connect(before)), "");
    EXPECT_EQ(network.size(), 1u);
}

// The address of all stands in the way of one, and the other way round.
TEST_F(NetworkTest, WidensAndNarrows) {
    listen();
    options.port = std::stoi(port_of(address()));
    listen();
    options.addresses = {"0.0.0.0"};
    listen();
    EXPECT_EQ(address(), "0.0.0.0:" + std::to_string(*options.port));
    options.addresses = {"127.0.0.1"};
    listen();
    EXPECT_EQ(address(), "127.0.0.1:" + std::to_string(*options.port));
}

TEST_F(NetworkTest, AfterAnErrorAllIsAsBefore) {
    options.unix_socket = folder / "kv.sock";
    listen();
    options.port = std::stoi(port_of(address()));
    listen();
    auto before = network.addresses();
    NetworkOptions wrong = options;
    wrong.addresses = {"127.0.0.2", "192.0.2.1"};
    wrong.unix_socket.clear();
    EXPECT_TRUE(network.listen(wrong)->ends_with(": Cannot assign requested address"));
    EXPECT_EQ(network.addresses(), before);
    for (const std::string& address : before) {
        Socket client = connect(address);
        send(client, "PING");
        EXPECT_EQ(receive(client, 4), "PING");
    }
}

TEST_F(NetworkTest, ListensAtAUnixSocket) {
    options.port.reset();
    options.unix_socket = folder / "kv.sock";
    options.unix_socket_permissions = 0751;
    listen();
    EXPECT_EQ(network.addresses(), std::vector<std::string>{options.unix_socket});
    struct stat file {};
    ASSERT_EQ(stat(options.unix_socket.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 07777u, 0751u);

    Socket client = connect(options.unix_socket);
    send(client, "PING");
    EXPECT_EQ(receive(client, 4), "PING");
    Connection& connection = *owner.open.at(0);
    EXPECT_TRUE(connection.is_unix_socket());
    EXPECT_TRUE(connection.is_loopback());
    EXPECT_EQ(connection.peer_address(), options.unix_socket + ":0");
    EXPECT_EQ(connection.local_address(), options.unix_socket + ":0");

    network.stop_accepting();
    EXPECT_FALSE(std::filesystem::exists(options.unix_socket));
    send(client, "PING");
    EXPECT_EQ(receive(client, 4), "PING");
}

TEST_F(NetworkTest, TakesOverAStaleUnixSocket) {
    options.unix_socket = folder / "kv.sock";
    {
        Address address = Address::of_unix_socket(options.unix_socket);
        Socket stale = Socket::open(AF_UNIX);
        ASSERT_EQ(bind(stale.get(), address.data(), address.size()), 0);
    }
    ASSERT_TRUE(std::filesystem::exists(options.unix_socket));
    listen();
    Socket client = connect(options.unix_socket);
    send(client, "PING");
    EXPECT_EQ(receive(client, 4), "PING");
}

TEST_F(NetworkTest, LeavesTheUnixSocketsOfOthers) {
    options.port.reset();
    options.unix_socket = folder / "kv.sock";
    listen();
    {
        Owner other_owner;
        Network other(other_owner);
        EXPECT_EQ(other.listen(options),
                  "could not listen on " + options.unix_socket + ": Address already in use");
    }
    EXPECT_TRUE(std::filesystem::exists(options.unix_socket));

    // Another's by the same name.
    std::filesystem::remove(options.unix_socket);
    std::ofstream(options.unix_socket) << "a file";
    network.stop_accepting();
    EXPECT_TRUE(std::filesystem::exists(options.unix_socket));
    EXPECT_EQ(network.listen(options),
              "could not listen on " + options.unix_socket + ": File exists");
    options.unix_socket = folder / std::string(200, 'x');
    EXPECT_EQ(network.listen(options),
              "the path \"" + options.unix_socket + "\" is too long for a Unix socket");
}

}  // namespace unit
