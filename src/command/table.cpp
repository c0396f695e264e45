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

constexpr char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
}

// FNV-1a, of letters in any case.
constexpr uint32_t hash_of(Bytes name) {
    uint32_t hash = 2166136261u;
    for (char letter : name)
        hash = (hash ^ static_cast<uint8_t>(lower(letter))) * 16777619u;
    return hash;
}

constexpr bool are_equal(Bytes left, Bytes right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char one, char other) { return lower(one) == lower(other); });
}

// Indexes into the table plus one, at the hash of the name or behind it; 0: free.
constexpr size_t slot_count = 1024;
constexpr auto slots = [] {
    static_assert(std::size(commands) * 2 <= slot_count);
    std::array<uint16_t, slot_count> table{};
    for (size_t i = 0; i < std::size(commands); i++) {
        size_t slot = hash_of(commands[i].name) % slot_count;
        while (table[slot] != 0) {
            if (are_equal(commands[table[slot] - 1].name, commands[i].name))
                throw "a command has one row";
            slot = (slot + 1) % slot_count;
        }
        table[slot] = static_cast<uint16_t>(i + 1);
    }
    return table;
}();

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
    for (size_t slot = hash_of(name) % slot_count; slots[slot] != 0;
         slot = (slot + 1) % slot_count) {
        const Command& command = commands[slots[slot] - 1];
        if (are_equal(command.name, name))
            return &command;
    }
    return nullptr;
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
        return Status(ErrorCode::unknown_subcommand,
                      quote(arguments[1]) + ". Try " + core::to_upper(container->name) + " HELP.");
    }
    if (!arity_fits(*command, arguments.size()) || !command->handler)
        return Status(ErrorCode::wrong_arity, command->name);
    return command;
}

}  // namespace command
