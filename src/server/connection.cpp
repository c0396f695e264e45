#include "server/connection.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <exception>

#include "server/listener.hpp"
#include "server/network.hpp"
#include "server/tls_session.hpp"

namespace server {

namespace {

constexpr uint64_t linger_time = 2'000;  // milliseconds

bool is_temporary(int error) {
    return error == EAGAIN || error == EINTR;
}

// As Redis shows the clients of a Unix socket, who have no address of their own.
std::string shown(const Address& address, const Listener& listener) {
    const Address& place = listener.place().address;
    return place.is_unix_socket() ? place.path() + ":0" : address.text();
}

}  // namespace

Connection::Connection(Network& network, Socket socket, const Address& peer,
                       const Listener& listener, const TlsContext* tls)
    : network_(network),
      socket_(std::move(socket)),
      watcher_(std::make_unique<Watcher>(network.loop_, socket_.get(), *this)),
      peer_address_(shown(peer, listener)),
      local_address_(shown(Address::of_socket(socket_.get()), listener)),
      unix_socket_(listener.place().address.is_unix_socket()),
      loopback_(unix_socket_ || peer.is_loopback()),
      input_(network.blocks_) {
    if (tls != nullptr) {
        tls_ = std::make_unique<TlsSession>(*tls, sending_);
        set_deadline(tls->handshake_timeout());
    }
    watch();
}

Connection::~Connection() = default;

// Reading --------------------------------------------------------------------------------------

void Connection::stop_reading() {
    reading_ = false;
    watch();
}

void Connection::start_reading() {
    reading_ = true;
    watch();
}

void Connection::receive() {
    size_t size_before = input().size();
    if (tls_ == nullptr)
        receive_plain();
    else
        receive_encrypted();
    if (is_closed() || input().size() == size_before)
        return;
    if (input().size() > network_.options_.query_buffer_limit)
        fail("reached the limit of the query buffer");
    else
        network_.tell(*this, &News::received);
}

void Connection::receive_plain() {
    std::span<char> room = input_.room();
    input_.received(receive_to(room));
}

void Connection::receive_encrypted() {
    std::span<char> room = network_.scratch_;
    size_t size = receive_to(room);
    if (size == 0)
        return;
    bool established = tls_->is_established();
    bool waiting = !sending_.empty();
    TlsSession::Outcome outcome = tls_->receive({room.data(), size}, input_);
    if (outcome == TlsSession::Outcome::failed) {
        fail_tls();
        return;
    }
    if (!established && tls_->is_established())
        encrypt_output();
    if (!waiting)
        send_rest();
    if (outcome == TlsSession::Outcome::ended && !is_closed())
        end_input();
}

// The number of bytes; 0 also if there are none, or it was the last.
size_t Connection::receive_to(std::span<char> room) {
    ssize_t size = recv(socket_.get(), room.data(), room.size(), 0);
    if (size > 0)
        return static_cast<size_t>(size);
    if (size == 0)
        end_input();
    else if (!is_temporary(errno))
        close();
    return 0;
}

void Connection::end_input() {
    input_ended_ = true;
    if (is_shaking_hands() || lingering_)
        close();
    else
        network_.tell(*this, &News::ended);
}

// Sending --------------------------------------------------------------------------------------

std::string& Connection::output() {
    network_.spare_strings_.lend(output_);
    return output_;
}

void Connection::flush() {
    if (is_closed())
        output_.clear();
    else if (tls_ == nullptr)
        send_output();
    else if (tls_->is_established())
        send_encrypted_output();
    finish_sending();
    watch();
}

void Connection::send_output() {
    if (!sending_.empty()) {
        drop_sent();
        sending_ += output_;
        network_.spare_strings_.take(output_);
        return;
    }
    size_t size = send(output_);
    if (is_closed())
        return;
    if (size < output_.size()) {
        sending_.swap(output_);
        sent_ = size;
    }
    network_.spare_strings_.take(output_);
}

void Connection::send_encrypted_output() {
    bool waiting = !sending_.empty();
    encrypt_output();
    if (!waiting)
        send_rest();
}

void Connection::encrypt_output() {
    drop_sent();
    TlsSession::Outcome outcome = tls_->send(output_);
    network_.spare_strings_.take(output_);
    if (outcome == TlsSession::Outcome::failed)
        fail_tls();
}

// So that what waits does not grow by what is gone.
void Connection::drop_sent() {
    if (sent_ > sending_.size() / 2) {
        sending_.erase(0, sent_);
        sent_ = 0;
    }
}

void Connection::send_rest() {
    if (is_closed() || sending_.empty())
        return;
    sent_ += send(Bytes(sending_).substr(sent_));
    if (sent_ == sending_.size()) {
        network_.spare_strings_.take(sending_);
        sent_ = 0;
    }
}

// The number of bytes that the socket took.
size_t Connection::send(Bytes bytes) {
    if (bytes.empty())
        return 0;
    ssize_t size = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size >= 0)
        return static_cast<size_t>(size);
    if (!is_temporary(errno))
        close();
    return 0;
}

// Closing --------------------------------------------------------------------------------------

void Connection::close_after_sending() {
    closing_after_sending_ = true;
    flush();
}

// To close while the other side still sends would take from it what it has not yet read: what comes
// is read, and thrown away, for a while.
void Connection::finish_sending() {
    if (!closing_after_sending_ || lingering_ || is_closed() || unsent() > 0)
        return;
    if (tls_ != nullptr) {
        tls_->end();
        send_rest();
    }
    if (input_ended_) {
        close();
    } else if (!is_closed()) {
        lingering_ = true;
        shutdown(socket_.get(), SHUT_WR);
        set_deadline(linger_time);
    }
}

// The input stays, since the owner may hold views.
void Connection::close() {
    if (is_closed())
        return;
    watcher_.reset();
    socket_.close();
    output_.clear();
    sending_.clear();
    sent_ = 0;
    network_.tell(*this, &News::closed);
}

void Connection::fail(const std::string& reason) {
    network_.report("connection with " + peer_address_ + ": " + reason);
    close();
}

void Connection::fail_tls() {
    send_rest();  // the alert
    fail("TLS: " + tls_->error());
}

// The loop -------------------------------------------------------------------------------------

bool Connection::is_shaking_hands() const {
    return tls_ != nullptr && !is_closed() && !tls_->is_established();
}

void Connection::watch() {
    if (is_closed())
        return;
    bool wanted = reading_ && !closing_after_sending_ && !input_ended_;
    watcher_->watch(wanted || has_deadline(), !sending_.empty());
}

void Connection::ready(bool readable, bool writable) noexcept {
    try {
        if (writable)
            send_rest();
        if (readable && lingering_)
            receive_to(network_.scratch_);
        else if (readable && !is_closed())
            receive();
        finish_sending();
        watch();
    } catch (const std::exception& error) {
        network_.report("connection with " + peer_address_ + ": " + error.what());
        close();
    }
}

void Connection::set_deadline(uint64_t milliseconds) {
    deadline_ = network_.loop_.now() + milliseconds;
    network_.need_ticks();
}

void Connection::check_deadline(uint64_t now) {
    if (!has_deadline() || now < deadline_)
        return;
    if (lingering_)
        close();
    else
        fail("TLS: the handshake took too long");
}

}  // namespace server
