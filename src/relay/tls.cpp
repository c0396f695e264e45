#include "relay/tls.hpp"

#if __has_include(<hiredis/hiredis_ssl.h>)

#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>

namespace relay {

namespace {

struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* session) const { SSL_free(session); }
};

bool trust(SSL_CTX& context, const std::string& ca_file) {
    if (ca_file.empty())
        return SSL_CTX_set_default_verify_paths(&context) == 1;
    return SSL_CTX_load_verify_locations(&context, ca_file.c_str(), nullptr) == 1;
}

// hiredis would send the name, but not compare it with the certificate's.
bool expect_host(SSL& session, const std::string& host) {
    if (host.starts_with('/'))
        return true;
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(&session), host.c_str()) == 1)
        return true;
    return SSL_set1_host(&session, host.c_str()) == 1 &&
           SSL_set_tlsext_host_name(&session, host.c_str()) == 1;
}

}  // namespace

bool start_tls(redisContext& context, const Target& target, std::string& problem) {
    ERR_clear_error();
    std::unique_ptr<SSL_CTX, Free> settings(SSL_CTX_new(TLS_client_method()));
    if (!settings || SSL_CTX_set_min_proto_version(settings.get(), TLS1_2_VERSION) != 1) {
        problem = "could not set up TLS";
        return false;
    }
    SSL_CTX_set_verify(settings.get(), SSL_VERIFY_PEER, nullptr);
    if (!trust(*settings, target.tls_ca_file)) {
        problem = "could not load the certificate authorities of TLS";
        return false;
    }
    std::unique_ptr<SSL, Free> session(SSL_new(settings.get()));
    if (!session || !expect_host(*session, target.host)) {
        problem = "could not set up TLS";
        return false;
    }
    // The context owns the session if it succeeds, and else it stays ours.
    if (redisInitiateSSL(&context, session.get()) != REDIS_OK) {
        problem = context.errstr;
        return false;
    }
    (void)session.release();
    return true;
}

void add_tls_problem(std::string& problem) {
    unsigned long code = ERR_get_error();
    const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    if (reason)
        problem.append(problem.empty() ? "" : ": ").append("TLS: ").append(reason);
    ERR_clear_error();
}

}  // namespace relay

#else

namespace relay {

bool start_tls(redisContext&, const Target&, std::string& problem) {
    problem = "this pg_kv was built with a hiredis without TLS (1.0 or later is needed)";
    return false;
}

void add_tls_problem(std::string&) {}

}  // namespace relay

#endif
