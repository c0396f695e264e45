// CLIENT: what a client tells of itself and of others.
#include "command/arguments.hpp"
#include "command/client_text.hpp"
#include "command/handlers.hpp"
#include "core/text.hpp"

namespace command::connection {

namespace {

// Takes ON or OFF.
Status set_switch(Call& call, bool& value) {
    if (core::equals_ignoring_case(call[2], "on"))
        value = true;
    else if (core::equals_ignoring_case(call[2], "off"))
        value = false;
    else
        return ErrorCode::syntax;
    call.reply.status("OK");
    return {};
}

// The lines of the clients that are wanted.
std::string lines(Call& call, FunctionRef<bool(const Client&)> is_wanted) {
    std::string text;
    int64_t now = call.store.now();
    call.door->clients.walk([&](Client& client) {
        if (is_wanted(client))
            text += client_line(client, now) + "\n";
    });
    return text;
}

Status list_of_type(Call& call) {
    std::optional<ClientType> type = client_type(call[3]);
    if (!type)
        return {ErrorCode::unknown_client_type, std::string(core::until_nul(call[3]))};
    call.reply.verbatim(
        lines(call, [&](const Client& client) { return type_of(client) == *type; }));
    return {};
}

// In the order in which they are asked for.
Status list_of_ids(Call& call) {
    std::vector<int64_t> ids;
    for (Bytes text : call.arguments.subspan(3)) {
        int64_t id = 0;
        RETURN_IF_ERROR(parse_at_least(INT64_MIN, text, ErrorCode::invalid_client_id, id));
        ids.push_back(id);
    }
    std::string text;
    for (int64_t id : ids)
        text += lines(call, [&](const Client& client) { return client.id == id; });
    call.reply.verbatim(text);
    return {};
}

}  // namespace

Status client_id(Call& call) {
    call.reply.integer(call.door->client.id);
    return {};
}

Status client_getname(Call& call) {
    const std::string& name = call.door->client.name;
    if (name.empty())
        call.reply.null();
    else
        call.reply.bulk(name);
    return {};
}

Status client_setname(Call& call) {
    if (!is_client_word(call[2]))
        return {ErrorCode::special_characters, "Client names"};
    call.door->client.name = call[2];
    call.reply.status("OK");
    return {};
}

Status client_setinfo(Call& call) {
    Client& client = call.door->client;
    bool is_name = core::equals_ignoring_case(call[2], "lib-name");
    std::string option(core::until_nul(call[2]));
    if (!is_name && !core::equals_ignoring_case(call[2], "lib-ver"))
        return {ErrorCode::unrecognized_option, option};
    if (!is_client_word(call[3]))
        return {ErrorCode::special_characters, option};
    (is_name ? client.library_name : client.library_version) = call[3];
    call.reply.status("OK");
    return {};
}

Status client_info(Call& call) {
    call.reply.verbatim(client_line(call.door->client, call.store.now()) + "\n");
    return {};
}

Status client_list(Call& call) {
    if (call.size() == 2) {
        call.reply.verbatim(lines(call, [](const Client&) { return true; }));
        return {};
    }
    if (call.size() == 4 && core::equals_ignoring_case(call[2], "type"))
        return list_of_type(call);
    if (call.size() > 3 && core::equals_ignoring_case(call[2], "id"))
        return list_of_ids(call);
    return ErrorCode::syntax;
}

Status client_no_evict(Call& call) {
    return set_switch(call, call.door->client.no_evict);
}

Status client_no_touch(Call& call) {
    return set_switch(call, call.door->client.no_touch);
}

// OFF and SKIP have no reply of their own.
Status client_reply(Call& call) {
    Client::Replies& replies = call.door->client.replies;
    if (core::equals_ignoring_case(call[2], "on")) {
        replies = Client::Replies::on;
        call.reply.status("OK");
    } else if (core::equals_ignoring_case(call[2], "off")) {
        replies = Client::Replies::off;
    } else if (core::equals_ignoring_case(call[2], "skip")) {
        if (replies != Client::Replies::off)
            replies = Client::Replies::skip_next;
    } else {
        return ErrorCode::syntax;
    }
    return {};
}

}  // namespace command::connection
