// Counters of what was done, for kv.stats and kv.info(). Each session counts for itself and adds
// that to shared memory between transactions; without shared_preload_libraries there is no shared
// memory, and a session sees its own numbers only.
#pragma once

#include "pg/pg.hpp"

namespace pg::statistics {

constexpr int database_count = 16;   // numbers of databases
constexpr int command_limit = 512;   // ids of commands

struct Counters {
    uint64 commands;
    uint64 hits;
    uint64 misses;
    uint64 expired;  // keys that the expiry removed
};

// All of these are cheap and do not raise.
void count_command(int id, int database);
void count_hit(int database);
void count_miss(int database);
void count_expired(int database, uint64 keys);

// Of the current PostgreSQL database, this session's uncommitted ones included.
Counters read(int database);
uint64 calls_of_command(int id);
// True if the numbers are those of all sessions.
bool are_shared();

// Called by _PG_init, after shared memory was asked for.
void install();

}  // namespace pg::statistics
