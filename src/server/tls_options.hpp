// How the server speaks TLS, as Redis's tls-* parameters say it.
#pragma once

#include <cstdint>
#include <string>

namespace server {

struct TlsOptions {
    enum class ClientCertificates {
        required,
        optional,
        ignored
    };  // tls-auth-clients yes, optional, no

    std::string certificate_file;  // PEM, with the chain behind it
    std::string key_file;
    std::string key_password;  // empty: the key is not encrypted
    std::string ca_file;       // whose clients are trusted; a file, a folder, or both
    std::string ca_folder;
    ClientCertificates client_certificates = ClientCertificates::required;
    std::string protocols;      // as in "TLSv1.2 TLSv1.3", which is also what empty means
    std::string ciphers;        // of TLS 1.2 and before; empty: OpenSSL's choice
    std::string cipher_suites;  // of TLS 1.3
    bool prefer_server_ciphers = false;
    uint64_t handshake_timeout = 10'000;  // milliseconds

    bool operator==(const TlsOptions&) const = default;
};

}  // namespace server
