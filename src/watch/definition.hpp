// What kv.cache_table is called with, checked and put into the form of kv.watch.
#pragma once

#include "pg/guard.hpp"
#include "watch/key_template.hpp"

namespace watch {

// Of a row of kv.watch, those columns that follow from the table and from texts. Arrays and texts
// are null where the column is.
struct Definition {
    Oid table;
    unsigned modes;
    const char* key;
    const char* channel;
    const char* condition;
    const char* stored_condition;
    ArrayType* columns;
    ArrayType* known_columns;
};

// These call PostgreSQL, and may raise.

// Raises unless the role owns the table, and PostgreSQL can watch it.
void check_owner(Oid table, Oid role);
// The same for the table and all below it, and locks them as CREATE TRIGGER does. That waits for
// each transaction that has written to one: what it wrote nobody saw, but it is over before
// anybody relies on being told.
void lock_watched_table(Oid table, Oid role);
ArrayType* array_of_numbers(std::span<const AttrNumber> numbers);

// From here on, these throw pg::Error.

// The modes in a text such as 'invalidate,publish'.
unsigned parse_modes(const char* text);
// Fills in known columns and stored condition; replaces the key, if there is none, by the primary
// key's columns, and the condition's text by one with qualified names.
void complete(Definition& definition);

}  // namespace watch
