// The blocks of one table of the outbox, and what is known of them from one look to the next, so
// that a look costs what is new, not what the table holds.
//
// There is no mark below which all is done: rows become visible in the order of commits, not of
// places. A block is looked at again and again until nothing in it is alive or may become so. One
// with room for another row is looked at some time longer, since a session goes on with the block
// that it wrote last, but is not read as long as its LSN tells that nothing was written. After that
// a round over all blocks finds what came nevertheless.
#pragma once

#include "pg/pg.hpp"

namespace outbox {

// The columns of a row that stand at fixed places.
struct FixedColumns {
    int32 watch;
    char operation;
    TimestampTz at;
};

// A row that is committed and was not taken before.
struct FoundRow {
    TimestampTz at;
    int32 watch;
    int32 keys;  // how many; 1 where that is not seen at once
    BlockNumber block;
    OffsetNumber offset;
};

// The place of a row as a number.
inline uint64 place_number(int table, BlockNumber block, OffsetNumber offset) {
    return static_cast<uint64>(table) << 48 | static_cast<uint64>(block) << 16 | offset;
}

class TableWalk {
public:
    using Take = bool (*)(void* taker, const FoundRow& row);

    // Calls take() for each row that the snapshot sees and nobody has deleted, in the order of
    // places, until it returns false. Calls PostgreSQL, and may raise; so may take().
    void look(Relation table, Snapshot snapshot, Take take, void* taker);

    // Looks for writes to blocks that are looked at no more, so many of them; true if a round over
    // all is complete.
    bool look_around(Relation table, BlockNumber count);

    // As of the last look, nothing is there, nor will be unless it is written yet.
    bool is_quiet() const { return !saw_rows_; }
    bool is_empty() const { return blocks_.empty(); }
    size_t blocks() const { return blocks_.size(); }

    // The file that the places of rows are of, as of the last look.
    Oid file() const { return file_; }

    // Nothing is known any more.
    void forget();

private:
    struct KnownBlock {
        XLogRecPtr quiet_at;  // the LSN at which nothing was there; 0: something was
        TransactionId waits_for;
        bool is_open;  // among open_
    };

    void notice_file(Relation table);
    bool look_at(Relation table, BlockNumber block, Snapshot snapshot, Take take, void* taker);
    bool stays_open(BlockNumber block) const;
    bool is_running(TransactionId transaction);

    std::vector<KnownBlock> blocks_;
    std::vector<BlockNumber> open_;
    Oid file_ = InvalidOid;
    BlockNumber around_ = 0;
    bool saw_rows_ = false;
    TransactionId last_asked_ = InvalidTransactionId;
    bool last_answer_ = false;
};

// True if a row of the table may be alive, or become so. For who holds the AccessExclusiveLock.
bool has_rows(Relation table);

}  // namespace outbox
