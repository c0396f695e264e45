// Columns of tables, as the catalog has them now. These call PostgreSQL and may raise.
#pragma once

#include "pg/pg.hpp"

namespace watch {

// Null if there is none, or no more.
char* column_name(Oid table, AttrNumber number);
// 0 if there is none of that name; system columns do not count.
AttrNumber column_number(Oid table, const char* name);
// False for one that is computed when it is read (from PostgreSQL 18 on): rows do not have it.
bool is_stored(Oid table, AttrNumber number);
// All of them, for a hint.
char* column_names(Oid table);

// True if a unique index has nothing but some of these columns, and, if so wanted, none that may be
// NULL: then they tell the rows apart.
bool identify_rows(Relation table, std::span<const AttrNumber> columns, bool not_null);
// The names of the primary key's columns; NIL if there is none.
List* primary_key(Relation table);

}  // namespace watch
