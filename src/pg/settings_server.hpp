// The configuration parameters of the Redis protocol's door, all called kv.* like the fields here.
//
// A superuser may set each for one database, ALTER DATABASE app SET kv.port = 6381, and its server
// process begins with that. What the configuration file says instead changes with a reload.
#pragma once

#include "core/output_buffer_limits.hpp"

namespace pg::settings {

enum class DebugCommand : int { no, local, yes };
enum class ClientCertificates : int { no, optional, yes };

// Texts are never null; they are good until the configuration changes.
struct Server {
    // Where to listen
    int port;                      // 0: nowhere
    const char* listen_addresses;  // separated by commas
    const char* unix_socket;       // a path; empty: none
    int unix_socket_permissions;

    // Who may come in
    const char* client_role;   // members of this role; empty: nobody
    const char* default_role;  // the role of who did not log in; empty: none
    DebugCommand enable_debug_command;

    // Limits
    int max_clients;
    int timeout;                                    // seconds; 0: none
    int tcp_keepalive;                              // seconds; 0: none
    int max_bulk_length;                            // bytes
    int query_buffer_limit;                         // bytes
    core::OutputBufferLimits output_buffer_limits;  // kv.output_buffer_limit
    int command_timeout;                            // milliseconds; 0: none
    int helpers;                                    // processes for slow commands

    // TLS
    int tls_port;  // 0: none
    const char* tls_cert_file;
    const char* tls_key_file;
    const char* tls_ca_file;
    ClientCertificates tls_auth_clients;
    const char* tls_protocols;  // separated by spaces
    const char* tls_ciphers;    // empty: OpenSSL's choice

    // Watching
    int slowlog_log_slower_than;    // microseconds; 0: every command, -1: none
    int slowlog_max_len;            // commands kept
    int latency_monitor_threshold;  // milliseconds; 0: none
};

const Server& server();

// Called by define().
void define_server();

}  // namespace pg::settings
