#include "command/client_text.hpp"

#include <algorithm>

#include "core/number.hpp"
#include "core/text.hpp"

namespace command {

namespace {

size_t queue_memory(const Client& client) {
    size_t bytes = 0;
    for (const auto& arguments : client.queue)
        for (const std::string& argument : arguments)
            bytes += sizeof(argument) + argument.size();
    return bytes;
}

size_t total_memory(const Client& client) {
    return sizeof(client) + client.name.size() + client.library_name.size() +
           client.library_version.size() + client.argument_size + queue_memory(client) +
           client.input_capacity + client.output_capacity;
}

// name=value pairs with a space between.
class Line {
public:
    void add(Bytes name, Bytes value) {
        if (!text_.empty())
            text_ += ' ';
        text_.append(name).append("=").append(value);
    }
    void add(Bytes name, int64_t value) { add(name, core::IntegerText(value).bytes()); }
    void add_size(Bytes name, size_t value) { add(name, static_cast<int64_t>(value)); }

    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

int64_t seconds_since(int64_t time, int64_t now) {
    return std::max<int64_t>(now - time, 0) / 1000;
}

void add_memory(Line& line, const Client& client) {
    line.add_size("qbuf", client.input_size);
    line.add_size("qbuf-free",
                  std::max(client.input_capacity, client.input_size) - client.input_size);
    line.add_size("argv-mem", client.argument_size);
    line.add_size("multi-mem", queue_memory(client));
    // The reply buffer is one piece and grows: there is no list of further ones.
    line.add_size("rbs", client.output_capacity);
    line.add_size("rbp", client.output_peak);
    line.add_size("obl", client.output_size);
    line.add("oll", 0);
    line.add_size("omem", client.output_size == 0 ? 0 : client.output_capacity);
    line.add_size("tot-mem", total_memory(client));
}

}  // namespace

std::string client_flags(const Client& client) {
    struct Letter {
        bool is_set;
        char letter;
    };
    const Letter letters[] = {
        {client.is_monitor, 'O'},  {client.is_queueing, 'x'},    {client.is_blocked, 'b'},
        {client.shall_close, 'c'}, {client.is_unix_socket, 'U'}, {client.no_evict, 'e'},
        {client.no_touch, 'T'},
    };
    std::string text;
    for (const Letter& flag : letters)
        if (flag.is_set)
            text += flag.letter;
    return text.empty() ? "N" : text;
}

std::string client_line(const Client& client, int64_t now) {
    Line line;
    line.add("id", client.id);
    line.add("addr", client.address);
    line.add("laddr", client.local_address);
    line.add("fd", client.descriptor);
    line.add("name", client.name);
    line.add("age", seconds_since(client.connected_at, now));
    line.add("idle", seconds_since(client.last_used_at, now));
    line.add("flags", client_flags(client));
    line.add("db", client.database);
    for (const char* subscriptions : {"sub", "psub", "ssub"})
        line.add(subscriptions, 0);
    line.add("multi", client.is_queueing ? static_cast<int64_t>(client.queue.size()) : -1);
    add_memory(line, client);
    line.add("events", client.output_size == 0 ? "r" : "rw");
    line.add("cmd", client.last_command.empty() ? "NULL" : Bytes(client.last_command));
    line.add("user", client.user);
    line.add("redir", -1);
    line.add("resp", client.protocol);
    line.add("lib-name", client.library_name);
    line.add("lib-ver", client.library_version);
    return line.take();
}

std::optional<ClientType> client_type(Bytes name) {
    struct Row {
        const char* name;
        ClientType type;
    };
    static constexpr Row rows[] = {
        {"normal", ClientType::normal},  {"replica", ClientType::replica},
        {"slave", ClientType::replica},  {"pubsub", ClientType::pubsub},
        {"master", ClientType::primary},
    };
    for (const Row& row : rows)
        if (core::equals_ignoring_case(name, row.name))
            return row.type;
    return std::nullopt;
}

bool is_client_word(Bytes text) {
    return std::all_of(text.begin(), text.end(),
                       [](char byte) { return byte >= '!' && byte <= '~'; });
}

}  // namespace command
