#include "server/network.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "network_fixture.hpp"

namespace unit {

namespace {

constexpr size_t megabyte = 1024 * 1024;

// Bytes that tell when one is missing.
std::string pattern(size_t size) {
    std::string text(size, '\0');
    for (size_t i = 0; i < size; i++)
        text[i] = static_cast<char>((i * 7 + i / 251) % 256);
    return text;
}

// Connects that often, sends over each connection, and waits for the echoes. In a process of its
// own.
bool sends_from_all(const Address& address, size_t count) {
    std::vector<Socket> clients;
    while (clients.size() < count) {
        clients.emplace_back(socket(address.family(), SOCK_STREAM, 0));
        if (::connect(clients.back().get(), address.data(), address.size()) < 0)
            return false;
    }
    for (const Socket& client : clients)
        if (::send(client.get(), "PING", 4, 0) != 4)
            return false;
    for (const Socket& client : clients) {
        char reply[4];
        if (recv(client.get(), reply, sizeof(reply), MSG_WAITALL) != sizeof(reply))
            return false;
    }
    return true;
}

int option(int descriptor, int level, int name) {
    int value = -1;
    socklen_t size = sizeof(value);
    getsockopt(descriptor, level, name, &value, &size);
    return value;
}

}  // namespace

TEST_F(NetworkTest, RestsWithoutListeners) {
    EXPECT_EQ(network.timeout(), -1);
    EXPECT_FALSE(network.poll());
    EXPECT_EQ(network.timeout(), -1);
}

TEST_F(NetworkTest, EchoesPipelinesOfManyClients) {
    listen();
    std::vector<Socket> clients;
    for (int i = 0; i < 50; i++)
        clients.push_back(connect());
    for (int turn = 0; turn < 3; turn++) {
        for (size_t i = 0; i < clients.size(); i++)
            send(clients[i], pattern(1000 + i));
        for (size_t i = 0; i < clients.size(); i++)
            EXPECT_EQ(receive(clients[i], 1000 + i), pattern(1000 + i));
    }
    EXPECT_EQ(network.size(), 50u);
    EXPECT_EQ(owner.open.size(), 50u);
    clients.clear();
    EXPECT_TRUE(until([&] { return network.size() == 0; }));
    EXPECT_EQ(owner.closed_connections, 50u);
    EXPECT_TRUE(owner.failures.empty());
}

TEST_F(NetworkTest, SetsOptionsOfSockets) {
    options.tcp_keepalive = 90;
    listen();
    Socket client = connect();
    int descriptor = connected(client).descriptor();
    EXPECT_EQ(fcntl(descriptor, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    EXPECT_EQ(fcntl(descriptor, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    EXPECT_EQ(option(descriptor, IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(option(descriptor, SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE), 90);
    EXPECT_EQ(option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL), 30);
    EXPECT_EQ(option(descriptor, IPPROTO_TCP, TCP_KEEPCNT), 3);

    options.tcp_keepalive = 0;
    listen();
    Socket other = connect();
    EXPECT_EQ(option(connected(other).descriptor(), SOL_SOCKET, SO_KEEPALIVE), 0);
}

TEST_F(NetworkTest, TellsAddresses) {
    listen();
    Socket client = connect();
    Connection& connection = connected(client);
    EXPECT_EQ(connection.peer_address(), Address::of_socket(client.get()).text());
    EXPECT_EQ(connection.local_address(), address());
    EXPECT_TRUE(address().starts_with("127.0.0.1:"));
    EXPECT_TRUE(connection.is_loopback());
    EXPECT_FALSE(connection.is_unix_socket());
    EXPECT_FALSE(connection.is_tls());
}

TEST_F(NetworkTest, JoinsWhatComesInParts) {
    listen();
    std::string text = pattern(50), received;
    owner.on_received = [&](Connection& connection) {
        if (connection.input().size() == text.size())
            received = connection.input();
    };
    Socket client = connect();
    for (char byte : text) {
        send(client, Bytes(&byte, 1));
        ASSERT_TRUE(rests());
    }
    EXPECT_EQ(received, text);
}

TEST_F(NetworkTest, RestsWhileARequestIsHalfSent) {
    listen();
    int calls = 0;
    owner.on_received = [&](Connection&) {
        calls++;
    };
    Socket client = connect();
    send(client, "*2\r\n$3\r\nGET\r\n");
    ASSERT_TRUE(until([&] { return calls == 1; }));
    ASSERT_TRUE(rests());
    EXPECT_EQ(network.timeout(), -1);
    EXPECT_FALSE(network.poll());
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(owner.open.at(0)->input(), "*2\r\n$3\r\nGET\r\n");
}

TEST_F(NetworkTest, ReceivesWhatIsLargeAndGivesItsMemoryBack) {
    listen();
    std::string text = pattern(64 * megabyte), rest = "the next";
    bool equal = false;
    owner.on_received = [&](Connection& connection) {
        if (connection.input().size() < text.size() + rest.size())
            return;
        equal = connection.input().starts_with(text);
        connection.consume(text.size());
    };
    Socket client = connect();
    Connection& connection = connected(client);
    size_t before = allocated_bytes();
    send(client, text);
    send(client, rest);
    ASSERT_TRUE(until([&] { return connection.input() == rest; }));
    EXPECT_TRUE(equal);
    network.poll();
    EXPECT_LT(allocated_bytes(), before + megabyte);
}

TEST_F(NetworkTest, WhatWasConsumedStaysUntilTheNextTurn) {
    listen();
    Bytes view;
    std::string left;
    owner.on_received = [&](Connection& connection) {
        view = connection.input().substr(0, 5);
        connection.consume(connection.input().size());
        connection.close();
    };
    Socket client = connect();
    send(client, "views");
    // The closing is told by the turn after.
    ASSERT_TRUE(until([&] { return !view.empty(); }));
    EXPECT_EQ(view, "views");
    EXPECT_EQ(owner.closed_connections, 0u);
    EXPECT_EQ(network.timeout(), 0);
    EXPECT_TRUE(until([&] { return network.size() == 0; }));
}

TEST_F(NetworkTest, ASlowReaderHoldsUpNobody) {
    listen();
    std::string text = pattern(32 * megabyte);
    Socket slow = connect();
    Connection& connection = connected(slow);
    connection.output() = text;
    connection.flush();
    size_t unsent = connection.unsent();
    EXPECT_GT(unsent, 16 * megabyte);
    EXPECT_EQ(network.timeout(), 0);  // libuv has yet to watch for room
    // More comes behind it.
    connection.output() += "end";
    connection.flush();
    EXPECT_EQ(connection.unsent(), unsent + 3);
    ASSERT_TRUE(rests());

    Socket other = connect();
    send(other, "PING");
    EXPECT_EQ(receive(other, 4), "PING");
    EXPECT_GT(connection.unsent(), 16 * megabyte);

    EXPECT_TRUE(receive(slow, text.size() + 3) == text + "end");
    EXPECT_EQ(connection.unsent(), 0u);
    ASSERT_TRUE(rests());
}

TEST_F(NetworkTest, ASlowReaderCanBeClosed) {
    listen();
    Socket slow = connect();
    Connection& connection = connected(slow);
    connection.output() = pattern(32 * megabyte);
    connection.flush();
    connection.close();
    EXPECT_EQ(connection.unsent(), 0u);
    EXPECT_EQ(connection.descriptor(), -1);
    EXPECT_TRUE(until([&] { return network.size() == 0; }));
    EXPECT_LT(receive_all(slow).size(), 32 * megabyte);
}

TEST_F(NetworkTest, ClosesAfterSendingAll) {
    listen();
    std::string text = pattern(32 * megabyte);
    Socket client = connect();
    Connection& connection = connected(client);
    connection.output() = text;
    connection.close_after_sending();
    EXPECT_TRUE(connection.is_closing());
    send(client, "unheard");
    EXPECT_TRUE(receive_all(client) == text);
    client.close();
    EXPECT_TRUE(until([&] { return network.size() == 0; }));
}

TEST_F(NetworkTest, WaitsInVainForTheOtherSideToRead) {
    listen();
    Socket client = connect();
    connected(client).close_after_sending();
    EXPECT_EQ(network.size(), 1u);
    // The client does not close.
    EXPECT_TRUE(until([&] { return network.size() == 0; }));
    EXPECT_EQ(owner.closed_connections, 1u);
    EXPECT_TRUE(rests());
    EXPECT_EQ(network.timeout(), -1);
}

TEST_F(NetworkTest, StopsReading) {
    listen();
    std::string received;
    owner.on_received = [&](Connection& connection) {
        received += connection.input();
        connection.consume(connection.input().size());
        connection.stop_reading();
    };
    Socket client = connect();
    send(client, "one");
    ASSERT_TRUE(until([&] { return received == "one"; }));
    send(client, "two");
    ASSERT_TRUE(rests());
    EXPECT_EQ(received, "one");
    owner.open.at(0)->start_reading();
    ASSERT_TRUE(until([&] { return received == "onetwo"; }));
}

TEST_F(NetworkTest, AnswersWhoHasClosedHisHalf) {
    listen();
    Socket client = connect();
    send(client, "request");
    shutdown(client.get(), SHUT_WR);
    EXPECT_EQ(receive_all(client), "request");
    EXPECT_TRUE(until([&] { return network.size() == 0; }));
}

TEST_F(NetworkTest, AnOwnerMayAnswerLaterWhoHasClosedHisHalf) {
    listen();
    bool ended = false;
    owner.on_ended = [&](Connection&) {
        ended = true;
    };
    Socket client = connect();
    Connection& connection = connected(client);
    shutdown(client.get(), SHUT_WR);
    ASSERT_TRUE(until([&] { return ended; }));
    ASSERT_TRUE(rests());
    connection.output() += "late";
    connection.close_after_sending();
    EXPECT_EQ(receive_all(client), "late");
}

TEST_F(NetworkTest, HearsWhatWasSentBeforeAReset) {
    listen();
    std::string received;
    owner.on_received = [&](Connection& connection) {
        received = connection.input();
    };
    Socket client = connect();
    connected(client);
    linger abort = {1, 0};
    setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
    ASSERT_EQ(::send(client.get(), "last", 4, 0), 4);
    client.close();
    EXPECT_TRUE(until([&] { return network.size() == 0; }));
    EXPECT_EQ(received, "last");
    EXPECT_TRUE(rests());
}

TEST_F(NetworkTest, ConnectionsLeaveNothing) {
    listen();
    auto cycle = [&] {
        std::vector<Socket> clients;
        for (int i = 0; i < 100; i++) {
            clients.push_back(connect());
            send(clients.back(), "PING");
            ASSERT_EQ(receive(clients.back(), 4), "PING");
        }
        clients.clear();
        ASSERT_TRUE(until([&] { return network.size() == 0; }));
    };
    cycle();
    size_t descriptors = open_descriptors();
    size_t memory = allocated_bytes();
    for (int i = 0; i < 10; i++)
        cycle();
    EXPECT_EQ(open_descriptors(), descriptors);
    EXPECT_LT(allocated_bytes(), memory + 32 * 1024);
}

TEST_F(NetworkTest, TheIdleTakeLittleMemory) {
    listen();
    std::vector<Socket> clients;
    clients.reserve(200);
    size_t before = allocated_bytes();
    for (int i = 0; i < 200; i++) {
        clients.push_back(connect());
        send(clients.back(), pattern(10'000));
        ASSERT_EQ(receive(clients.back(), 10'000).size(), 10'000u);
    }
    network.poll();
    EXPECT_LT(allocated_bytes() - before, 200 * 2 * 1024u);
}

TEST_F(NetworkTest, ClosesWhoSendsTooMuch) {
    options.query_buffer_limit = megabyte;
    listen();
    owner.on_received = [](Connection&) {
    };
    Socket client = connect();
    connected(client);
    try {
        send(client, pattern(16 * megabyte));
    } catch (const std::system_error&) {
        // The connection is gone meanwhile.
    }
    EXPECT_TRUE(until([&] { return network.size() == 0; }));
    ASSERT_EQ(owner.failures.size(), 1u);
    EXPECT_TRUE(owner.failures[0].ends_with(": reached the limit of the query buffer"));
}

TEST_F(NetworkTest, AnOwnerMayThrow) {
    listen();
    Socket first = connect(), second = connect();
    connected(first);
    connected(second);
    bool throws = true;
    owner.on_received = [&](Connection& connection) {
        if (std::exchange(throws, false))
            throw std::runtime_error("thrown");
        Owner::echo(connection);
    };
    ASSERT_EQ(::send(first.get(), "one", 3, 0), 3);
    ASSERT_EQ(::send(second.get(), "two", 3, 0), 3);
    EXPECT_THROW(until([&] { return !throws; }), std::runtime_error);
    EXPECT_EQ(receive(second, 3), "two");
    send(first, "!");
    EXPECT_EQ(receive(first, 4), "one!");
}

// The limit is that of the test's process, in which the clients, too, have their descriptors.
TEST_F(NetworkTest, WaitsWhenThereAreTooManyOpenFiles) {
    listen();
    std::vector<Socket> clients;
    for (int i = 0; i < 20; i++)
        clients.push_back(connect());
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    rlimit low = {static_cast<rlim_t>(clients.back().get()) + 6, limit.rlim_max};
    setrlimit(RLIMIT_NOFILE, &low);
    EXPECT_TRUE(until([&] { return network.size() == 5; }));
    EXPECT_TRUE(rests(10));
    EXPECT_EQ(network.size(), 5u);
    EXPECT_EQ(owner.failures, (std::vector<std::string>{"could not accept a connection on " +
                                                        address() + ": Too many open files"}));
    // Who is there is served, and whoever waited comes when another goes.
    Connection& served = *owner.open.at(0);
    served.output() += "hello";
    served.flush();
    EXPECT_EQ(receive(clients.at(0), 5), "hello");
    served.close();
    EXPECT_TRUE(until([&] { return owner.closed_connections == 1 && network.size() == 5; }));

    setrlimit(RLIMIT_NOFILE, &limit);
    EXPECT_TRUE(until([&] { return network.size() == 19; }));
    EXPECT_EQ(owner.failures.size(), 1u);
    EXPECT_TRUE(rests());
    EXPECT_EQ(network.timeout(), -1);
}

TEST_F(NetworkTest, ClosesAll) {
    listen();
    Socket first = connect(), second = connect();
    connected(first);
    connected(second);
    network.stop_accepting();
    EXPECT_TRUE(network.addresses().empty());
    network.close_all();
    EXPECT_TRUE(until([&] { return network.size() == 0; }));
    EXPECT_EQ(owner.closed_connections, 2u);
    EXPECT_EQ(receive_all(first), "");
    EXPECT_EQ(network.timeout(), -1);
}

// The clients are another process, as the limit of open files may be 10,000 and a few.
TEST_F(NetworkTest, TakesTenThousandConnections) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    rlimit high = {limit.rlim_max, limit.rlim_max};
    setrlimit(RLIMIT_NOFILE, &high);
    size_t count = std::min<size_t>(10'000, high.rlim_cur - 200);
    options.unix_socket = folder / "kv.sock";
    listen();

    pid_t clients = fork();
    ASSERT_GE(clients, 0);
    if (clients == 0)
        _exit(sends_from_all(Address::of_unix_socket(options.unix_socket), count) ? 0 : 1);
    size_t most = 0;
    int status = -1;
    EXPECT_TRUE(until([&] {
        most = std::max(most, network.size());
        return waitpid(clients, &status, WNOHANG) == clients;
    }));
    EXPECT_EQ(status, 0);
    EXPECT_EQ(most, count);
    EXPECT_TRUE(until([&] { return network.size() == 0; }));
    EXPECT_EQ(owner.closed_connections, count);
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace unit
