// Columns as texts that are the same in every session: dates in ISO style, times with time zone in
// UTC, bytea in hexadecimal, floating-point numbers exactly, names qualified.
#pragma once

#include "pg/pg.hpp"

namespace watch {

// True if a type's text may depend on settings, as that of integers, texts and their like does not.
bool depends_on_settings(Oid type);

// Between the two, output functions write canonically. An error ends it too. They call PostgreSQL.
int begin_canonical_output();
void end_canonical_output(int level);

}  // namespace watch
