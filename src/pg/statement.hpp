// The span of one executed SQL statement, for what is worth keeping open from call to call of a
// function within it.
#pragma once

#include "pg/pg.hpp"

namespace pg::statement {

// How a span ended: in order, or by an error after which PostgreSQL has released, or is about to
// release, every resource of the span.
enum class End { normal, error };

// Called by _PG_init. `release` is called when the span ends in which keep() was called, and must
// not raise.
void install_hooks(void (*release)(End));

// True if the caller runs within a statement, so that what it opens now under the current
// resource owner may stay open until `release` is called.
bool may_keep();

// A span without a statement, within which may_keep() is true as well, up to the end of the
// transaction at the latest.
void begin_span();
void end_span();

// Says that something was kept open.
void keep();

// Releases what is kept now, for instance before a utility command that wants the table.
void release_now();

}  // namespace pg::statement
