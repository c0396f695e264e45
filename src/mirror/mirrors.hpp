// Which of pg_kv's own keys are mirrored, as this session knows it.
#pragma once

#include "core/bytes.hpp"
#include "pg/pg.hpp"

namespace mirror {

struct Mirror {
    int32 watch;
    int database;
    std::string pattern;  // of the keys' whole names
};

// All of them, valid until the next call. Has the store tell of no more changes if there are none.
// Throws.
const std::vector<Mirror>& mirrors();

// Called by _PG_init.
void watch_mirrors();

}  // namespace mirror
