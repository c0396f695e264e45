// The SQL functions of the commands, as commands.def tells them.
#pragma once

#include <span>

#include "command/command.hpp"

namespace command {

// What a SQL function returns. "value" is text or bytea, as the arguments are.
enum class ResultKind {
    none,         // no SQL function
    integer,      // bigint
    boolean,      // boolean: Redis's 1 and 0
    numeric,      // numeric: a number that Redis sends as text
    real,         // double precision: a score
    value,        // a value
    bytes,        // bytea, whatever the arguments are
    status,       // text: OK
    text,         // text, whatever the arguments are
    text_set,     // setof text
    value_set,    // setof values
    integer_set,  // setof bigint
    json,         // jsonb
    key_name,     // a key
    key_set,      // setof keys
    key_values,   // a row (key, value) for each key asked
    scan,         // a row (cursor bigint, keys array)

    // Of collections. "Asked" gives a row for each argument of the variadic parameter.
    fields,          // rows (field, value); value is NULL where the command gives none
    fields_asked,    // rows (field, value)
    fields_scan,     // a row (cursor bigint, fields array, values array)
    members_asked,   // rows (member, is_member boolean)
    members_scan,    // a row (cursor bigint, members array)
    scored,          // rows (member, score); score is NULL where the command gives none
    scored_asked,    // rows (member, score)
    scored_scan,     // a row (cursor bigint, members array, scores array)
    rank_and_score,  // a row (rank bigint, score), or none
    popped,          // rows (key, value)
    popped_scored,   // rows (key, member, score)
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
