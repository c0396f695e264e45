// DEBUG: what tests of clients use. What would harm, or look into Redis's own memory, is not there.
#include <cmath>
#include <cstdlib>

#include "command/arguments.hpp"
#include "command/digest.hpp"
#include "command/encoding.hpp"
#include "command/help.hpp"
#include "command/server_handlers.hpp"
#include "core/glob.hpp"
#include "core/text.hpp"

namespace command::administration {

namespace {

bool is_local(const Client& client) {
    return client.is_unix_socket || client.address.starts_with("127.") ||
           client.address.starts_with("[::1]");
}

bool is_allowed(Door& door) {
    std::string who = door.server.setting("kv.enable_debug_command").value_or("no");
    return who == "yes" || (who == "local" && is_local(door.client));
}

Status ok(Call& call) {
    call.reply.status("OK");
    return {};
}

// Redis sleeps with all its clients; here only this one waits.
Status sleep(Call& call) {
    Client& client = call.door->client;
    if (!client.wait) {
        double seconds = strtod(std::string(call[2]).c_str(), nullptr);
        constexpr double longest = 1e6;
        auto milliseconds = static_cast<int64_t>(1000 * std::fmin(std::fmax(seconds, 0), longest));
        int64_t until = call.store.now() + milliseconds;
        client.wait = {until, until, 0};
    }
    if (!client.is_executing && client.wait->until > call.store.now())
        return {};
    client.wait.reset();
    return ok(call);
}

Status object(Call& call) {
    store::Entry entry;
    if (!call.store.read(call.place(2), entry))
        return ErrorCode::no_such_key;
    int64_t written_at = entry.version / 1'000'000;
    int64_t idle = std::max<int64_t>(call.store.now() / 1000 - written_at, 0);
    std::string text = std::string("Value at:0x0 refcount:1 encoding:") + encoding_name(entry) +
                       " serializedlength:" + std::to_string(entry.size()) +
                       " lru:" + std::to_string(written_at & 0xFFFFFF) +
                       " lru_seconds_idle:" + std::to_string(idle);
    call.reply.status(text.c_str());
    return {};
}

Status digest(Call& call) {
    call.reply.status(hexadecimal(digest_of_everything(call.store)).c_str());
    return {};
}

Status digest_values(Call& call) {
    call.reply.begin_array();
    for (size_t i = 2; i < call.size(); i++)
        call.reply.status(hexadecimal(digest_of_value(call.store, call.place(i))).c_str());
    call.reply.end_array();
    return {};
}

Status match(Call& call) {
    call.reply.boolean(core::glob_matches(call[2], call[3]));
    return {};
}

Status help(Call& call) {
    static constexpr const char* lines[] = {
        "DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "DIGEST",
        "    Output a hex signature representing the current DB content.",
        "DIGEST-VALUE <key> [<key> ...]",
        "    Output a hex signature of the values of all the specified keys.",
        "LOADAOF",
        "    Does nothing: the data are PostgreSQL's tables.",
        "OBJECT <key>",
        "    Show low level info about `key` and associated value.",
        "QUICKLIST-PACKED-THRESHOLD <size>",
        "    Does nothing: lists have thresholds of their own.",
        "RELOAD [option ...]",
        "    Does nothing: the data are PostgreSQL's tables.",
        "SET-ACTIVE-EXPIRE <0|1>",
        "    Does nothing: expired keys are out of sight at once, and removed later.",
        "SLEEP <seconds>",
        "    Let the client wait for <seconds>. Decimals allowed.",
        "STRINGMATCH-LEN <pattern> <string>",
        "    Return whether a string matches a pattern.",
        "HELP",
        "    Prints this help.",
    };
    reply_lines(call.reply, lines);
    return {};
}

struct Subcommand {
    const char* name;
    int arity;  // as a command's
    Handler handler;
};

constexpr Subcommand subcommands[] = {
    {"digest", 2, digest},  {"digest-value", -2, digest_values},
    {"help", 2, help},      {"loadaof", 2, ok},
    {"object", -3, object}, {"quicklist-packed-threshold", 3, ok},
    {"reload", -2, ok},     {"set-active-expire", 3, ok},
    {"sleep", 3, sleep},    {"stringmatch-len", 4, match},
};

bool fits(const Subcommand& subcommand, const Call& call) {
    auto size = static_cast<int>(call.size());
    return core::equals_ignoring_case(subcommand.name, call[1]) &&
           (subcommand.arity < 0 ? size >= -subcommand.arity : size == subcommand.arity);
}

}  // namespace

Status debug(Call& call) {
    if (!is_allowed(*call.door))
        return ErrorCode::debug_not_allowed;
    for (const Subcommand& subcommand : subcommands)
        if (fits(subcommand, call))
            return subcommand.handler(call);
    return {ErrorCode::unknown_debug_subcommand, std::string(core::until_nul(call[1]))};
}

}  // namespace command::administration
