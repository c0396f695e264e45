// The connection itself: PING, ECHO, QUIT, RESET, SELECT, AUTH and HELLO.
#include "command/arguments.hpp"
#include "command/client_text.hpp"
#include "command/handlers.hpp"
#include "core/text.hpp"

namespace command::connection {

Status ping(Call& call) {
    if (call.size() > 2)
        return {ErrorCode::wrong_arity, call.command.name};
    if (call.size() == 2)
        call.reply.bulk(call[1]);
    else
        call.reply.status("PONG");
    return {};
}

Status echo(Call& call) {
    call.reply.bulk(call[1]);
    return {};
}

Status quit(Call& call) {
    call.door->client.shall_close = true;
    call.reply.status("OK");
    return {};
}

Status reset(Call& call) {
    Client& client = call.door->client;
    client.leave_multi();
    client.database = 0;
    client.protocol = 2;
    client.name.clear();
    client.replies = Client::Replies::on;
    client.no_evict = client.no_touch = client.is_monitor = false;
    call.door->clients.log_out(client);
    call.reply.set_protocol(client.protocol);
    call.reply.status("RESET");
    return {};
}

Status select(Call& call) {
    RETURN_IF_ERROR(parse_database(call[1], call.door->client.database));
    call.reply.status("OK");
    return {};
}

Status auth(Call& call) {
    if (call.size() > 3)
        return ErrorCode::syntax;
    Door& door = *call.door;
    bool is_default = call.size() == 2;
    if (is_default && door.server.setting("kv.default_role").value_or("").empty())
        return ErrorCode::no_default_password;
    Bytes user = is_default ? Bytes("default") : call[1];
    RETURN_IF_ERROR(door.clients.login(door.client, user, call[call.size() - 1]));
    call.reply.status("OK");
    return {};
}

namespace {

struct Greeting {
    int protocol;
    bool logs_in;
    Bytes user;
    Bytes password;
    std::optional<Bytes> name;
};

Status parse_protocol(Bytes text, int& protocol) {
    int64_t version = 0;
    RETURN_IF_ERROR(parse_at_least(INT64_MIN, text, ErrorCode::protocol_version, version));
    if (version != 2 && version != 3)
        return ErrorCode::unsupported_protocol;
    protocol = static_cast<int>(version);
    return {};
}

Status parse_greeting(const Call& call, Greeting& greeting) {
    if (call.size() > 1)
        RETURN_IF_ERROR(parse_protocol(call[1], greeting.protocol));
    Options options(call, 2);
    while (!options.done()) {
        Bytes name;
        if (options.values("AUTH", greeting.user, greeting.password))
            greeting.logs_in = true;
        else if (options.value("SETNAME", name))
            greeting.name = name;
        else
            return {ErrorCode::hello_option, std::string(core::until_nul(options.next()))};
        if (!is_client_word(name))
            return {ErrorCode::special_characters, "Client names"};
    }
    return {};
}

void reply_facts(Call& call) {
    bool is_standby = call.door->server.setting("in_hot_standby").value_or("off") == "on";
    Reply& reply = call.reply;
    reply.begin_map();
    reply.bulk("server");
    reply.bulk("redis");
    reply.bulk("version");
    reply.bulk(redis_version);
    reply.bulk("proto");
    reply.integer(call.door->client.protocol);
    reply.bulk("id");
    reply.integer(call.door->client.id);
    reply.bulk("mode");
    reply.bulk("standalone");
    reply.bulk("role");
    reply.bulk(is_standby ? "replica" : "master");
    reply.bulk("modules");
    reply.begin_array();
    reply.end_array();
    reply.end_map();
}

}  // namespace

Status hello(Call& call) {
    Client& client = call.door->client;
    Greeting greeting{client.protocol, false, {}, {}, {}};
    RETURN_IF_ERROR(parse_greeting(call, greeting));
    if (greeting.logs_in)
        RETURN_IF_ERROR(call.door->clients.login(client, greeting.user, greeting.password));
    if (client.user.empty())
        return ErrorCode::hello_not_logged_in;
    if (greeting.name)
        client.name = *greeting.name;
    client.protocol = greeting.protocol;
    call.reply.set_protocol(client.protocol);
    reply_facts(call);
    return {};
}

}  // namespace command::connection
