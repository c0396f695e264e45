// Which transactions changed which of the users' tables, for who wants to know whether something
// computed from a snapshot still holds. A transaction appends a row to kv.cache_change once for
// each table, so that writers share no row; old rows are folded into one for each table, which
// stands for all of them. Calls PostgreSQL and may raise.
#pragma once

#include <span>

#include "pg/pg.hpp"

namespace store::table_changes {

// Notes that this transaction changes a table.
void note(Oid table);

// Whether a prepared transaction that has noted a change of one of the tables is still open. Its
// note may have gone with a crash, so that a snapshot taken before it commits must not be trusted
// to tell what is out of date afterwards. To be asked before the snapshot is taken.
bool has_prepared_change(std::span<const Oid> tables);

// The transactions that a snapshot sees, without the caller's own.
struct Horizon {
    uint64 xmin;                   // sees all before
    uint64 xmax;                   // and none from here on
    std::span<const uint64> open;  // nor these in between

    bool sees(uint64 transaction) const;
};

// The open transactions stand in the current memory context.
Horizon horizon_of(Snapshot snapshot);

// Whether a snapshot sees a change of one of the tables that a horizon does not see, or may: it is
// not known of changes long folded.
bool changed_since(const Horizon& horizon, std::span<const Oid> tables, Snapshot snapshot);

// Folds what is older than a minute. Waits for nobody.
void fold();

// Called by _PG_init.
void install_callbacks();

}  // namespace store::table_changes
