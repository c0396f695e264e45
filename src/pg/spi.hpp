// SQL from within, for what is rare: as a given role, with a search_path of pg_catalog alone.
// Calls PostgreSQL and may raise.
#pragma once

#include <span>

#include "core/function_ref.hpp"
#include "pg/pg.hpp"

namespace pg::spi {

struct Argument {
    Oid type;
    Datum value;
    bool is_null = false;
};

inline Argument integer(int32 value) {
    return {INT4OID, Int32GetDatum(value)};
}

// Runs one statement and returns the number of rows it concerned.
uint64 execute(Oid role, const char* sql, std::initializer_list<Argument> arguments = {});

// The first column, an int4 or int8, of the first row.
std::optional<int64> query_integer(Oid role, const char* sql,
                                   std::initializer_list<Argument> arguments = {});

inline Argument text(const char* value) {
    return {TEXTOID, CStringGetTextDatum(value)};
}

// Visits the rows of a query as texts, null where a column is NULL.
void walk(Oid role, const char* sql, std::initializer_list<Argument> arguments,
          core::FunctionRef<void(std::span<const char* const> columns)> visit);

// Visits the rows of a query, or of what a statement returns, as they are.
void walk_rows(Oid role, const char* sql, std::initializer_list<Argument> arguments,
               core::FunctionRef<void(HeapTuple row, TupleDesc columns)> visit);

}  // namespace pg::spi
