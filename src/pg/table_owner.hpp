// What a table's owner has put down to be looked up or run later, such as an expression, runs with
// the owner's rights, whoever is at work: already parsing it may call the owner's functions, since
// the input of a domain evaluates its CHECK. Calls PostgreSQL and may raise.
#pragma once

#include "pg/pg.hpp"

namespace pg {

// What becoming the owner replaced. An error leaves that to the (sub)transaction's abort.
struct Role {
    Oid user;
    int security;
    int settings_level;
};

// Nothing that runs from here on can become another role again, or leave anything behind.
Role become_table_owner(Oid table);
// Undoes settings that were made meanwhile, too.
void become_again(const Role& before);

}  // namespace pg
