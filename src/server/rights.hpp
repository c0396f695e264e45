// What a role may do by the Redis protocol: what it may do through SQL.
//
// The right to a command is EXECUTE on its SQL function, with USAGE on schema kv. One without a
// function is everybody's who is logged in, or, with the flag ADMIN, those' who may execute
// kv.administer(), as kv.grant_admin lets them. One with the flag NO_AUTH is everybody's. The
// rights to databases are the store's, which asks for the current user.
#pragma once

#include <bitset>

#include "command/command.hpp"
#include "pg/pg.hpp"

namespace server::rights {

constexpr size_t command_count = 0
#define COMMAND(...) +1
#define FUNCTION(...)
#include "command/commands.def"
#undef COMMAND
#undef FUNCTION
    ;

// What was found out of a role, until anything changes that rights depend on.
struct Known {
    Oid role = InvalidOid;
    std::bitset<command_count> allowed;
};
extern Known* latest;  // of the role that was asked for last

bool find_out(Oid role, const command::Command& command);

// InvalidOid is a client that is not logged in. Called within a transaction, outside pg::call;
// throws pg::Error. What was granted or revoked elsewhere counts from the next transaction on.
inline bool may_run(Oid role, const command::Command& command) {
    return (latest->role == role && latest->allowed[static_cast<size_t>(command.id)]) ||
           find_out(role, command);
}

// To be called once in a process, before may_run.
void watch();

}  // namespace server::rights
