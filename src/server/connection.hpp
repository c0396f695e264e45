// A client's socket, with the bytes that came and those that go. Owned by the network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/bytes.hpp"
#include "server/address.hpp"
#include "server/input_buffer.hpp"
#include "server/loop.hpp"
#include "server/socket.hpp"

namespace server {

using core::Bytes;

class Listener;
class Network;
class TlsContext;
class TlsSession;

class Connection final : public Watched {
public:
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    // Received and not yet consumed, in one piece. What was consumed, too, stays where it is until
    // the next Network::poll().
    Bytes input() const { return input_.bytes(); }
    void consume(size_t size) { input_.consume(size); }

    // Replies are appended here. flush() empties it, save before the end of a TLS handshake.
    std::string& output();
    // Begins to send them; what the socket does not take at once is sent by poll().
    void flush();
    // Bytes that wait, here or in output(). A reader who is too slow is closed by the owner.
    size_t unsent() const { return output_.size() + sending_.size() - sent_; }

    // Back pressure. The end of the other side is not noticed meanwhile.
    void stop_reading();
    void start_reading();

    // What the owner calls last: nothing is received any more, Network::poll() tells closed(), and
    // until then the object stays. The first sends also what is in output(), and waits a little for
    // the other side to have read it; if that does not take it, only the second ends it.
    void close_after_sending();
    void close();
    bool is_closing() const { return closing_after_sending_ || is_closed(); }

    // "127.0.0.1:51234", "[::1]:51234", "/run/kv.sock:0"
    const std::string& peer_address() const { return peer_address_; }
    const std::string& local_address() const { return local_address_; }
    bool is_unix_socket() const { return unix_socket_; }
    bool is_loopback() const { return loopback_; }  // Unix sockets are
    bool is_tls() const { return tls_ != nullptr; }
    int descriptor() const { return socket_.get(); }  // -1 once closed

    void* user = nullptr;  // the owner's own

private:
    friend class Network;

    // What the owner has yet to be told.
    struct News {
        bool opened = false;
        bool received = false;
        bool ended = false;
        bool closed = false;

        bool any() const { return opened || received || ended || closed; }
    };

    // Throws if the system, or OpenSSL, gives too little. The context is null without TLS.
    Connection(Network& network, Socket socket, const Address& peer, const Listener& listener,
               const TlsContext* tls);

    bool is_closed() const { return socket_.get() < 0; }
    bool is_shaking_hands() const;

    void receive();
    void receive_plain();
    void receive_encrypted();
    size_t receive_to(std::span<char> room);
    void end_input();

    void send_output();
    void send_encrypted_output();
    void encrypt_output();
    void drop_sent();
    void send_rest();
    size_t send(Bytes bytes);
    void finish_sending();

    void ready(bool readable, bool writable) noexcept override;
    void watch();
    void set_deadline(uint64_t milliseconds);
    bool has_deadline() const { return is_shaking_hands() || (lingering_ && !is_closed()); }
    void check_deadline(uint64_t now);
    void fail(const std::string& reason);
    void fail_tls();

    Network& network_;
    Socket socket_;
    std::unique_ptr<Watcher> watcher_;  // none once closed
    std::string peer_address_;
    std::string local_address_;
    bool unix_socket_;
    bool loopback_;

    InputBuffer input_;
    std::string output_;
    std::string sending_;  // waits for the socket, which has taken the first sent_ bytes
    size_t sent_ = 0;

    std::unique_ptr<TlsSession> tls_;

    bool reading_ = true;
    bool input_ended_ = false;
    bool closing_after_sending_ = false;
    bool lingering_ = false;  // all is sent
    uint64_t deadline_ = 0;   // of the handshake, or of lingering

    size_t index_ = 0;  // in the network
    News news_;
    bool queued_ = false;
    Connection* next_queued_ = nullptr;
};

}  // namespace server
