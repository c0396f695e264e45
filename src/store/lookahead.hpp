// Brings what many lookups will touch into the processor's cache, for all of them at once: one
// after the other they would wait for memory again and again. All of it is hints: what is out of
// date costs time and nothing else.
#pragma once

#include <span>

#include "pg/pg.hpp"
#include "store/database_map.hpp"

extern "C" {
#include "storage/buf.h"
}

namespace store::lookahead {

// A key of this database was looked up, in this table.
void learn(int database, Keyspace keyspace, Relation table);

// Reads a block of a key table, as ReadBuffer does; less dear if it is in the buffer where this
// process saw it last.
Buffer read_buffer(Relation table, BlockNumber block);

struct Key {
    int database;
    Bytes name;
};
// The keys are about to be looked up. Raises nothing.
void fetch(std::span<const Key> keys);

}  // namespace store::lookahead
