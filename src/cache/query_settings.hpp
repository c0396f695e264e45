// The settings on which depends what a query means and what it makes of the same rows.
#pragma once

#include "pg/pg.hpp"

namespace cache {

// Appends all of them. Calls PostgreSQL and may raise.
void append_query_settings(StringInfo text);

}  // namespace cache
