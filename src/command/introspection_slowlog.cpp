// SLOWLOG and MONITOR.
#include <algorithm>

#include "command/arguments.hpp"
#include "command/help.hpp"
#include "command/server_handlers.hpp"
#include "command/slowlog.hpp"

namespace command::introspection {

namespace {

constexpr int64_t default_count = 10;
constexpr int64_t all_entries = -1;

void reply_entry(Reply& reply, const SlowLog::Entry& entry) {
    reply.begin_array();
    reply.integer(entry.id);
    reply.integer(entry.time);
    reply.integer(entry.microseconds);
    reply.begin_array();
    for (const std::string& argument : entry.arguments)
        reply.bulk(argument);
    reply.end_array();
    reply.bulk(entry.address);
    reply.bulk(entry.client_name);
    reply.end_array();
}

}  // namespace

Status slowlog_get(Call& call) {
    if (call.size() > 3)
        return {ErrorCode::wrong_arity, call.command.name};
    int64_t count = default_count;
    if (call.size() == 3)
        RETURN_IF_ERROR(parse_at_least(all_entries, call[2], ErrorCode::slowlog_count, count));
    const auto& entries = call.door->server.slow_log().entries();
    auto size = static_cast<int64_t>(entries.size());
    count = count == all_entries ? size : std::min(count, size);
    call.reply.begin_array();
    for (int64_t i = 0; i < count; i++)
        reply_entry(call.reply, entries[static_cast<size_t>(i)]);
    call.reply.end_array();
    return {};
}

Status slowlog_len(Call& call) {
    call.reply.integer(static_cast<int64_t>(call.door->server.slow_log().entries().size()));
    return {};
}

Status slowlog_reset(Call& call) {
    call.door->server.slow_log().reset();
    call.reply.status("OK");
    return {};
}

Status slowlog_help(Call& call) {
    static constexpr const char* lines[] = {
        "SLOWLOG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "GET [<count>]",
        "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
        "    Entries are made of:",
        "    id, timestamp, time in microseconds, arguments array, client IP and port,",
        "    client name",
        "LEN",
        "    Return the length of the slowlog.",
        "RESET",
        "    Reset the slowlog.",
        "HELP",
        "    Prints this help.",
    };
    reply_lines(call.reply, lines);
    return {};
}

Status monitor(Call& call) {
    call.door->client.is_monitor = true;
    call.reply.status("OK");
    return {};
}

}  // namespace command::introspection
