// Functions and scripts: there are none yet, and no engine that would run them.
#include "command/arguments.hpp"
#include "command/help.hpp"
#include "command/server_handlers.hpp"
#include "core/rdb_writer.hpp"
#include "core/text.hpp"

namespace command::scripting {

namespace {

// SYNC and ASYNC make no difference to nothing.
Status expect_mode(const Call& call, ErrorCode error) {
    Options options(call, 2);
    if (call.size() > 3 || (call.size() == 3 && !(options.flag("SYNC") || options.flag("ASYNC"))))
        return error;
    return {};
}

Status check_list_options(const Call& call) {
    bool has_name = false;
    bool has_code = false;
    Options options(call, 2);
    while (!options.done()) {
        Bytes option = options.next();
        if (!has_code && options.flag("WITHCODE")) {
            has_code = true;
        } else if (!has_name && options.flag("LIBRARYNAME")) {
            if (options.done())
                return ErrorCode::no_library_name;
            options.take();
            has_name = true;
        } else {
            return {ErrorCode::unknown_argument, std::string(core::until_nul(option))};
        }
    }
    return {};
}

}  // namespace

Status function_flush(Call& call) {
    if (call.size() > 3)
        return {ErrorCode::function_flush_arguments, std::string(core::until_nul(call[1]))};
    RETURN_IF_ERROR(expect_mode(call, ErrorCode::function_flush_mode));
    call.reply.status("OK");
    return {};
}

Status function_list(Call& call) {
    RETURN_IF_ERROR(check_list_options(call));
    call.reply.begin_array();
    call.reply.end_array();
    return {};
}

Status function_stats(Call& call) {
    call.reply.begin_map();
    call.reply.bulk("running_script");
    call.reply.null();
    call.reply.bulk("engines");
    call.reply.begin_map();
    call.reply.end_map();
    call.reply.end_map();
    return {};
}

Status function_dump(Call& call) {
    call.reply.bulk(core::RdbWriter().finish());
    return {};
}

Status function_delete(Call&) {
    return ErrorCode::no_such_library;
}

Status kill(Call&) {
    return ErrorCode::no_script_runs;
}

Status script_exists(Call& call) {
    call.reply.begin_array();
    for (size_t i = 2; i < call.size(); i++)
        call.reply.integer(0);
    call.reply.end_array();
    return {};
}

Status script_flush(Call& call) {
    RETURN_IF_ERROR(expect_mode(call, ErrorCode::script_flush_mode));
    call.reply.status("OK");
    return {};
}

Status function_help(Call& call) {
    static constexpr const char* lines[] = {
        "FUNCTION <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "LOAD [REPLACE] <FUNCTION CODE>",
        "    Create a new library with the given library name and code.",
        "DELETE <LIBRARY NAME>",
        "    Delete the given library.",
        "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
        "    Return general information on all the libraries:",
        "    * Library name",
        "    * The engine used to run the Library",
        "    * Library description",
        "    * Functions list",
        "    * Library code (if WITHCODE is given)",
        "    It also possible to get only function that matches a pattern using LIBRARYNAME "
        "argument.",
        "STATS",
        "    Return information about the current function running:",
        "    * Function name",
        "    * Command used to run the function",
        "    * Duration in MS that the function is running",
        "    If no function is running, return nil",
        "    In addition, returns a list of available engines.",
        "KILL",
        "    Kill the current running function.",
        "FLUSH [ASYNC|SYNC]",
        "    Delete all the libraries.",
        "    When called without the optional mode argument, the behavior is determined by the",
        "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
        "    * ASYNC: Asynchronously flush the libraries.",
        "    * SYNC: Synchronously flush the libraries.",
        "DUMP",
        "    Return a serialized payload representing the current libraries, can be restored using "
        "FUNCTION RESTORE command",
        "RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
        "    Restore the libraries represented by the given payload, it is possible to give a "
        "restore policy to",
        "    control how to handle existing libraries (default APPEND):",
        "    * FLUSH: delete all existing libraries.",
        "    * APPEND: appends the restored libraries to the existing libraries. On collision, "
        "abort.",
        "    * REPLACE: appends the restored libraries to the existing libraries, On collision, "
        "replace the old",
        "      libraries with the new libraries (notice that even on this option there is a chance "
        "of failure",
        "      in case of functions name collision with another library).",
        "HELP",
        "    Prints this help.",
    };
    reply_lines(call.reply, lines);
    return {};
}

Status script_help(Call& call) {
    static constexpr const char* lines[] = {
        "SCRIPT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "DEBUG (YES|SYNC|NO)",
        "    Set the debug mode for subsequent scripts executed.",
        "EXISTS <sha1> [<sha1> ...]",
        "    Return information about the existence of the scripts in the script cache.",
        "FLUSH [ASYNC|SYNC]",
        "    Flush the Lua scripts cache. Very dangerous on replicas.",
        "    When called without the optional mode argument, the behavior is determined by the",
        "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
        "    * ASYNC: Asynchronously flush the scripts cache.",
        "    * SYNC: Synchronously flush the scripts cache.",
        "KILL",
        "    Kill the currently executing Lua script.",
        "LOAD <script>",
        "    Load a script into the scripts cache without executing it.",
        "HELP",
        "    Prints this help.",
    };
    reply_lines(call.reply, lines);
    return {};
}

}  // namespace command::scripting
