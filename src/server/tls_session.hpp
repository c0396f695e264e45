// One client's TLS, between strings of bytes: knows no socket.
#pragma once

#include <memory>
#include <string>

#include "core/bytes.hpp"
#include "server/input_buffer.hpp"
#include "server/tls_context.hpp"

struct ssl_st;
struct bio_st;

namespace server {

class TlsSession {
public:
    enum class Outcome { open, ended, failed };

    // What is to be sent is appended to `outgoing`, which must outlive the session. Throws
    // std::runtime_error.
    TlsSession(const TlsContext& context, std::string& outgoing);
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    // Takes what was received, and puts what it means into the buffer.
    Outcome receive(Bytes encrypted, InputBuffer& input);
    bool is_established() const;  // the handshake is over

    // Once established.
    Outcome send(Bytes plain);
    // Says goodbye.
    void end();

    const std::string& error() const { return error_; }

private:
    struct Wire;
    struct Free {
        void operator()(ssl_st* session) const;
    };

    Outcome outcome_of(int result);

    std::string& outgoing_;
    Bytes incoming_;
    std::unique_ptr<ssl_st, Free> session_;
    std::string error_;
};

}  // namespace server
