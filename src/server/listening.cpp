// Where the server listens, as the settings say.
#include "server/server.hpp"

#include "core/text.hpp"
#include "pg/settings_server.hpp"

namespace server {

namespace {

std::vector<std::string> words_of(Bytes list) {
    std::vector<std::string> words;
    std::string word;
    for (char byte : std::string(list) + ",") {
        if (byte != ',' && byte != ' ')
            word += byte;
        else if (!word.empty())
            words.push_back(std::exchange(word, {}));
    }
    return words;
}

bool is_loopback(Bytes address) {
    return address == "localhost" || address == "::1" || address.substr(0, 4) == "127.";
}

TlsOptions tls_options(const pg::settings::Server& settings) {
    using Wanted = TlsOptions::ClientCertificates;
    TlsOptions tls;
    tls.certificate_file = settings.tls_cert_file;
    tls.key_file = settings.tls_key_file;
    tls.ca_file = settings.tls_ca_file;
    tls.protocols = settings.tls_protocols;
    tls.ciphers = settings.tls_ciphers;
    switch (settings.tls_auth_clients) {
        case pg::settings::ClientCertificates::no:
            tls.client_certificates = Wanted::ignored;
            break;
        case pg::settings::ClientCertificates::optional:
            tls.client_certificates = Wanted::optional;
            break;
        case pg::settings::ClientCertificates::yes:
            tls.client_certificates = Wanted::required;
            break;
    }
    return tls;
}

bool is_every_address(Bytes address) {
    return address == "*" || address == "0.0.0.0" || address == "::";
}

// Beyond the machine itself passwords and data must not be readable, nor may anybody come in
// without a password: pg_hba.conf does not guard this door.
std::optional<std::string> danger_of(const pg::settings::Server& settings, Bytes address) {
    if (settings.tls_port == 0)
        return "refuses to listen on \"" + std::string(address) +
               "\", which is not loopback, without TLS: set kv.tls_port";
    if (*settings.default_role != '\0')
        return "refuses to listen on \"" + std::string(address) +
               "\", which is not loopback, while kv.default_role lets everybody in";
    return std::nullopt;
}

}  // namespace

std::optional<std::string> Server::listen() {
    apply_settings();
    const pg::settings::Server& settings = pg::settings::server();
    NetworkOptions options;
    for (const std::string& address : words_of(settings.listen_addresses)) {
        if (is_loopback(address))
            options.addresses.push_back(address);
        else if (is_every_address(address))
            options.addresses.insert(options.addresses.end(), {"127.0.0.1", "-::1"});
        std::optional<std::string> danger = danger_of(settings, address);
        if (danger && !is_loopback(address))
            return danger;
        options.tls_addresses.push_back(address);
    }
    if (settings.port != 0)
        options.port = settings.port;
    if (settings.tls_port != 0) {
        options.tls_port = settings.tls_port;
        options.tls = tls_options(settings);
    }
    options.unix_socket = settings.unix_socket;
    options.unix_socket_permissions = static_cast<unsigned>(settings.unix_socket_permissions);
    options.tcp_keepalive = settings.tcp_keepalive;
    options.query_buffer_limit = static_cast<size_t>(settings.query_buffer_limit);
    return network_.listen(options);
}

}  // namespace server
