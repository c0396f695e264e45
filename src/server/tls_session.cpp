#include "server/tls_session.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <stdexcept>

namespace server {

// OpenSSL's way to our strings. Its own BIOs in memory would copy once more, and keep the memory.
struct TlsSession::Wire {
    static int read(BIO* bio, char* buffer, int size) {
        Bytes& incoming = session(bio).incoming_;
        BIO_clear_retry_flags(bio);
        if (incoming.empty()) {
            BIO_set_retry_read(bio);
            return -1;
        }
        size_t taken = std::min(incoming.size(), static_cast<size_t>(size));
        std::memcpy(buffer, incoming.data(), taken);
        incoming.remove_prefix(taken);
        return static_cast<int>(taken);
    }

    // No exception may pass through OpenSSL.
    static int write(BIO* bio, const char* bytes, int size) {
        BIO_clear_retry_flags(bio);
        try {
            session(bio).outgoing_.append(bytes, static_cast<size_t>(size));
            return size;
        } catch (...) {
            return -1;
        }
    }

    static long control(BIO*, int command, long, void*) {
        return command == BIO_CTRL_FLUSH ? 1 : 0;
    }

    static TlsSession& session(BIO* bio) { return *static_cast<TlsSession*>(BIO_get_data(bio)); }

    // For the life of the process.
    static const BIO_METHOD* method() {
        static const BIO_METHOD* made = [] {
            BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "pg_kv");
            if (method != nullptr) {
                BIO_meth_set_read(method, read);
                BIO_meth_set_write(method, write);
                BIO_meth_set_ctrl(method, control);
            }
            return method;
        }();
        return made;
    }
};

void TlsSession::Free::operator()(ssl_st* session) const {
    SSL_free(session);
}

TlsSession::TlsSession(const TlsContext& context, std::string& outgoing)
    : outgoing_(outgoing), session_(SSL_new(context.get())) {
    const BIO_METHOD* method = Wire::method();
    BIO* wire = method != nullptr && session_ != nullptr ? BIO_new(method) : nullptr;
    if (wire == nullptr)
        throw std::runtime_error("could not begin a TLS session: " + take_tls_errors());
    BIO_set_data(wire, this);
    BIO_set_init(wire, 1);
    SSL_set_bio(session_.get(), wire, wire);
    SSL_set_accept_state(session_.get());
}

bool TlsSession::is_established() const {
    return SSL_is_init_finished(session_.get()) == 1;
}

TlsSession::Outcome TlsSession::receive(Bytes encrypted, InputBuffer& input) {
    incoming_ = encrypted;
    ERR_clear_error();
    while (true) {
        std::span<char> room = input.room();
        int size = static_cast<int>(std::min<size_t>(room.size(), INT_MAX));
        int result = SSL_read(session_.get(), room.data(), size);
        if (result <= 0)
            return outcome_of(result);
        input.received(static_cast<size_t>(result));
    }
}

TlsSession::Outcome TlsSession::send(Bytes plain) {
    ERR_clear_error();
    while (!plain.empty()) {
        int size = static_cast<int>(std::min<size_t>(plain.size(), INT_MAX));
        int result = SSL_write(session_.get(), plain.data(), size);
        // Nothing can be in the way of writing to a string.
        if (result <= 0) {
            outcome_of(result);
            return Outcome::failed;
        }
        plain.remove_prefix(static_cast<size_t>(result));
    }
    return Outcome::open;
}

void TlsSession::end() {
    if (error_.empty() && is_established())
        SSL_shutdown(session_.get());
    ERR_clear_error();
}

TlsSession::Outcome TlsSession::outcome_of(int result) {
    switch (SSL_get_error(session_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return Outcome::open;
        case SSL_ERROR_ZERO_RETURN:
            return Outcome::ended;
        default:
            break;
    }
    error_ = take_tls_errors();
    long verified = SSL_get_verify_result(session_.get());
    if (verified != X509_V_OK)
        error_ += std::string(" (") + X509_verify_cert_error_string(verified) + ")";
    if (error_.empty())
        error_ = "broken off";
    return Outcome::failed;
}

}  // namespace server
