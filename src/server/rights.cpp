#include "server/rights.hpp"

#include <unordered_map>

#include "command/function.hpp"
#include "pg/command_right.hpp"
#include "pg/guard.hpp"

namespace server::rights {

namespace {

std::unordered_map<Oid, Known> known_roles;
Known nobody;
uint64_t changes = 0;

// Called back by PostgreSQL wherever it looks at what others changed.
void forget(Datum, int, uint32) {
    ++changes;
    latest = &nobody;
    known_roles.clear();
}

bool decide(Oid role, const command::Command& command) {
    const command::Function& function = command::main_function(command);
    if (function.result != command::ResultKind::none)
        return pg::may_run(function.name, role);
    return (command.flags & command::ADMIN) == 0 || pg::may_administer(role);
}

}  // namespace

Known* latest = &nobody;

bool find_out(Oid role, const command::Command& command) {
    if ((command.flags & command::NO_AUTH) != 0)
        return true;
    if (!OidIsValid(role))
        return false;
    auto id = static_cast<size_t>(command.id);
    auto found = known_roles.find(role);
    if (found != known_roles.end() && found->second.allowed[id]) {
        latest = &found->second;
        return true;
    }
    uint64_t before = changes;
    bool is_allowed = pg::call([&] { return decide(role, command); });
    if (is_allowed && changes == before) {
        latest = &known_roles[role];
        latest->role = role;
        latest->allowed.set(id);
    }
    return is_allowed;
}

void watch() {
    for (auto cache : {PROCOID, NAMESPACEOID, AUTHOID, AUTHMEMROLEMEM})
        CacheRegisterSyscacheCallback(cache, forget, 0);
}

}  // namespace server::rights
