// The dispatch table, made of commands.def.
#include <algorithm>
#include <array>

#include "command/function.hpp"
#include "command/handlers.hpp"
#include "command/server_handlers.hpp"
#include "core/text.hpp"

namespace command {

namespace {

#define KEYS(first, last, step) \
    KeyRange {                  \
        first, last, step       \
    }

constexpr Command commands[] = {
#define COMMAND(id, name, arity, flags, keys, group, since, complexity, handler, signature, \
                result, summary)                                                            \
    {Id::id, name, arity, flags, keys, Group::group, since, complexity, handler, summary},
#define FUNCTION(...)
#include "command/commands.def"
#undef COMMAND
#undef FUNCTION
};

constexpr Function function_table[] = {
#define COMMAND(id, name, arity, flags, keys, group, since, complexity, handler, signature, \
                result, summary)                                                            \
    {#id, Id::id, signature, ResultKind::result, summary},
#define FUNCTION(name, command, signature, result, summary) \
    {#name, Id::command, signature, ResultKind::result, summary},
#include "command/commands.def"
#undef COMMAND
#undef FUNCTION
};

constexpr bool rows_are_sound() {
    for (const Command& row : commands) {
        int kinds = ((row.flags & READ) != 0) + row.writes() + ((row.flags & CONNECTION) != 0);
        if (kinds != 1 || row.arity == 0)
            return false;
        if (row.keys.first != 0 && row.keys.step < 1)
            return false;
    }
    return true;
}
static_assert(rows_are_sound(),
              "a row of commands.def reads, writes or concerns the connection, and has an arity");

// Indexes into the table, by name.
constexpr auto by_name = [] {
    std::array<uint16_t, std::size(commands)> order{};
    for (size_t i = 0; i < order.size(); i++)
        order[i] = static_cast<uint16_t>(i);
    std::sort(order.begin(), order.end(), [](uint16_t left, uint16_t right) {
        return Bytes(commands[left].name) < Bytes(commands[right].name);
    });
    return order;
}();
static_assert(std::adjacent_find(by_name.begin(), by_name.end(),
                                 [](uint16_t left, uint16_t right) {
                                     return Bytes(commands[left].name) ==
                                            Bytes(commands[right].name);
                                 }) == by_name.end(),
              "a command has one row");

// Whether a command has subcommands, by id.
constexpr auto containers = [] {
    std::array<bool, std::size(commands)> found{};
    for (const Command& row : commands) {
        Bytes name = row.name;
        size_t bar = name.find('|');
        if (bar == Bytes::npos)
            continue;
        for (size_t i = 0; i < found.size(); i++)
            found[i] |= name.substr(0, bar) == commands[i].name;
    }
    return found;
}();

bool is_container(const Command& command) {
    return containers[static_cast<size_t>(command.id)];
}

constexpr size_t most_quoted = 128;

std::string quote(Bytes argument, size_t most = most_quoted) {
    return "'" + std::string(core::until_nul(argument.substr(0, most))) + "'";
}

Status unknown(std::span<const Bytes> arguments) {
    std::string rest;
    for (Bytes argument : arguments.subspan(1)) {
        if (rest.size() >= most_quoted)
            break;
        rest += quote(argument, most_quoted - rest.size()) + " ";
    }
    return {ErrorCode::unknown_command,
            quote(arguments[0]) + ", with args beginning with: " + rest};
}

}  // namespace

std::span<const Command> all() {
    return commands;
}

const Command& get(Id id) {
    return commands[static_cast<size_t>(id)];
}

bool arity_fits(const Command& command, size_t arguments) {
    return command.arity >= 0 ? arguments == static_cast<size_t>(command.arity)
                              : arguments >= static_cast<size_t>(-command.arity);
}

std::span<const Function> functions() {
    return function_table;
}

const Function& main_function(const Command& command) {
    // The command's own row comes before those of its further functions.
    return *std::find_if(std::begin(function_table), std::end(function_table),
                         [&](const Function& function) { return function.command == command.id; });
}

const Command* find(Bytes name) {
    std::string lower = core::to_lower(name);
    auto place = std::lower_bound(by_name.begin(), by_name.end(), Bytes(lower),
                                  [](uint16_t index, Bytes wanted) {
                                      return Bytes(commands[index].name) < wanted;
                                  });
    if (place == by_name.end() || Bytes(commands[*place].name) != lower)
        return nullptr;
    return &commands[*place];
}

const Command* find_called(std::span<const Bytes> arguments) {
    const Command* command = find(arguments[0]);
    if (!command || Bytes(command->name).find('|') != Bytes::npos)
        return nullptr;
    if (!is_container(*command) || arguments.size() == 1)
        return command;
    return find(std::string(command->name) + "|" + std::string(arguments[1]));
}

core::Result<const Command*> resolve(std::span<const Bytes> arguments) {
    const Command* command = find_called(arguments);
    if (!command) {
        const Command* container = find(arguments[0]);
        if (!container || !is_container(*container))
            return unknown(arguments);
        return Status(ErrorCode::unknown_subcommand, quote(arguments[1]) + ". Try " +
                                                         core::to_upper(container->name) +
                                                         " HELP.");
    }
    if (!arity_fits(*command, arguments.size()) || !command->handler)
        return Status(ErrorCode::wrong_arity, command->name);
    return command;
}

}  // namespace command
