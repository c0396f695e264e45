#include "pg/settings_server.hpp"

#include "core/text.hpp"
#include "pg/pg.hpp"

extern "C" {
#include <sys/un.h>

#include "utils/guc.h"
#include "utils/varlena.h"
}

namespace pg::settings {

namespace {

Server values;
char* output_buffer_limit_setting = nullptr;

constexpr int megabyte = 1024 * 1024;
constexpr int longest_string = core::max_string_size;

// Checks
// -------------------------------------------------------------------------------------------

bool check_address_list(char** value, void**, GucSource) {
    char* copy = pstrdup(*value);
    List* addresses = NIL;
    bool valid = SplitIdentifierString(copy, ',', &addresses);
    list_free(addresses);
    pfree(copy);
    if (!valid)
        GUC_check_errdetail("The value is a list of host names or addresses separated by commas.");
    return valid;
}

bool check_socket_path(char** value, void**, GucSource) {
    if (**value == '\0')
        return true;
    if (!is_absolute_path(*value)) {
        GUC_check_errdetail("The path of a socket begins with a slash.");
        return false;
    }
    if (strlen(*value) >= sizeof(sockaddr_un::sun_path)) {
        GUC_check_errdetail("The path of a socket has at most %d bytes.",
                            static_cast<int>(sizeof(sockaddr_un::sun_path)) - 1);
        return false;
    }
    return true;
}

bool check_role_name(char** value, void**, GucSource) {
    if (strlen(*value) < NAMEDATALEN)
        return true;
    GUC_check_errdetail("The name of a role has at most %d bytes.", NAMEDATALEN - 1);
    return false;
}

bool check_output_buffer_limit(char** value, void**, GucSource) {
    if (core::OutputBufferLimits::parse(*value))
        return true;
    GUC_check_errdetail(
        "The value is made of groups of four: normal, replica or pubsub, a hard limit, a soft "
        "limit, and for how many seconds the soft one may be passed.");
    return false;
}

void assign_output_buffer_limit(const char* value, void*) {
    if (auto limits = core::OutputBufferLimits::parse(value))
        values.output_buffer_limits = *limits;
}

bool is_tls_protocol(core::Bytes word) {
    constexpr core::Bytes known[] = {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"};
    return std::any_of(std::begin(known), std::end(known), [word](core::Bytes protocol) {
        return core::equals_ignoring_case(word, protocol);
    });
}

// One or more, with a space between.
bool are_tls_protocols(core::Bytes text) {
    size_t length = text.find(' ');
    if (!is_tls_protocol(text.substr(0, length)))
        return false;
    return length == core::Bytes::npos || are_tls_protocols(text.substr(length + 1));
}

bool check_tls_protocols(char** value, void**, GucSource) {
    if (are_tls_protocols(*value))
        return true;
    GUC_check_errdetail(
        "The value names one or more of TLSv1, TLSv1.1, TLSv1.2 and TLSv1.3, with a space "
        "between.");
    return false;
}

const char* show_permissions() {
    static char text[8];
    snprintf(text, sizeof(text), "%04o", static_cast<unsigned>(values.unix_socket_permissions));
    return text;
}

// Definitions
// --------------------------------------------------------------------------------------

void number(const char* name, int* value, int first, int lowest, int highest, int unit,
            const char* what, const char* more = nullptr, GucShowHook show = nullptr) {
    DefineCustomIntVariable(name, what, more, value, first, lowest, highest, PGC_SUSET, unit,
                            nullptr, nullptr, show);
}

void text(const char* name, const char** value, const char* first, const char* what,
          const char* more = nullptr, GucStringCheckHook check = nullptr, int flags = 0) {
    DefineCustomStringVariable(name, what, more, const_cast<char**>(value), first, PGC_SUSET, flags,
                               check, nullptr, nullptr);
}

template <class Enum>
void choice(const char* name, Enum* value, Enum first, const config_enum_entry* options,
            const char* what, const char* more) {
    static_assert(sizeof(Enum) == sizeof(int));
    DefineCustomEnumVariable(name, what, more, reinterpret_cast<int*>(value),
                             static_cast<int>(first), options, PGC_SUSET, 0, nullptr, nullptr,
                             nullptr);
}

void define_listening() {
    number("kv.port", &values.port, 6380, 0, 65535, 0,
           "The TCP port on which Redis clients are served; 0 for none.",
           "Each database of kv.worker_databases needs a port of its own: ALTER DATABASE ... SET "
           "kv.port.");
    text("kv.listen_addresses", &values.listen_addresses, "localhost",
         "The host names or addresses on which Redis clients are served; * for all.",
         "Beyond loopback only TLS is served, and only while there is no kv.default_role.",
         check_address_list, GUC_LIST_INPUT);
    text("kv.unix_socket", &values.unix_socket, "",
         "The path of a Unix-domain socket on which Redis clients are served; empty for none.",
         nullptr, check_socket_path);
    number("kv.unix_socket_permissions", &values.unix_socket_permissions, 0700, 0, 0777, 0,
           "The permissions of that socket, as chmod takes them.",
           "To connect, a user of the system needs the permission to write.", show_permissions);
}

void define_access() {
    static const config_enum_entry debug_commands[] = {
        {"no", static_cast<int>(DebugCommand::no), false},
        {"local", static_cast<int>(DebugCommand::local), false},
        {"yes", static_cast<int>(DebugCommand::yes), false},
        {nullptr, 0, false}};
    text("kv.client_role", &values.client_role, "kv_client",
         "The role whose members may come in over the Redis protocol; empty for nobody.",
         "The role need not exist, in which case nobody may. Superusers never may.",
         check_role_name);
    text("kv.default_role", &values.default_role, "",
         "The role as which Redis clients act that did not log in; empty for none.",
         "It must be a member of kv.client_role. While it is set the server does not listen beyond "
         "loopback.",
         check_role_name);
    choice("kv.enable_debug_command", &values.enable_debug_command, DebugCommand::no,
           debug_commands, "Whether Redis clients may call DEBUG.",
           "local: those that come over loopback or the Unix-domain socket.");
}

void define_limits() {
    number("kv.max_clients", &values.max_clients, 10000, 1, 1000000, 0,
           "How many Redis clients may be connected at a time.",
           "Less if the system does not let the process open as many files.");
    number("kv.timeout", &values.timeout, 0, 0, INT_MAX / 1000, GUC_UNIT_S,
           "After how long an idle Redis client is disconnected; 0 for never.");
    number("kv.tcp_keepalive", &values.tcp_keepalive, 300, 0, INT_MAX / 1000, GUC_UNIT_S,
           "How often TCP asks whether a silent Redis client is still there; 0 for never.");
    number("kv.max_bulk_length", &values.max_bulk_length, longest_string, megabyte, longest_string,
           GUC_UNIT_BYTE, "The longest argument that a Redis client may send.");
    number("kv.query_buffer_limit", &values.query_buffer_limit, 1024 * megabyte, megabyte, INT_MAX,
           GUC_UNIT_BYTE, "How much a Redis client may send that was not yet executed.");
    DefineCustomStringVariable(
        "kv.output_buffer_limit",
        "How much may wait for a Redis client to read it before the client is disconnected.",
        "Groups of four: normal, replica or pubsub, hard limit, soft limit, seconds.",
        &output_buffer_limit_setting, "normal 0 0 0 replica 256mb 64mb 60 pubsub 32mb 8mb 60",
        PGC_SUSET, 0, check_output_buffer_limit, assign_output_buffer_limit, nullptr);
    number("kv.command_timeout", &values.command_timeout, 0, 0, INT_MAX, GUC_UNIT_MS,
           "After how long a Redis client's command is cancelled; 0 for never.",
           "The time that it waits for locks counts.");
    number("kv.helpers", &values.helpers, 2, 0, 16, 0,
           "How many processes may run slow commands of Redis clients at a time.",
           "They are started when needed, of max_worker_processes; with none, the server runs slow "
           "commands itself.");
}

void define_tls() {
    static const config_enum_entry certificates[] = {
        {"no", static_cast<int>(ClientCertificates::no), false},
        {"optional", static_cast<int>(ClientCertificates::optional), false},
        {"yes", static_cast<int>(ClientCertificates::yes), false},
        {nullptr, 0, false}};
    number("kv.tls_port", &values.tls_port, 0, 0, 65535, 0,
           "The TCP port on which Redis clients are served over TLS; 0 for none.");
    text("kv.tls_cert_file", &values.tls_cert_file, "", "The file of the server's certificate.",
         "PEM; certificates of intermediate authorities may follow. Relative to the data folder.");
    text("kv.tls_key_file", &values.tls_key_file, "", "The file of the certificate's private key.",
         "PEM, without a passphrase. Relative to the data folder.");
    text("kv.tls_ca_file", &values.tls_ca_file, "",
         "The file of the authorities that clients' certificates are checked against.",
         "PEM. Relative to the data folder.");
    choice("kv.tls_auth_clients", &values.tls_auth_clients, ClientCertificates::no, certificates,
           "Whether clients must show a certificate.",
           "optional: one that is shown must be good. A certificate does not log in; AUTH does.");
    text("kv.tls_protocols", &values.tls_protocols, "TLSv1.2 TLSv1.3",
         "The versions of TLS that are spoken.", nullptr, check_tls_protocols);
    text("kv.tls_ciphers", &values.tls_ciphers, "",
         "The ciphers of TLS up to 1.2, as OpenSSL writes them; empty for its own choice.");
}

void define_watching() {
    number("kv.slowlog_log_slower_than", &values.slowlog_log_slower_than, 10000, -1, INT_MAX, 0,
           "How many microseconds a command must take to be kept in kv.slowlog.",
           "0 keeps every command, -1 none.");
    number("kv.slowlog_max_len", &values.slowlog_max_len, 128, 0, 100000, 0,
           "How many commands kv.slowlog keeps.");
    number("kv.latency_monitor_threshold", &values.latency_monitor_threshold, 0, 0, INT_MAX,
           GUC_UNIT_MS, "How long an event must take to be seen by LATENCY; 0 for none.");
}

}  // namespace

const Server& server() {
    return values;
}

void define_server() {
    define_listening();
    define_access();
    define_limits();
    define_tls();
    define_watching();
}

}  // namespace pg::settings
