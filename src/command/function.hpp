// The SQL functions of the commands, as commands.def tells them.
#pragma once

#include <span>

#include "command/command.hpp"

namespace command {

// What a SQL function returns. "value" is text or bytea, as the arguments are.
enum class ResultKind {
    none,        // no SQL function
    integer,     // bigint
    boolean,     // boolean: Redis's 1 and 0
    numeric,     // numeric: a number that Redis sends as text
    value,       // a value
    status,      // text: OK
    text,        // text, whatever the arguments are
    text_set,    // setof text
    json,        // jsonb
    key_name,    // a key
    key_set,     // setof keys
    key_values,  // a row (key, value) for each key asked
    scan,        // a row (cursor bigint, keys array)
};

enum class FunctionId : uint16_t {
#define COMMAND(name, ...) name,
#define FUNCTION(name, ...) name,
#include "command/commands.def"
#undef COMMAND
#undef FUNCTION
};

struct Function {
    const char* name;  // without schema
    Id command;
    const char* signature;
    ResultKind result;
    const char* summary;
};

// In the order of FunctionId.
std::span<const Function> functions();

// The function of a command's own row.
const Function& main_function(const Command& command);

}  // namespace command
