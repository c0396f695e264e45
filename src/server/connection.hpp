// A client's socket, with the bytes that came and those that go. Owned by the network.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/bytes.hpp"

namespace server {

using core::Bytes;

class Network;

class Connection {
public:
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    // Received and not yet consumed, in one piece. What was consumed, too, stays where it is until
    // the next Network::poll().
    Bytes input() const;
    void consume(size_t size);

    // Replies are appended here. Empty after flush().
    std::string& output();
    // Begins to send them; what the socket does not take at once is sent by poll().
    void flush();
    // Bytes that wait, here or in output(). A reader who is too slow is closed by the owner.
    size_t unsent() const;

    // Back pressure. The end of the other side is not noticed meanwhile.
    void stop_reading();
    void start_reading();

    // What the owner calls last. After both, input() is empty and nothing is received any more;
    // Network::poll() tells closed(), and until then the object stays.
    void close_after_sending();  // also what is in output()
    void close();
    bool is_closing() const;

    const std::string& peer_address() const;   // "127.0.0.1:51234", "[::1]:51234", "/run/kv.sock:0"
    const std::string& local_address() const;  // likewise
    bool is_unix_socket() const;
    bool is_loopback() const;  // Unix sockets are
    bool is_tls() const;
    int descriptor() const;  // -1 once closed

    void* user = nullptr;  // the owner's own

private:
    friend class Network;
};

}  // namespace server
