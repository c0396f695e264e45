// Certificate, key and rules, which the sessions of a port share.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "server/tls_options.hpp"

struct ssl_ctx_st;

namespace server {

// Takes what OpenSSL has noted about errors: "no such file: No such file or directory; ...".
std::string take_tls_errors();

class TlsContext {
public:
    // Reads the files. Throws std::runtime_error.
    explicit TlsContext(const TlsOptions& options);

    ssl_ctx_st* get() const { return context_.get(); }
    uint64_t handshake_timeout() const { return handshake_timeout_; }  // milliseconds

private:
    struct Free {
        void operator()(ssl_ctx_st* context) const;
    };

    void load_certificate(const TlsOptions& options);
    void trust_clients(const TlsOptions& options);
    void choose_protocols(const std::string& protocols);
    void choose_ciphers(const TlsOptions& options);

    std::unique_ptr<ssl_ctx_st, Free> context_;
    uint64_t handshake_timeout_;
};

}  // namespace server
