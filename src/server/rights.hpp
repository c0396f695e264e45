// What a role may do by the Redis protocol: what it may do through SQL.
//
// A command is EXECUTE on its SQL function and USAGE on schema kv. One without a function is
// everybody's who is logged in (NO_AUTH: everybody's), or, with the flag ADMIN, those' who may
// execute kv.administer(), which kv.grant_admin grants. The rights to databases are the store's,
// which asks for the current user: see act_as.
//
// Called within a transaction, outside pg::call; throws pg::Error.
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

// What is known of a role. Forgotten when anything that rights depend on changes.
struct Known {
    Oid role = InvalidOid;
    std::bitset<command_count> allowed;
};
extern Known* latest;  // of the role that was asked for last

bool find_out(Oid role, const command::Command& command);

// InvalidOid is a client that is not logged in. Revoked rights count from the next transaction.
inline bool may_run(Oid role, const command::Command& command) {
    return (latest->role == role && latest->allowed[static_cast<size_t>(command.id)]) ||
           find_out(role, command);
}

// Calls a function as a role: its rights count, not ours. Not by a destructor: what throws leaves
// the role in place, and the abort of the (sub)transaction, which must follow, puts back the one
// it began with.
template <class Function>
auto act_as(Oid role, Function&& function) {
    Oid own;
    int context;
    GetUserIdAndSecContext(&own, &context);
    SetUserIdAndSecContext(role, context | SECURITY_LOCAL_USERID_CHANGE);
    if constexpr (std::is_void_v<decltype(function())>) {
        function();
        SetUserIdAndSecContext(own, context);
    } else {
        auto result = function();
        SetUserIdAndSecContext(own, context);
        return result;
    }
}

}  // namespace server::rights
