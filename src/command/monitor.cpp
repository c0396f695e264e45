#include "command/monitor.hpp"

#include <cstdio>

#include "core/text.hpp"

namespace command {

namespace {

constexpr Bytes redacted = "(redacted)";

const char* escape_of(char letter) {
    switch (letter) {
        case '\\':
            return "\\\\";
        case '"':
            return "\\\"";
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        case '\a':
            return "\\a";
        case '\b':
            return "\\b";
        default:
            return nullptr;
    }
}

bool names_a_secret(Bytes parameter) {
    return core::equals_ignoring_case(parameter, "requirepass") ||
           core::equals_ignoring_case(parameter, "masterauth") ||
           core::equals_ignoring_case(parameter, "masteruser") ||
           core::equals_ignoring_case(parameter, "tls-key-file-pass");
}

}  // namespace

void append_quoted(std::string& line, Bytes argument) {
    line += '"';
    for (char letter : argument) {
        if (const char* escape = escape_of(letter)) {
            line += escape;
        } else if (letter >= ' ' && letter <= '~') {
            line += letter;
        } else {
            char code[5];
            snprintf(code, sizeof(code), "\\x%02x", static_cast<unsigned char>(letter));
            line += code;
        }
    }
    line += '"';
}

bool is_monitored(const Command& command) {
    return (command.flags & ADMIN) == 0;
}

std::vector<Bytes> shown_arguments(const Command& command, std::span<const Bytes> arguments) {
    std::vector<Bytes> shown(arguments.begin(), arguments.end());
    Bytes name = command.name;
    if (name == "auth")
        std::fill(shown.begin() + 1, shown.end(), redacted);
    if (name == "hello")
        for (size_t i = 2; i + 2 < shown.size(); i++)
            if (core::equals_ignoring_case(shown[i], "AUTH"))
                shown[i + 1] = shown[i + 2] = redacted;
    if (name == "config|set")
        for (size_t i = 2; i + 1 < shown.size(); i += 2)
            if (names_a_secret(shown[i]))
                shown[i + 1] = redacted;
    if (name == "acl|setuser")
        std::fill(shown.begin() + std::min<ptrdiff_t>(3, std::ssize(shown)), shown.end(), redacted);
    return shown;
}

std::string monitor_line(const Client& client, int database, std::span<const Bytes> arguments,
                         int64_t time) {
    char head[64];
    snprintf(head, sizeof(head), "%lld.%06lld [%d ", static_cast<long long>(time / 1000000),
             static_cast<long long>(time % 1000000), database);
    std::string line = head;
    line += client.is_unix_socket ? "unix:" + client.local_address : client.address;
    line += ']';
    for (Bytes argument : arguments) {
        line += ' ';
        append_quoted(line, argument);
    }
    return line;
}

}  // namespace command
