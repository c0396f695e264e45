// Which of the two tables of the outbox writers append to.
#pragma once

#include "pg/pg.hpp"

namespace outbox {

// A hint: the relay reads both. May raise.
Oid current_table();

// Once a table has so many blocks, writers change to the other.
constexpr BlockNumber largest_table = 16 * 1024 * 1024 / BLCKSZ;

}  // namespace outbox
