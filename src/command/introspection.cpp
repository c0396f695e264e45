// COMMAND: what commands there are, from commands.def and details.def alone.
#include <algorithm>

#include "command/details.hpp"
#include "command/help.hpp"
#include "command/server_handlers.hpp"
#include "core/glob.hpp"
#include "core/text.hpp"

namespace command::introspection {

namespace {

constexpr const char* key_use_prefix = "";
constexpr const char* category_prefix = "@";

void reply_bits(Reply& reply, uint32_t bits, std::span<const char* const> names,
                const char* prefix) {
    reply.begin_set();
    for (size_t i = 0; i < names.size(); i++)
        if ((bits >> i & 1) != 0)
            reply.status((std::string(prefix) + names[i]).c_str());
    reply.end_set();
}

// Of how the server treats a command: what Redis would, were it to.
void reply_flags(Reply& reply, const Command& command) {
    bool is_help = command::is_help(command);
    auto has = [&](Flag flag) {
        return (command.flags & flag) != 0 && !is_help;
    };
    bool special = has(CONNECTION) && command.handler;
    bool stays_allowed =
        has(ALLOW_BUSY) || has(NO_AUTH) || (command.group == Group::transactions && has(FAST));
    const std::pair<bool, const char*> flags[] = {
        {has(WRITE), "write"},
        {has(READ) && command.handler, "readonly"},
        {has(DENY_OOM), "denyoom"},
        {has(ADMIN), "admin"},
        {special && !has(SCRIPT), "noscript"},
        {is_help || (special && !has(NOT_LOADING)), "loading"},
        {is_help || (special && !has(NOT_STALE)), "stale"},
        {has(SKIP_SLOWLOG), "skip_slowlog"},
        {has(FAST), "fast"},
        {has(NO_AUTH), "no_auth"},
        {has(NO_ASYNC_LOADING), "no_async_loading"},
        {has(NO_MULTI), "no_multi"},
        {stays_allowed, "allow_busy"},
        {has_movable_keys(command), "movablekeys"},
    };
    reply.begin_set();
    for (auto [is_set, name] : flags)
        if (is_set)
            reply.status(name);
    reply.end_set();
}

void reply_pair(Reply& reply, Bytes name, int64_t value) {
    reply.bulk(name);
    reply.integer(value);
}

void reply_search(Reply& reply, const char* part, const char* type, auto reply_fields) {
    reply.bulk(part);
    reply.begin_map();
    reply.bulk("type");
    reply.bulk(type);
    reply.bulk("spec");
    reply.begin_map();
    reply_fields();
    reply.end_map();
    reply.end_map();
}

void reply_places(Reply& reply, const KeySpec& spec) {
    constexpr const char* begin = "begin_search";
    constexpr const char* find = "find_keys";
    if (spec.find == KeySpec::Find::unknown) {
        reply_search(reply, begin, "unknown", [] {});
        reply_search(reply, find, "unknown", [] {});
        return;
    }
    reply_search(reply, begin, "index", [&] { reply_pair(reply, "index", spec.index); });
    if (spec.find == KeySpec::Find::range)
        reply_search(reply, find, "range", [&] {
            reply_pair(reply, "lastkey", spec.last);
            reply_pair(reply, "keystep", spec.step);
            reply_pair(reply, "limit", 0);
        });
    else
        reply_search(reply, find, "keynum", [&] {
            reply_pair(reply, "keynumidx", 0);
            reply_pair(reply, "firstkey", 1);
            reply_pair(reply, "keystep", spec.step);
        });
}

void reply_key_specs(Reply& reply, const Command& command) {
    reply.begin_set();
    for (const KeySpec& spec : key_specs(command)) {
        reply.begin_map();
        if (spec.notes) {
            reply.bulk("notes");
            reply.bulk(spec.notes);
        }
        reply.bulk("flags");
        reply_bits(reply, spec.use, key_use_names(), key_use_prefix);
        reply_places(reply, spec);
        reply.end_map();
    }
    reply.end_set();
}

void reply_tips(Reply& reply, const Command& command) {
    reply.begin_set();
    for (const char* tip : tips(command))
        reply.bulk(tip);
    reply.end_set();
}

void reply_information(Reply& reply, const Command& command);

void reply_subcommands(Reply& reply, const Command& command) {
    std::vector<const Command*> rows = subcommands(command);
    if (rows.empty()) {
        reply.begin_set();
        reply.end_set();
        return;
    }
    reply.begin_array();
    for (const Command* row : rows)
        reply_information(reply, *row);
    reply.end_array();
}

void reply_information(Reply& reply, const Command& command) {
    KeyRange keys = command.handler ? command.keys : KeyRange{};
    reply.begin_array();
    reply.bulk(command.name);
    reply.integer(command.arity);
    reply_flags(reply, command);
    reply.integer(keys.first);
    reply.integer(keys.last);
    reply.integer(keys.step);
    reply_bits(reply, categories(command), category_names(), category_prefix);
    reply_tips(reply, command);
    reply_key_specs(reply, command);
    reply_subcommands(reply, command);
    reply.end_array();
}

void reply_all_information(Reply& reply) {
    reply.begin_array();
    for (const Command& row : all())
        if (!is_subcommand(row))
            reply_information(reply, row);
    reply.end_array();
}

// What COMMAND LIST leaves out.
class Filter {
public:
    Status parse(const Call& call) {
        if (call.size() == 2)
            return {};
        if (call.size() != 5 || !core::equals_ignoring_case(call[2], "FILTERBY"))
            return ErrorCode::syntax;
        value_ = core::to_lower(call[4]);
        if (core::equals_ignoring_case(call[3], "MODULE"))
            kind_ = Kind::module;
        else if (core::equals_ignoring_case(call[3], "ACLCAT"))
            kind_ = Kind::category;
        else if (core::equals_ignoring_case(call[3], "PATTERN"))
            kind_ = Kind::pattern;
        else
            return ErrorCode::syntax;
        return {};
    }

    bool lets_through(const Command& command) const {
        switch (kind_) {
            case Kind::none:
                return !is_subcommand(command);
            case Kind::module:  // there are none
                return false;
            case Kind::category:
                return (categories(command) & category()) != 0;
            case Kind::pattern:
                return core::glob_matches(value_, command.name);
        }
        return false;
    }

private:
    enum class Kind { none, module, category, pattern };

    uint32_t category() const {
        auto names = category_names();
        auto place = std::find(names.begin(), names.end(), value_);
        return place == names.end() ? 0 : 1U << (place - names.begin());
    }

    Kind kind_ = Kind::none;
    std::string value_;
};

// The keys of the call that the arguments from the third on are.
Status find_keys_of_call(const Call& call, std::vector<UsedKey>& keys) {
    auto arguments = call.arguments.subspan(2);
    const Command* asked = find_called(arguments);
    if (!asked)
        return ErrorCode::invalid_command;
    if (key_specs(*asked).empty())
        return ErrorCode::no_key_arguments;
    if (!arity_fits(*asked, arguments.size()))
        return ErrorCode::invalid_argument_count;
    if (!find_keys(*asked, arguments, keys))
        return ErrorCode::invalid_arguments;
    return {};
}

}  // namespace

Status command(Call& call) {
    reply_all_information(call.reply);
    return {};
}

Status command_info(Call& call) {
    if (call.size() == 2) {
        reply_all_information(call.reply);
        return {};
    }
    call.reply.begin_array();
    for (Bytes name : call.arguments.subspan(2)) {
        if (const Command* asked = command::find(name))
            reply_information(call.reply, *asked);
        else
            call.reply.null();
    }
    call.reply.end_array();
    return {};
}

Status command_count(Call& call) {
    call.reply.integer(std::count_if(all().begin(), all().end(),
                                     [](const Command& row) { return !is_subcommand(row); }));
    return {};
}

Status command_list(Call& call) {
    Filter filter;
    RETURN_IF_ERROR(filter.parse(call));
    call.reply.begin_array();
    for (const Command& row : all())
        if (filter.lets_through(row))
            call.reply.bulk(row.name);
    call.reply.end_array();
    return {};
}

Status command_getkeys(Call& call) {
    std::vector<UsedKey> keys;
    RETURN_IF_ERROR(find_keys_of_call(call, keys));
    call.reply.begin_array();
    for (const UsedKey& key : keys)
        call.reply.bulk(call[2 + key.index]);
    call.reply.end_array();
    return {};
}

Status command_getkeysandflags(Call& call) {
    std::vector<UsedKey> keys;
    RETURN_IF_ERROR(find_keys_of_call(call, keys));
    call.reply.begin_array();
    for (const UsedKey& key : keys) {
        call.reply.begin_array();
        call.reply.bulk(call[2 + key.index]);
        reply_bits(call.reply, key.use, key_use_names(), key_use_prefix);
        call.reply.end_array();
    }
    call.reply.end_array();
    return {};
}

Status command_help(Call& call) {
    static constexpr const char* lines[] = {
        "COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "(no subcommand)",
        "    Return details about all Redis commands.",
        "COUNT",
        "    Return the total number of commands in this Redis server.",
        "LIST",
        "    Return a list of all commands in this Redis server.",
        "INFO [<command-name> ...]",
        "    Return details about multiple Redis commands.",
        "    If no command names are given, documentation details for all",
        "    commands are returned.",
        "DOCS [<command-name> ...]",
        "    Return documentation details about multiple Redis commands.",
        "    If no command names are given, documentation details for all",
        "    commands are returned.",
        "GETKEYS <full-command>",
        "    Return the keys from a full Redis command.",
        "GETKEYSANDFLAGS <full-command>",
        "    Return the keys and the access flags from a full Redis command.",
        "HELP",
        "    Prints this help.",
    };
    reply_lines(call.reply, lines);
    return {};
}

}  // namespace command::introspection
