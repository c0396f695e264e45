// What to_jsonb makes of values depends on more than the values: on the attributes of composite
// types, and on users' casts to json. Calls PostgreSQL and may raise.
#pragma once

#include "pg/pg.hpp"

namespace cache {

struct TypeLook {
    uint64 shape;     // changes with what to_jsonb makes of the types
    List* row_types;  // oids of the relations whose columns are attributes of these types
};

// Mixes in a type and those in it. Returns null, or why its values cannot be cached.
const char* look_at_type(Oid type, TypeLook& look);

// Whether values are written as names of objects in the catalogs.
bool names_objects(Oid type);

}  // namespace cache
