// A command: its row in commands.def, and what its handler is called with.
#pragma once

#include <cstdint>
#include <span>

#include "command/door.hpp"
#include "command/reply.hpp"
#include "core/bytes.hpp"
#include "core/status.hpp"
#include "store/store.hpp"

namespace command {

using core::ErrorCode;
using core::Status;

enum Flag : uint32_t {
    READ = 1 << 0,
    WRITE = 1 << 1,
    FAST = 1 << 2,    // O(1) or O(log N), as Redis marks it
    SLOW = 1 << 3,    // may run long: the protocol's event loop hands it to a helper
    RANDOM = 1 << 4,  // answers differently when asked again
    GLOBAL = 1 << 5,  // concerns no single database
    LEADER = 1 << 6,  // looks at what only the session itself knows, not its parallel workers

    // Of the Redis protocol's door.
    CONNECTION = 1 << 7,  // concerns the connection or the server: there is no SQL function
    NO_AUTH = 1 << 8,     // allowed before AUTH
    ADMIN = 1 << 9,       // only for roles that may administer (kv.grant_admin)
    NO_MULTI = 1 << 10,   // not within MULTI

    // What COMMAND tells to whom it may concern.
    DENY_OOM = 1 << 11,          // may need more room: refused where there is none
    DANGEROUS = 1 << 12,         // for ACLs, what ADMIN is anyway
    SCRIPT = 1 << 13,            // of CONNECTION: scripts may call it
    NOT_LOADING = 1 << 14,       // of CONNECTION: not while the data are being loaded
    NOT_STALE = 1 << 15,         // of CONNECTION: not on a replica that lags behind
    NO_ASYNC_LOADING = 1 << 16,  // not while a replica loads the data beside the old ones
    ALLOW_BUSY = 1 << 17,        // also while a script runs for too long
    SKIP_SLOWLOG = 1 << 18,      // what it runs is logged, not itself
    HELPER = 1 << 19,            // only helpers run it, since it runs SQL of the user's
};

enum class Group {
    string,
    hash,
    list,
    set,
    zset,
    generic,
    server,
    connection,
    transactions,
    scripting,
    cluster
};

// Where the keys stand among the arguments, the name being argument 0: first, last (negative:
// counted from the end) and the step between them. All zero: no keys.
struct KeyRange {
    int first;
    int last;
    int step;
};

enum class Id : uint16_t {
#define COMMAND(name, ...) name,
#define FUNCTION(...)
#include "command/commands.def"
#undef COMMAND
#undef FUNCTION
};

class CachedTables;
struct Call;
using Handler = Status (*)(Call&);

struct Command {
    Id id;
    const char* name;  // lower case; "container|subcommand" for a subcommand
    int arity;
    uint32_t flags;
    KeyRange keys;
    Group group;
    const char* since;
    const char* complexity;
    Handler handler;  // null for a container, which only has subcommands
    const char* summary;

    constexpr bool writes() const { return (flags & WRITE) != 0; }
};

// A command with its arguments. A handler that returns an error has written nothing, and has
// given no part of a reply.
struct Call {
    const Command& command;
    std::span<const Bytes> arguments;  // argument 0 is the command's name
    int database;
    store::Store& store;
    Reply& reply;
    Door* door = nullptr;                   // null where the command came through SQL
    CachedTables* cached_tables = nullptr;  // helpers have them

    size_t size() const { return arguments.size(); }
    Bytes operator[](size_t index) const { return arguments[index]; }
    store::Place place(size_t index) const { return {database, arguments[index]}; }
};

// All commands, in the order of commands.def.
std::span<const Command> all();
const Command& get(Id id);
// True if a command may be called with so many arguments, its name among them.
bool arity_fits(const Command& command, size_t arguments);
// The command of a name, in any case, or null.
const Command* find(Bytes name);
// The command that the arguments call, subcommands resolved, or null.
const Command* find_called(std::span<const Bytes> arguments);
// The same with the arity checked.
core::Result<const Command*> resolve(std::span<const Bytes> arguments);

}  // namespace command
