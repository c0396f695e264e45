// CLIENT: what one client does to others. KILL, PAUSE, UNPAUSE, UNBLOCK, and HELP.
#include <algorithm>

#include "command/arguments.hpp"
#include "command/client_text.hpp"
#include "command/handlers.hpp"
#include "command/help.hpp"
#include "core/text.hpp"

namespace command::connection {

namespace {

// Which clients CLIENT KILL ends: those that fit all that is given.
struct Victims {
    std::optional<int64_t> id;
    std::optional<Bytes> address;
    std::optional<Bytes> local_address;
    std::optional<ClientType> type;
    std::optional<std::string> user;
    int64_t least_age = 0;  // in seconds
    bool skip_me = true;

    bool has(const Client& client, int64_t now) const {
        return (!id || client.id == *id) && (!address || client.address == *address) &&
               (!local_address || client.local_address == *local_address) &&
               (!type || type_of(client) == *type) && (!user || client.user == *user) &&
               now - client.connected_at >= least_age * 1000;
    }
};

Status parse_id(Bytes text, Victims& victims) {
    int64_t id = 0;
    RETURN_IF_ERROR(parse_at_least(1, text, ErrorCode::client_id_not_positive, id));
    victims.id = id;
    return {};
}

Status parse_age(Bytes text, Victims& victims) {
    RETURN_IF_ERROR(parse_at_least(INT64_MIN, text, ErrorCode::not_an_age, victims.least_age));
    if (victims.least_age <= 0)
        return ErrorCode::age_not_positive;
    // Nobody is as old as what would overflow in milliseconds.
    victims.least_age = std::min(victims.least_age, INT64_MAX / 1000);
    return {};
}

Status parse_type(Bytes text, Victims& victims) {
    victims.type = client_type(text);
    if (!victims.type)
        return {ErrorCode::unknown_client_type, std::string(core::until_nul(text))};
    return {};
}

Status parse_user(Call& call, Bytes name, Victims& victims) {
    Door& door = *call.door;
    victims.user =
        name == "default" ? door.server.setting("kv.default_role").value_or("") : std::string(name);
    if (!door.roles->find(*victims.user))
        return {ErrorCode::no_such_user, std::string(core::until_nul(name))};
    return {};
}

Status parse_skip_me(Bytes text, Victims& victims) {
    victims.skip_me = core::equals_ignoring_case(text, "yes");
    if (!victims.skip_me && !core::equals_ignoring_case(text, "no"))
        return ErrorCode::syntax;
    return {};
}

Status parse_victims(Call& call, Victims& victims) {
    Options options(call, 2);
    while (!options.done()) {
        Bytes value;
        if (options.value("ID", value))
            RETURN_IF_ERROR(parse_id(value, victims));
        else if (options.value("MAXAGE", value))
            RETURN_IF_ERROR(parse_age(value, victims));
        else if (options.value("TYPE", value))
            RETURN_IF_ERROR(parse_type(value, victims));
        else if (options.value("ADDR", value))
            victims.address = value;
        else if (options.value("LADDR", value))
            victims.local_address = value;
        else if (options.value("USER", value))
            RETURN_IF_ERROR(parse_user(call, value, victims));
        else if (options.value("SKIPME", value))
            RETURN_IF_ERROR(parse_skip_me(value, victims));
        else
            return ErrorCode::syntax;
    }
    return {};
}

int64_t kill(Call& call, const Victims& victims) {
    Door& door = *call.door;
    int64_t now = call.store.now();
    std::vector<Client*> found;  // closing one may change what is walked
    door.clients.walk([&](Client& client) {
        bool is_me = &client == &door.client;
        if (victims.has(client, now) && !(is_me && victims.skip_me))
            found.push_back(&client);
    });
    for (Client* client : found)
        door.clients.close(*client);
    return static_cast<int64_t>(found.size());
}

// Until when a pause of some milliseconds lasts.
Status parse_pause(Call& call, int64_t& until) {
    int64_t milliseconds = 0;
    RETURN_IF_ERROR(parse_at_least(INT64_MIN, call[2], ErrorCode::not_a_timeout, milliseconds));
    if (milliseconds < 0)
        return ErrorCode::negative_timeout;
    int64_t now = call.store.now();
    if (milliseconds > INT64_MAX - now)
        return ErrorCode::timeout_out_of_range;
    until = now + milliseconds;
    return {};
}

// Too many arguments, which the row's arity does not tell.
Status wrong_subcommand(const Call& call) {
    return {ErrorCode::unknown_subcommand,
            "or wrong number of arguments for '" +
                std::string(core::until_nul(call[1].substr(0, 128))) + "'. Try CLIENT HELP."};
}

}  // namespace

Status client_kill(Call& call) {
    Victims victims;
    if (call.size() == 3) {  // the old form, which may end one's own connection
        victims.address = call[2];
        victims.skip_me = false;
        if (kill(call, victims) == 0)
            return ErrorCode::no_such_client;
        call.reply.status("OK");
        return {};
    }
    RETURN_IF_ERROR(parse_victims(call, victims));
    call.reply.integer(kill(call, victims));
    return {};
}

Status client_pause(Call& call) {
    if (call.size() > 4)
        return wrong_subcommand(call);
    bool only_writes = call.size() == 4 && core::equals_ignoring_case(call[3], "write");
    if (call.size() == 4 && !only_writes && !core::equals_ignoring_case(call[3], "all"))
        return ErrorCode::pause_mode;
    int64_t until = 0;
    RETURN_IF_ERROR(parse_pause(call, until));
    call.door->clients.pause(only_writes, until);
    call.reply.status("OK");
    return {};
}

Status client_unpause(Call& call) {
    call.door->clients.unpause();
    call.reply.status("OK");
    return {};
}

Status client_unblock(Call& call) {
    if (call.size() > 4)
        return wrong_subcommand(call);
    bool with_error = call.size() == 4 && core::equals_ignoring_case(call[3], "error");
    if (call.size() == 4 && !with_error && !core::equals_ignoring_case(call[3], "timeout"))
        return ErrorCode::unblock_reason;
    int64_t id = 0;
    RETURN_IF_ERROR(parse_integer(call[2], id));
    Client* target = nullptr;
    call.door->clients.walk([&](Client& client) {
        if (client.id == id)
            target = &client;
    });
    bool unblocked =
        target && target->is_blocked && call.door->clients.unblock(*target, with_error);
    call.reply.boolean(unblocked);
    return {};
}

Status client_help(Call& call) {
    static constexpr const char* lines[] = {
        "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "CACHING (YES|NO)",
        "    Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.",
        "GETREDIR",
        "    Return the client ID we are redirecting to when tracking is enabled.",
        "GETNAME",
        "    Return the name of the current connection.",
        "ID",
        "    Return the ID of the current connection.",
        "INFO",
        "    Return information about the current client connection.",
        "KILL <ip:port>",
        "    Kill connection made from <ip:port>.",
        "KILL <option> <value> [<option> <value> [...]]",
        "    Kill connections. Options are:",
        "    * ADDR (<ip:port>|<unixsocket>:0)",
        "      Kill connections made from the specified address",
        "    * LADDR (<ip:port>|<unixsocket>:0)",
        "      Kill connections made to specified local address",
        "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
        "      Kill connections by type.",
        "    * USER <username>",
        "      Kill connections authenticated by <username>.",
        "    * SKIPME (YES|NO)",
        "      Skip killing current connection (default: yes).",
        "    * ID <client-id>",
        "      Kill connections by client id.",
        "    * MAXAGE <maxage>",
        "      Kill connections older than the specified age.",
        "LIST [options ...]",
        "    Return information about client connections. Options:",
        "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
        "      Return clients of specified type.",
        "UNPAUSE",
        "    Stop the current client pause, resuming traffic.",
        "PAUSE <timeout> [WRITE|ALL]",
        "    Suspend all, or just write, clients for <timeout> milliseconds.",
        "REPLY (ON|OFF|SKIP)",
        "    Control the replies sent to the current connection.",
        "SETNAME <name>",
        "    Assign the name <name> to the current connection.",
        "SETINFO <option> <value>",
        "    Set client meta attr. Options are:",
        "    * LIB-NAME: the client lib name.",
        "    * LIB-VER: the client lib version.",
        "UNBLOCK <clientid> [TIMEOUT|ERROR]",
        "    Unblock the specified blocked client.",
        "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
        "         [OPTIN] [OPTOUT] [NOLOOP]",
        "    Control server assisted client side caching.",
        "TRACKINGINFO",
        "    Report tracking status for the current connection.",
        "NO-EVICT (ON|OFF)",
        "    Protect current client connection from eviction.",
        "NO-TOUCH (ON|OFF)",
        "    Will not touch LRU/LFU stats when this mode is on.",
        "HELP",
        "    Prints this help.",
    };
    reply_lines(call.reply, lines);
    return {};
}

}  // namespace command::connection
