// The condition of a watch: a boolean expression over one row, as in a trigger's WHEN.
#pragma once

#include "pg/pg.hpp"

namespace watch {

class Condition {
public:
    bool exists() const { return expression_ != nullptr; }
    // True if the row in the slot meets it; by the rights of the current user. Calls PostgreSQL,
    // may raise.
    bool is_met(TupleTableSlot* slot, bool is_nested);

private:
    friend class Loader;

    struct Prepared {
        Oid role;
        ExprState* state;
        ExprContext* context;
    };
    Prepared prepare(MemoryContext memory) const;

    MemoryContext memory_ = nullptr;
    Node* expression_ = nullptr;  // of the relation's columns
    Prepared prepared_ = {};
};

// What follows calls PostgreSQL and may raise.

// Parses a condition over a table's columns, and refuses what a row alone does not settle.
Node* parse_condition(Relation table, const char* text);
// The text again, with qualified names, and what was stored so.
char* text_of_condition(Oid table, Node* condition);
Node* parse_stored_condition(Relation table, const char* text);
// The tree as text, which only the same version of PostgreSQL can read; null for another's.
char* stored_condition(Node* condition);
Node* condition_of_stored(const char* stored);
// The columns that occur in it, in order, as a set.
Bitmapset* columns_of_condition(Node* condition);

}  // namespace watch
