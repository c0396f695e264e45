// What this session knows of the tables that are read through the cache: by which columns, from
// which shape of rows, and who may. Forgotten when PostgreSQL says that one of them changed. All of
// it calls PostgreSQL and may raise.
#pragma once

#include <span>

#include "cache/invalidate.hpp"

extern "C" {
#include "executor/spi.h"
#include "utils/jsonb.h"
}

namespace cache {

// One column of a key, and how its values are written so that equal ones have equal bytes.
struct KeyColumn {
    enum class Form : uint8_t { integer, text, other };

    AttrNumber number;
    NameData name;
    Oid type;  // of a domain, its base type
    int32 typmod;
    Oid equality;  // operator
    Form form;
    int most_digits;  // which any number of the type may have
    FmgrInfo input;
    Oid input_parameter;
    FmgrInfo output;  // text, or the type's binary form, which depends on no setting
    bool output_is_binary;
};

// What a role may: nothing; read past the cache, since row security applies; read what others have
// cached, but not what tells one version of a row from another, since it was granted each column
// alone; or everything.
enum class Rights : uint8_t { none, bypass, columns, all };

// A table by one of its unique keys.
struct Source {
    Source* next;  // of the same table
    bool is_valid;
    Oid table;
    bool is_described;    // the columns are, so that keys can be named
    const char* problem;  // why it cannot be read by this key after all, or null
    uint64 shape;         // of the rows; another one once the table's definition or file changes
    bool has_partitions;
    bool depends_on_settings;  // how its rows are written as JSON
    Oid owner;
    int row_type_count;
    Oid* row_types;  // relations of the composite types in its columns: they change its shape
    int column_count;
    KeyColumn* columns;      // in the order of their numbers
    SPIPlanPtr plans[2][2];  // for one row or several, without or with their versions
    MemoryContext memory;

    Oid role;  // whose rights are known
    Rights rights;
};

// The source of a table whose key's columns are those that a JSON object names, or, given none, the
// first one; raises if there is none. Valid to the end of the transaction.
Source& find_source(Oid table, Jsonb* key);
// The same by numbers of columns; null if there is none.
Source* find_source(Oid table, std::span<const AttrNumber> columns);

// The first one, usable or not; null if there is none.
Source* sources_of_table(Oid table);
// Raises unless the key names the source's columns, too.
void check_key(const Source& source, Jsonb* key);

// What the current role may. Raises if it may not read the table.
Rights check_rights(Source& source);

// The bytes of a text that PostgreSQL owns.
struct Part {
    const char* data;
    int size;
    bool is_null;
};

// The parts of a key, in the order of the source's columns, as texts for the input functions.
void parts_of(const Source& source, Jsonb* key, Part* parts);
Datum value_of(KeyColumn& column, const Part& part);

// The name under which a row is cached, in the current memory context; no part may be null.
Bytes name_of(Source& source, const Part* parts);
// What the names of all rows of a table begin with.
constexpr size_t table_prefix_size = sizeof(Oid);
void write_table_prefix(Oid table, char* target);

// Called by _PG_init.
void watch_sources();

}  // namespace cache
