// CONFIG: Redis's parameters, where they have a meaning here and where they have none.
#include <algorithm>
#include <set>

#include "command/config_parameter.hpp"
#include "command/handlers.hpp"
#include "command/help.hpp"
#include "core/glob.hpp"
#include "core/text.hpp"

namespace command::config {

namespace {

struct Assignment {
    const Parameter* parameter;
    std::string name;  // in lower case, the alias if that was used
    Bytes wanted;
    std::string before;
    std::string after;
};

Status failure(Bytes name, const std::string& reason) {
    return {ErrorCode::config_set_failed,
            "'" + std::string(core::until_nul(name)) + "') - " + reason};
}

// Why a parameter may not be set, whatever the value; null if it may.
const char* obstacle(const Parameter& parameter, Bytes name,
                     const std::vector<Assignment>& earlier) {
    if (parameter.change == Change::immutable)
        return "can't set immutable config";
    if (parameter.change == Change::restricted)
        return "can't set protected config";
    bool is_named_twice = std::any_of(earlier.begin(), earlier.end(),
                                      [&](const Assignment& other) { return other.name == name; });
    return is_named_twice ? "duplicate parameter" : nullptr;
}

Status find_parameters(const Call& call, std::vector<Assignment>& assignments) {
    for (size_t i = 2; i < call.size(); i += 2) {
        const Parameter* parameter = find(call[i]);
        if (!parameter)
            return {ErrorCode::unknown_parameter, std::string(core::until_nul(call[i]))};
        std::string name = core::to_lower(call[i]);
        if (const char* reason = obstacle(*parameter, name, assignments))
            return failure(call[i], reason);
        assignments.push_back({parameter, name, call[i + 1], {}, {}});
    }
    return {};
}

Status check_values(Server& server, std::vector<Assignment>& assignments) {
    for (Assignment& assignment : assignments) {
        assignment.before = value_of(server, *assignment.parameter);
        auto value = canonical(*assignment.parameter, assignment.wanted, assignment.before);
        if (!value)
            return failure(assignment.name, std::move(value).status().error().message());
        assignment.after = *value;
        bool is_fixed = assignment.parameter->change == Change::fixed;
        if (is_fixed && assignment.after != assignment.before)
            return failure(assignment.name, assignment.parameter->reason);
    }
    return {};
}

// What was changed before a failure is changed back.
Status assign(Server& server, std::span<const Assignment> assignments) {
    for (size_t i = 0; i < assignments.size(); i++) {
        const Assignment& assignment = assignments[i];
        if (assignment.after == assignment.before)
            continue;
        Status status = change(server, *assignment.parameter, assignment.after);
        if (status)
            continue;
        for (const Assignment& done : assignments.first(i))
            if (done.after != done.before)
                (void)change(server, *done.parameter, done.before);
        return failure(assignment.name, status.error().message());
    }
    return {};
}

}  // namespace

// A name without wildcards is answered as it was written, and finds hidden parameters too.
Status get(Call& call) {
    Server& server = call.door->server;
    std::set<std::string> told;
    call.reply.begin_map();
    auto tell = [&](const Parameter& parameter, Bytes name) {
        if (!told.insert(core::to_lower(name)).second)
            return;
        call.reply.bulk(name);
        call.reply.bulk(value_of(server, parameter));
    };
    for (Bytes pattern : call.arguments.subspan(2)) {
        if (pattern.find_first_of("[*?") == Bytes::npos) {
            if (const Parameter* parameter = find(pattern))
                tell(*parameter, pattern);
            continue;
        }
        std::string lower = core::to_lower(pattern);
        for (const Parameter& parameter : parameters())
            for (Bytes name : {Bytes(parameter.name), Bytes(parameter.alias)})
                if (!name.empty() && parameter.change != Change::hidden &&
                    core::glob_matches(lower, name))
                    tell(parameter, name);
    }
    call.reply.end_map();
    return {};
}

Status set(Call& call) {
    if (call.size() % 2 != 0)
        return ErrorCode::syntax;
    std::vector<Assignment> assignments;
    RETURN_IF_ERROR(find_parameters(call, assignments));
    RETURN_IF_ERROR(check_values(call.door->server, assignments));
    RETURN_IF_ERROR(assign(call.door->server, assignments));
    call.reply.status("OK");
    return {};
}

Status resetstat(Call& call) {
    call.door->server.reset_statistics();
    call.reply.status("OK");
    return {};
}

Status rewrite(Call& call) {
    RETURN_IF_ERROR(call.door->server.write_settings());
    call.reply.status("OK");
    return {};
}

Status help(Call& call) {
    static constexpr const char* lines[] = {
        "CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "GET <pattern>",
        "    Return parameters matching the glob-like <pattern> and their values.",
        "SET <directive> <value>",
        "    Set the configuration <directive> to <value>.",
        "RESETSTAT",
        "    Reset statistics reported by the INFO command.",
        "REWRITE",
        "    Rewrite the configuration file.",
        "HELP",
        "    Prints this help.",
    };
    reply_lines(call.reply, lines);
    return {};
}

}  // namespace command::config
