// Whether a role of PostgreSQL may come in by the Redis protocol: it has LOGIN, is a member of the
// role that kv.client_role names, no superuser, not past VALID UNTIL, and may CONNECT to the
// database. Called from PostgreSQL, within a transaction.
#pragma once

#include "pg/pg.hpp"

namespace server {

// Texts are in the current memory context.
struct Applicant {
    Oid oid;                // invalid: there is no such role
    const char* name;       // null then
    const char* objection;  // why it may not come in, for the log; null: it may
    int connection_limit;   // negative: none
};

Applicant find_applicant(const char* name);
Applicant find_applicant(Oid role);

// How many clients our database takes; negative: any number.
int database_connection_limit();

// The role that kv.client_role names; invalid if there is none.
Oid client_role();

// Grows when an answer may have become another, but by the passing of time. Changes made elsewhere
// are seen when a transaction begins. Needs none, and may be called from anywhere.
uint64_t roles_epoch();

// To be called once in a process, before roles_epoch() counts.
void watch_roles();

}  // namespace server
