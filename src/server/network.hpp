// The server's sockets: listens, accepts, reads and sends, on a libuv loop that never waits by
// itself. Knows bytes, and neither commands nor PostgreSQL.
//
//     while (true) {
//         wait until descriptor() is readable, or timeout() has passed, or for anything else;
//         network.poll();   // opened, received, ended, closed are called from here
//         run what came, append replies to output(), flush()
//     }
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/connection.hpp"
#include "server/input_buffer.hpp"
#include "server/listener.hpp"
#include "server/loop.hpp"
#include "server/network_options.hpp"
#include "server/spare_strings.hpp"
#include "server/tls_context.hpp"

namespace server {

// Told what happens to connections. Called from Network::poll() only, never from within libuv's
// callbacks: may throw, which leaves poll(); what was not yet told is told by the next.
class NetworkEvents {
public:
    // A connection over TLS is told of before its handshake; what is sent waits for that.
    virtual void opened(Connection&) = 0;

    // There are new bytes in input(). Bytes left there are not told of again.
    virtual void received(Connection&) = 0;

    // The other side will send nothing more, but may still read: who sent a request and closed
    // his half awaits the reply. An owner who has one under way closes when it is done.
    virtual void ended(Connection& connection) { connection.close_after_sending(); }

    // By the other side, an error, or close(). The last call about a connection that was told of as
    // opened; it is freed after it.
    virtual void closed(Connection&) = 0;

    // Worth a line in the log: a handshake failed, a limit was reached, accept() failed.
    virtual void failed(const std::string&) {}

protected:
    ~NetworkEvents() = default;
};

struct Endpoint;

class Network {
public:
    // Owns the connections; the events must outlive it. Throws if the system gives it no loop.
    explicit Network(NetworkEvents& events);
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;
    // Closes everything without a word, and removes the Unix socket's file.
    ~Network();

    // Begins to listen. An error text that names the address and the system's reason, or none.
    // Called again, it listens where the new options say, reads the files of TLS again, and keeps
    // what is open; after an error all is as before.
    std::optional<std::string> listen(const NetworkOptions& options);

    // Where it listens: "127.0.0.1:6379", "[::1]:6379", "/run/kv.sock".
    std::vector<std::string> addresses() const { return addresses(false); }
    std::vector<std::string> tls_addresses() const { return addresses(true); }

    int descriptor() const;  // readable when poll() has something to do
    int timeout() const;     // milliseconds until poll() has to be called in any case; -1: never
    bool has_news() const;   // whether it is readable now
    bool poll();             // handles what is there without waiting; true if there was something

    size_t size() const { return connections_.size(); }

    void stop_accepting();  // for good, or until listen(); removes the Unix socket's file
    void close_all();       // connections; poll() tells of each

private:
    friend class Connection;
    friend class Listener;

    void listen_anew(const NetworkOptions& options);
    void listen_at(const Endpoint& endpoint, const NetworkOptions& options);
    void listen_again(const std::vector<Listener::Place>& places);
    bool listens_at(const Listener::Place& place) const;
    std::vector<std::string> addresses(bool tls) const;

    // Told by the others, from libuv's callbacks.
    void accepted(Socket socket, const Address& peer, const Listener& listener) noexcept;
    void accept_failed(const Listener& listener, int error) noexcept;
    void tick() noexcept;
    void need_ticks();

    void report(const std::string& failure) noexcept;
    void tell(Connection& connection, bool Connection::News::*news);
    void queue(Connection& connection);
    Connection& unqueue();
    void tell_first();
    void free(Connection& connection);

    NetworkEvents& events_;
    Loop loop_;
    Timer timer_{loop_, [this] {
                     tick();
                 }};
    BlockPool blocks_;
    SpareStrings spare_strings_;
    std::vector<char> scratch_;

    NetworkOptions options_;
    std::unique_ptr<TlsContext> tls_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::vector<std::unique_ptr<Connection>> connections_;

    std::deque<std::string> failures_;
    Connection* first_queued_ = nullptr;
    Connection* last_queued_ = nullptr;
    uint64_t next_report_ = 0;  // of a failure to accept
};

}  // namespace server
