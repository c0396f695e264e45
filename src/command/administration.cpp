// What is done to the server as a whole. Persistence is PostgreSQL's: what was answered is in its
// write-ahead log, and a checkpoint is what saving is in Redis.
#include <sys/time.h>

#include "command/arguments.hpp"
#include "command/help.hpp"
#include "command/info.hpp"
#include "command/server_handlers.hpp"

namespace command::administration {

Status time(Call& call) {
    timeval now{};
    gettimeofday(&now, nullptr);
    call.reply.begin_array();
    call.reply.bulk(std::to_string(now.tv_sec));
    call.reply.bulk(std::to_string(now.tv_usec));
    call.reply.end_array();
    return {};
}

Status lastsave(Call& call) {
    Facts facts(call.door->server.facts("persistence"));
    call.reply.integer(facts.number("persistence", "rdb_last_save_time"));
    return {};
}

Status save(Call& call) {
    call.door->server.flush();
    call.door->server.request_checkpoint();
    call.reply.status("OK");
    return {};
}

Status bgsave(Call& call) {
    Options options(call, 1);
    if (call.size() > 2 || (call.size() == 2 && !options.flag("SCHEDULE")))
        return ErrorCode::syntax;
    call.door->server.request_checkpoint();
    call.reply.status("Background saving started");
    return {};
}

Status bgrewriteaof(Call& call) {
    call.door->server.request_checkpoint();
    call.reply.status("Background append only file rewriting started");
    return {};
}

Status shutdown(Call& call) {
    bool aborts = false;
    bool has_others = false;
    Options options(call, 1);
    bool saves = false;
    bool saves_not = false;
    while (!options.done()) {
        if (options.flag("ABORT"))
            aborts = true;
        else if (options.flag("SAVE"))
            has_others = saves = true;
        else if (options.flag("NOSAVE"))
            has_others = saves_not = true;
        else if (options.flag("NOW") || options.flag("FORCE"))
            has_others = true;
        else
            return ErrorCode::syntax;
    }
    if ((aborts && has_others) || (saves && saves_not))
        return ErrorCode::syntax;
    return aborts ? ErrorCode::no_shutdown : ErrorCode::shut_down_elsewhere;
}

Status no_cluster(Call&) {
    return ErrorCode::no_cluster;
}

Status module_list(Call& call) {
    call.reply.begin_array();
    call.reply.end_array();
    return {};
}

Status module_help(Call& call) {
    static constexpr const char* lines[] = {
        "MODULE <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "LIST",
        "    Return a list of loaded modules.",
        "LOAD <path> [<arg> ...]",
        "    Load a module library from <path>, passing to it any optional arguments.",
        "LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
        "    Load a module library from <path>, while passing it module configurations and "
        "optional arguments.",
        "UNLOAD <name>",
        "    Unload a module.",
        "HELP",
        "    Prints this help.",
    };
    reply_lines(call.reply, lines);
    return {};
}

}  // namespace command::administration
