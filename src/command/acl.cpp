// ACL: what roles of PostgreSQL may do over the Redis protocol, in Redis's words.
#include <algorithm>

#include "command/arguments.hpp"
#include "command/details.hpp"
#include "command/gate.hpp"
#include "command/help.hpp"
#include "command/server_handlers.hpp"
#include "core/number.hpp"
#include "core/text.hpp"

namespace command::acl {

namespace {

using Role = Roles::Role;

std::vector<const char*> flags_of(const Role& role) {
    std::vector<const char*> flags = {role.is_enabled ? "on" : "off"};
    if (!role.needs_password)
        flags.push_back("nopass");
    flags.push_back("sanitize-payload");
    return flags;
}

const char* keys_of(const Role& role) {
    if (role.may_write)
        return "~*";
    return role.may_read ? "%R~*" : "";
}

// As rules that begin with all commands or with none, whichever leaves less to say.
std::string commands_of(Roles& roles, const Role& role) {
    std::string allowed;
    std::string denied;
    for (const Command& command : all()) {
        if (!command.handler)
            continue;
        if (roles.may_run(role, command))
            allowed.append(" +").append(command.name);
        else
            denied.append(" -").append(command.name);
    }
    return denied.size() < allowed.size() ? "+@all" + denied : "-@all" + allowed;
}

// As a line of Redis's configuration.
std::string line_of(Roles& roles, const Role& role) {
    std::string line = "user " + role.name;
    for (const char* flag : flags_of(role))
        line.append(" ").append(flag);
    if (const char* keys = keys_of(role); *keys)
        line.append(" ").append(keys);
    return line + " &* " + commands_of(roles, role);
}

void reply_field(Reply& reply, const char* name, Bytes value) {
    reply.bulk(name);
    reply.bulk(value);
}

void reply_field(Reply& reply, const char* name, int64_t value) {
    reply.bulk(name);
    reply.integer(value);
}

void reply_empty_field(Reply& reply, const char* name) {
    reply.bulk(name);
    reply.begin_array();
    reply.end_array();
}

void reply_entry(Reply& reply, const AclLog::Entry& entry, int64_t now) {
    const AclLog::Event& event = entry.event;
    reply.begin_map();
    reply_field(reply, "count", entry.count);
    reply_field(reply, "reason", event.reason == AclLog::Reason::auth ? "auth" : "command");
    reply_field(reply, "context", event.context == AclLog::Context::multi ? "multi" : "toplevel");
    reply_field(reply, "object", event.object);
    reply_field(reply, "username", event.user);
    reply.bulk("age-seconds");
    reply.real(static_cast<double>(now - entry.updated_at) / 1000);
    reply_field(reply, "client-info", event.client);
    reply_field(reply, "entry-id", entry.id);
    reply_field(reply, "timestamp-created", entry.created_at);
    reply_field(reply, "timestamp-last-updated", entry.updated_at);
    reply.end_map();
}

// A user's name where SQL takes it as it stands, or what stands for any name.
std::string name_in_sql(Bytes user) {
    bool is_plain = std::all_of(user.begin(), user.end(), [](char letter) {
        return (letter >= 'a' && letter <= 'z') || letter == '_';
    });
    return is_plain && !user.empty() ? std::string(user) : "name";
}

std::string client_role(const Call& call) {
    return call.door->server.setting("kv.client_role").value_or("kv_client");
}

Status wrong_subcommand(const Call& call) {
    return {ErrorCode::unknown_subcommand, "or wrong number of arguments for '" +
                                               std::string(core::until_nul(call[1])) +
                                               "'. Try ACL HELP."};
}

}  // namespace

Status cat(Call& call) {
    if (call.size() > 3)
        return wrong_subcommand(call);
    std::span<const char* const> names = category_names();
    if (call.size() == 2) {
        call.reply.begin_array();
        for (const char* name : names)
            call.reply.bulk(name);
        call.reply.end_array();
        return {};
    }
    auto wanted = std::find_if(names.begin(), names.end(), [&](const char* name) {
        return core::equals_ignoring_case(name, call[2]);
    });
    if (wanted == names.end())
        return {ErrorCode::unknown_category, std::string(core::until_nul(call[2].substr(0, 128)))};
    uint32_t category = 1U << (wanted - names.begin());
    call.reply.begin_array();
    for (const Command& command : all())
        if ((categories(command) & category) != 0)
            call.reply.bulk(command.name);
    call.reply.end_array();
    return {};
}

Status deluser(Call& call) {
    std::string user = name_in_sql(call[2]);
    return {ErrorCode::users_are_roles,
            "DROP ROLE " + user + ", or REVOKE " + client_role(call) + " FROM " + user};
}

Status dryrun(Call& call) {
    Roles& roles = *call.door->roles;
    std::optional<Role> role = roles.find(call[2]);
    if (!role)
        return {ErrorCode::role_not_found, std::string(call[2])};
    core::Result<const Command*> resolved = resolve(call.arguments.subspan(3));
    if (!resolved) {
        Status failure = std::move(resolved).status();
        if (failure.error().code == ErrorCode::wrong_arity)
            return failure;
        return {ErrorCode::command_not_found, std::string(call[3])};
    }
    const Command& command = **resolved;
    if (roles.may_run(*role, command))
        call.reply.status("OK");
    else
        call.reply.bulk(no_permission(role->name, command).error().message());
    return {};
}

Status genpass(Call& call) {
    if (call.size() > 3)
        return wrong_subcommand(call);
    int64_t bits = 256;
    if (call.size() == 3)
        RETURN_IF_ERROR(parse_integer(call[2], bits));
    if (bits < 1 || bits > 4096)
        return ErrorCode::password_bits;
    uint8_t random[4096 / 8];
    call.door->roles->fill_with_random(random);
    std::string password;
    for (int64_t digit = 0; digit < (bits + 3) / 4; digit++)
        password += "0123456789abcdef"[random[digit / 2] >> (digit % 2 * 4) & 15];
    call.reply.bulk(password);
    return {};
}

Status getuser(Call& call) {
    Roles& roles = *call.door->roles;
    std::optional<Role> role = roles.find(call[2]);
    if (!role) {
        call.reply.null();
        return {};
    }
    call.reply.begin_map();
    call.reply.bulk("flags");
    call.reply.begin_set();
    for (const char* flag : flags_of(*role))
        call.reply.bulk(flag);
    call.reply.end_set();
    reply_empty_field(call.reply, "passwords");  // PostgreSQL's business
    reply_field(call.reply, "commands", commands_of(roles, *role));
    reply_field(call.reply, "keys", keys_of(*role));
    reply_field(call.reply, "channels", "&*");
    reply_empty_field(call.reply, "selectors");
    call.reply.end_map();
    return {};
}

Status list(Call& call) {
    Roles& roles = *call.door->roles;
    call.reply.begin_array();
    for (const Role& role : roles.all())
        call.reply.bulk(line_of(roles, role));
    call.reply.end_array();
    return {};
}

Status load(Call&) {
    return ErrorCode::roles_are_kept;
}

Status log(Call& call) {
    if (call.size() > 3)
        return wrong_subcommand(call);
    AclLog& log = call.door->roles->log();
    if (call.size() == 3 && core::equals_ignoring_case(call[2], "RESET")) {
        log.reset();
        call.reply.status("OK");
        return {};
    }
    int64_t count = 10;
    if (call.size() == 3)
        RETURN_IF_ERROR(parse_integer(call[2], count));
    call.reply.begin_array();
    for (const AclLog::Entry& entry : log.entries()) {
        if (count-- <= 0)
            break;
        reply_entry(call.reply, entry, call.store.now());
    }
    call.reply.end_array();
    return {};
}

Status setuser(Call& call) {
    std::string user = name_in_sql(call[2]);
    return {ErrorCode::users_are_roles, "CREATE ROLE " + user + " LOGIN PASSWORD '...'; GRANT " +
                                            client_role(call) + " TO " + user +
                                            "; SELECT kv.grant_write('" + user + "')"};
}

Status users(Call& call) {
    call.reply.begin_array();
    for (const Role& role : call.door->roles->all())
        call.reply.bulk(role.name);
    call.reply.end_array();
    return {};
}

Status whoami(Call& call) {
    call.reply.bulk(call.door->client.user);
    return {};
}

Status help(Call& call) {
    static constexpr const char* lines[] = {
        "ACL <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "CAT [<category>]",
        "    List all commands that belong to <category>, or all command categories",
        "    when no category is specified.",
        "DELUSER <username> [<username> ...]",
        "    Tells how it is done in SQL: users are roles of PostgreSQL.",
        "DRYRUN <username> <command> [<arg> ...]",
        "    Returns whether the user can execute the given command without executing the command.",
        "GETUSER <username>",
        "    Get the user's details.",
        "GENPASS [<bits>]",
        "    Generate a secure 256-bit user password. The optional `bits` argument can",
        "    be used to specify a different size.",
        "LIST",
        "    Show users details in config file format.",
        "LOAD",
        "    Refused: PostgreSQL keeps its roles.",
        "LOG [<count> | RESET]",
        "    Show the ACL log entries.",
        "SAVE",
        "    Refused: PostgreSQL keeps its roles.",
        "SETUSER <username> <attribute> [<attribute> ...]",
        "    Tells how it is done in SQL: users are roles of PostgreSQL.",
        "USERS",
        "    List all the registered usernames.",
        "WHOAMI",
        "    Return the current connection username.",
        "HELP",
        "    Prints this help.",
    };
    reply_lines(call.reply, lines);
    return {};
}

}  // namespace command::acl
