// COMMAND DOCS. What a command takes is told by its SQL functions' signatures, as well as those
// can: they do not say which options exclude each other.
#include <algorithm>
#include <array>

#include "command/details.hpp"
#include "command/function.hpp"
#include "command/server_handlers.hpp"
#include "command/signature.hpp"
#include "core/text.hpp"

namespace command::introspection {

namespace {

bool is_repeated(const Parameter& parameter) {
    return parameter.variadic || parameter.kind == Kind::scored || parameter.kind == Kind::keys ||
           parameter.kind == Kind::reals || parameter.kind == Kind::words;
}

// The parameters of a command, those of its further functions among them where they add an option.
std::vector<Parameter> parameters_of(const Command& command) {
    std::vector<Parameter> parameters;
    auto is_new = [&](const Parameter& parameter) {
        return std::none_of(parameters.begin(), parameters.end(), [&](const Parameter& known) {
            return parameter.token.empty() ? known.name == parameter.name
                                           : known.token == parameter.token;
        });
    };
    bool is_first = true;
    for (const Function& function : functions()) {
        if (function.command != command.id)
            continue;
        for (Parameter parameter : parse_signature(function.signature).parameters) {
            bool is_option = !parameter.token.empty() || parameter.kind == Kind::integer;
            if (!is_new(parameter) || !(is_first || is_option))
                continue;
            parameter.optional |= !is_first;
            // What is repeated stays the last, such as the members behind ZADD's INCR.
            bool goes_before =
                !is_first && parameter.kind == Kind::token && is_repeated(parameters.back());
            parameters.insert(parameters.end() - goes_before, parameter);
        }
        is_first = false;
    }
    return parameters;
}

const char* type_name(const Parameter& parameter) {
    switch (parameter.kind) {
        case Kind::key:
        case Kind::keys:
            return "key";
        case Kind::integer:
        case Kind::interval:
            return "integer";
        case Kind::timestamp:
            return "unix-time";
        case Kind::real:
        case Kind::reals:
            return "double";
        case Kind::flag:
        case Kind::token:
            return "pure-token";
        case Kind::pair:
        case Kind::scored:
        case Kind::limit:
            return "block";
        case Kind::word:
            return parameter.name == "pattern" || parameter.name == "match" ? "pattern" : "string";
        default:
            return "string";
    }
}

// Of what is an array in SQL, or VARIADIC, one.
std::string singular(const Parameter& parameter) {
    std::string name = core::to_lower(parameter.name.empty() ? parameter.token : parameter.name);
    bool is_list = parameter.variadic || parameter.kind == Kind::keys ||
                   parameter.kind == Kind::reals || parameter.kind == Kind::words;
    if (is_list && name.ends_with('s'))
        name.pop_back();
    return name;
}

// Writes the arguments of a command.
class Arguments {
public:
    Arguments(Reply& reply, const Command& command)
        : reply_(reply), specs_(static_cast<int>(key_specs(command).size())) {}

    void write(const Parameter& parameter) {
        if (parameter.kind == Kind::keys)
            write_plain("numkeys", "integer");
        reply_.begin_map();
        std::string name = singular(parameter);
        field("name", name);
        field("type", type_name(parameter));
        bool is_key = parameter.kind == Kind::key || parameter.kind == Kind::keys;
        if (is_key)
            write_key_spec(!parameter.token.empty());
        else if (!is_block(parameter) && parameter.kind != Kind::flag &&
                 parameter.kind != Kind::token)
            field("display_text", name);
        if (!parameter.token.empty())
            field("token", parameter.token);
        write_flags(parameter);
        if (is_block(parameter))
            write_block(parameter);
        reply_.end_map();
    }

private:
    static bool is_block(const Parameter& parameter) {
        return parameter.kind == Kind::pair || parameter.kind == Kind::scored ||
               parameter.kind == Kind::limit;
    }

    void field(Bytes name, Bytes value) {
        reply_.bulk(name);
        reply_.bulk(value);
    }

    void write_plain(Bytes name, Bytes type) {
        reply_.begin_map();
        field("name", name);
        field("type", type);
        if (type == "key")
            write_key_spec(false);
        field("display_text", name);
        reply_.end_map();
    }

    // Keys stand in the order of their specifications; one behind a token has the last.
    void write_key_spec(bool is_last) {
        reply_.bulk("key_spec_index");
        reply_.integer(is_last ? specs_ - 1 : std::min(next_spec_, specs_ - 1));
        next_spec_++;
    }

    void write_flags(const Parameter& parameter) {
        if (!parameter.optional && !is_repeated(parameter))
            return;
        reply_.bulk("flags");
        reply_.begin_set();
        if (parameter.optional)
            reply_.status("optional");
        if (is_repeated(parameter))
            reply_.status("multiple");
        if (parameter.kind == Kind::words && !parameter.token.empty())
            reply_.status("multiple_token");
        reply_.end_set();
    }

    void write_block(const Parameter& parameter) {
        reply_.bulk("arguments");
        reply_.begin_array();
        if (parameter.kind == Kind::limit) {
            write_plain("offset", "integer");
            write_plain("count", "integer");
        } else if (parameter.kind == Kind::scored) {
            write_plain("score", "double");
            write_plain("member", "string");
        } else {
            bool of_keys = two_names(parameter, true).first == "keys";
            write_plain(of_keys ? "key" : singular(parameter), of_keys ? "key" : "string");
            write_plain("value", "string");
        }
        reply_.end_array();
    }

    Reply& reply_;
    int specs_;
    int next_spec_ = 0;
};

void reply_arguments(Reply& reply, const Command& command) {
    std::vector<Parameter> parameters = parameters_of(command);
    if (parameters.empty())
        return;
    reply.bulk("arguments");
    reply.begin_array();
    Arguments arguments(reply, command);
    for (const Parameter& parameter : parameters)
        arguments.write(parameter);
    reply.end_array();
}

// Name and description of a command, within a map.
void reply_docs(Reply& reply, const Command& command) {
    const char* complexity = command.handler ? command.complexity : "Depends on subcommand.";
    const std::array<std::pair<const char*, const char*>, 4> fields = {{
        {"summary", command.summary},
        {"since", command.since},
        {"group", group_name(command.group)},
        {"complexity", complexity},
    }};
    reply.bulk(command.name);
    reply.begin_map();
    for (auto [name, value] : fields) {
        reply.bulk(name);
        reply.bulk(value);
    }
    if (command.handler)
        reply_arguments(reply, command);
    if (std::vector<const Command*> rows = subcommands(command); !rows.empty()) {
        reply.bulk("subcommands");
        reply.begin_map();
        for (const Command* row : rows)
            reply_docs(reply, *row);
        reply.end_map();
    }
    reply.end_map();
}

}  // namespace

Status command_docs(Call& call) {
    call.reply.begin_map();
    if (call.size() == 2) {
        for (const Command& row : all())
            if (!is_subcommand(row))
                reply_docs(call.reply, row);
    }
    for (Bytes name : call.arguments.subspan(2))
        if (const Command* asked = command::find(name))
            reply_docs(call.reply, *asked);
    call.reply.end_map();
    return {};
}

}  // namespace command::introspection
