// What is told of a command beyond its row: how it uses which of its keys, the categories of ACLs
// it belongs to, and tips for clients. Partly derived from the row, else from details.def.
#pragma once

#include <span>
#include <vector>

#include "command/command.hpp"

namespace command {

// What a command does with a key: one of the first four with its data as a whole, and what with
// the value. In the order in which Redis names them.
enum KeyUse : uint16_t {
    RO = 1 << 0,  // reads only
    RW = 1 << 1,  // changes what is there
    OW = 1 << 2,  // overwrites, whatever is there
    RM = 1 << 3,  // removes
    ACCESS = 1 << 4,
    UPDATE = 1 << 5,
    INSERT = 1 << 6,
    REMOVE = 1 << 7,    // Redis's DELETE
    VARIABLE = 1 << 8,  // depends on the arguments
};
std::span<const char* const> key_use_names();

// Where keys stand among the arguments.
struct KeySpec {
    enum class Find {
        range,   // from index to last, in steps
        count,   // at index their number, then the keys
        unknown  // only the command itself can tell
    };
    Find find;
    uint16_t use;
    int index = 0;
    int last = 0;  // from index on; negative: counted from the last argument, which is -1
    int step = 1;
    const char* notes = nullptr;
};
std::span<const KeySpec> key_specs(const Command& command);
// True if the row does not tell where all keys stand.
bool has_movable_keys(const Command& command);

// A key among a call's arguments.
struct UsedKey {
    size_t index;
    uint16_t use;  // never VARIABLE
};
// The keys of a call, as COMMAND GETKEYS lists them; false if the arguments are so wrong that there
// is no telling.
bool find_keys(const Command& command, std::span<const Bytes> arguments,
               std::vector<UsedKey>& keys);

// Redis's categories of commands, for ACLs, in its order.
enum Category : uint32_t {
    OF_KEYSPACE = 1 << 0,
    OF_READ = 1 << 1,
    OF_WRITE = 1 << 2,
    OF_SET = 1 << 3,
    OF_SORTED_SET = 1 << 4,
    OF_LIST = 1 << 5,
    OF_HASH = 1 << 6,
    OF_STRING = 1 << 7,
    OF_BITMAP = 1 << 8,
    OF_HYPERLOGLOG = 1 << 9,
    OF_GEO = 1 << 10,
    OF_STREAM = 1 << 11,
    OF_PUBSUB = 1 << 12,
    OF_ADMIN = 1 << 13,
    OF_FAST = 1 << 14,
    OF_SLOW = 1 << 15,
    OF_BLOCKING = 1 << 16,
    OF_DANGEROUS = 1 << 17,
    OF_CONNECTION = 1 << 18,
    OF_TRANSACTION = 1 << 19,
    OF_SCRIPTING = 1 << 20,
};
// Their names, without '@'; category i is the bit 1 << i.
std::span<const char* const> category_names();
uint32_t categories(const Command& command);

std::span<const char* const> tips(const Command& command);

// The commands of a container, and of COMMAND.
std::vector<const Command*> subcommands(const Command& command);
bool is_subcommand(const Command& command);
// A subcommand HELP.
bool is_help(const Command& command);
// Redis's name of a group.
const char* group_name(Group group);

}  // namespace command
