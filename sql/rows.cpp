#include "rows.hpp"

const std::vector<Row>& rows() {
    static const std::vector<Row> all = {
#define COMMAND(name, redis_name, arity, flags, keys, group, since, complexity, handler, \
                signature, result, summary)                                              \
    {#name, redis_name, arity, #flags, #group, since, complexity, signature, #result, summary},
#define FUNCTION(name, command, signature, result, summary) \
    {#name, "", 0, #command, "", "", "", signature, #result, summary},
#include "command/commands.def"
#undef COMMAND
#undef FUNCTION
    };
    return all;
}

const Row& command_of(const Row& row) {
    if (!row.redis_name.empty())
        return row;
    for (const Row& candidate : rows())
        if (candidate.name == row.flags)  // a FUNCTION row has its command's name there
            return candidate;
    throw std::string("no command " + row.flags);
}
