// What a statement did to rows, put down for each watch that it concerns.
#pragma once

#include "capture/key_batch.hpp"

namespace capture {

class Changes {
public:
    // Which watches are served: a statement trigger sees all rows but those that a statement
    // changed through a table above; a row trigger sees these, and alone fires for what
    // replication brings.
    enum class Level { statement, row };

    Changes(watch::Watches& watches, outbox::Operation operation, Level level);

    bool concern_nobody() const { return batches_.empty(); }

    // What follows calls PostgreSQL and may raise.

    // A row was there and another one is; either may be null. It is enough to tell of rows that do
    // not cancel out: if a key's rows before and after are the same, each as often, then nothing
    // changed for whoever reads by that key. So two rows need not be versions of the same one to
    // be compared, and what is compared with what never makes a change go unseen, only, where
    // unequal rows meet whose equals stand elsewhere, a key be sent for nothing.
    void add(TupleTableSlot* before, TupleTableSlot* after);
    // All rows may have changed.
    void add_all();
    void write();

private:
    bool differ(const watch::Watch& watch, TupleTableSlot* before, TupleTableSlot* after);
    void add_row(KeyBatch& batch, TupleTableSlot* slot);
    bool is_met(KeyBatch& batch, TupleTableSlot* slot);
    void add_key(KeyBatch& batch, TupleTableSlot* slot);
    void leave_canonical_output();

    watch::Watches& watches_;
    std::vector<KeyBatch> batches_;
    bool are_any_ = false;
    int canonical_level_ = 0;  // 0: the session's settings count
};

}  // namespace capture
