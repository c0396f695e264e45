#include "server/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstring>
#include <sstream>
#include <stdexcept>

#include "core/text.hpp"

namespace server {

namespace {

[[noreturn]] void fail(const std::string& what) {
    std::string reason = take_tls_errors();
    throw std::runtime_error(reason.empty() ? what : what + ": " + reason);
}

// Without this OpenSSL would ask at the terminal.
int give_password(char* buffer, int size, int, void* data) {
    const auto* password = static_cast<const std::string*>(data);
    if (password->empty() || password->size() > static_cast<size_t>(size))
        return -1;
    std::memcpy(buffer, password->data(), password->size());
    return static_cast<int>(password->size());
}

// The option that forbids a protocol; 0 for an unknown name.
uint64_t option_against(const std::string& protocol) {
    static constexpr struct {
        const char* name;
        uint64_t option;
    } protocols[] = {{"TLSv1", SSL_OP_NO_TLSv1},
                     {"TLSv1.1", SSL_OP_NO_TLSv1_1},
                     {"TLSv1.2", SSL_OP_NO_TLSv1_2},
                     {"TLSv1.3", SSL_OP_NO_TLSv1_3}};
    for (const auto& known : protocols)
        if (core::equals_ignoring_case(protocol, known.name))
            return known.option;
    return 0;
}

}  // namespace

std::string take_tls_errors() {
    std::string text;
    while (unsigned long code = ERR_get_error()) {
        const char* reason = ERR_reason_error_string(code);
        if (!text.empty())
            text += "; ";
        text += reason != nullptr ? reason : "error " + std::to_string(code);
    }
    return text;
}

void TlsContext::Free::operator()(ssl_ctx_st* context) const {
    SSL_CTX_free(context);
}

TlsContext::TlsContext(const TlsOptions& options) : handshake_timeout_(options.handshake_timeout) {
    ERR_clear_error();
    context_.reset(SSL_CTX_new(TLS_server_method()));
    if (context_ == nullptr)
        fail("could not make a TLS context");
    // As in PostgreSQL, sessions are not resumed: what was revoked since would not be noticed.
    SSL_CTX_set_options(context_.get(),
                        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_num_tickets(context_.get(), 0);
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context_.get(), SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_dh_auto(context_.get(), 1);
    choose_protocols(options.protocols);
    choose_ciphers(options);
    load_certificate(options);
    trust_clients(options);
}

void TlsContext::load_certificate(const TlsOptions& options) {
    SSL_CTX* context = context_.get();
    if (options.certificate_file.empty() || options.key_file.empty())
        fail("TLS needs the files of a certificate and of its key");
    if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1)
        fail("could not load the TLS certificate \"" + options.certificate_file + "\"");
    SSL_CTX_set_default_passwd_cb(context, give_password);
    SSL_CTX_set_default_passwd_cb_userdata(context,
                                           const_cast<std::string*>(&options.key_password));
    bool loaded =
        SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) == 1;
    SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
    SSL_CTX_set_default_passwd_cb(context, nullptr);
    if (!loaded)
        fail("could not load the TLS key \"" + options.key_file + "\"");
    if (SSL_CTX_check_private_key(context) != 1)
        fail("the TLS key \"" + options.key_file + "\" does not belong to the certificate");
}

void TlsContext::trust_clients(const TlsOptions& options) {
    using Certificates = TlsOptions::ClientCertificates;
    if (options.client_certificates == Certificates::ignored)
        return;
    if (options.ca_file.empty() && options.ca_folder.empty())
        fail("TLS needs a file or a folder of CA certificates to verify its clients' certificates");
    SSL_CTX* context = context_.get();
    if (!options.ca_file.empty()) {
        if (SSL_CTX_load_verify_file(context, options.ca_file.c_str()) != 1)
            fail("could not load the CA certificates \"" + options.ca_file + "\"");
        SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(options.ca_file.c_str()));
    }
    if (!options.ca_folder.empty() &&
        SSL_CTX_load_verify_dir(context, options.ca_folder.c_str()) != 1)
        fail("could not use the folder of CA certificates \"" + options.ca_folder + "\"");
    bool required = options.client_certificates == Certificates::required;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                       nullptr);
}

void TlsContext::choose_protocols(const std::string& protocols) {
    uint64_t forbidden = SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2 |
                         SSL_OP_NO_TLSv1_3;
    std::istringstream names(protocols.empty() ? "TLSv1.2 TLSv1.3" : protocols);
    for (std::string name; names >> name;) {
        uint64_t option = option_against(name);
        if (option == 0)
            fail("unknown TLS protocol \"" + name + "\"");
        forbidden &= ~option;
    }
    SSL_CTX_set_options(context_.get(), forbidden);
}

void TlsContext::choose_ciphers(const TlsOptions& options) {
    SSL_CTX* context = context_.get();
    if (!options.ciphers.empty() && SSL_CTX_set_cipher_list(context, options.ciphers.c_str()) != 1)
        fail("could not use the TLS ciphers \"" + options.ciphers + "\"");
    if (!options.cipher_suites.empty() &&
        SSL_CTX_set_ciphersuites(context, options.cipher_suites.c_str()) != 1)
        fail("could not use the TLS cipher suites \"" + options.cipher_suites + "\"");
    if (options.prefer_server_ciphers)
        SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
}

}  // namespace server
