#include "outbox/table_walk.hpp"

#include "pg/version.hpp"

extern "C" {
#include "storage/bufmgr.h"
#include "storage/procarray.h"
#include "utils/snapmgr.h"
}

namespace outbox {

namespace {

// Of quiet blocks that have room, so many are looked at each time.
constexpr size_t roomy_limit = 256;

// The least that a row takes, with its pointer.
constexpr Size smallest_row = 80;

// What one block holds.
struct Sight {
    bool alive = false;                              // rows that were taken, or may be later
    bool waits = false;                              // rows whose transaction runs
    TransactionId waits_for = InvalidTransactionId;  // if all are of one
};

void note_running(Sight& sight, TransactionId inserter) {
    if (!sight.waits)
        sight.waits_for = inserter;
    else if (sight.waits_for != inserter)
        sight.waits_for = InvalidTransactionId;
    sight.waits = true;
}

HTSV_Result state_of(HeapTuple tuple, Buffer buffer) {
    TransactionId dead_after = InvalidTransactionId;
    return HeapTupleSatisfiesVacuumHorizon(tuple, buffer, &dead_after);
}

// The array of keys stands behind the fixed columns, and may be stored elsewhere, or compressed.
int32 keys_behind(const FixedColumns* columns) {
    auto* array = reinterpret_cast<const char*>(columns + 1);
    if (VARATT_IS_EXTERNAL(array) || VARATT_IS_COMPRESSED(array))
        return 1;
    // An array's head, without the length that may be short.
    struct {
        int32 dimensions;
        int32 nulls;
        Oid type;
        int32 count;
    } head = {};
    if (VARSIZE_ANY_EXHDR(array) < sizeof(head))
        return 1;
    memcpy(&head, VARDATA_ANY(array), sizeof(head));
    return head.dimensions == 1 ? head.count : 1;
}

HeapTupleData tuple_at(Relation table, Page page, ItemId item, BlockNumber block,
                       OffsetNumber offset) {
    HeapTupleData tuple;
    tuple.t_data = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item));
    tuple.t_len = ItemIdGetLength(item);
    tuple.t_tableOid = RelationGetRelid(table);
    ItemPointerSet(&tuple.t_self, block, offset);
    return tuple;
}

}  // namespace

void TableWalk::forget() {
    blocks_.clear();
    open_.clear();
    around_ = 0;
    saw_rows_ = false;
    file_ = InvalidOid;
}

// New blocks are open; a new or shortened file is new altogether.
void TableWalk::notice_file(Relation table) {
    BlockNumber count = RelationGetNumberOfBlocks(table);
    if (file_ != pg::file_number(table) || count < blocks_.size())
        forget();
    file_ = pg::file_number(table);
    while (blocks_.size() < count) {
        open_.push_back(static_cast<BlockNumber>(blocks_.size()));
        blocks_.push_back({0, InvalidTransactionId, true});
    }
}

bool TableWalk::is_running(TransactionId transaction) {
    if (last_asked_ != transaction) {
        last_asked_ = transaction;
        last_answer_ = TransactionIdIsInProgress(transaction);
    }
    return last_answer_;
}

bool TableWalk::look_at(Relation table, BlockNumber number, Snapshot snapshot, Take take,
                        void* taker) {
    KnownBlock& block = blocks_[number];
    Buffer buffer = ReadBuffer(table, number);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    Page page = BufferGetPage(buffer);
    XLogRecPtr lsn = BufferGetLSNAtomic(buffer);
    bool goes_on = true;
    if (block.quiet_at == 0 || block.quiet_at != lsn) {
        Sight sight;
        OffsetNumber last = PageIsNew(page) ? 0 : PageGetMaxOffsetNumber(page);
        for (OffsetNumber offset = FirstOffsetNumber; offset <= last; offset++) {
            ItemId item = PageGetItemId(page, offset);
            if (!ItemIdIsNormal(item))
                continue;
            HeapTupleData tuple = tuple_at(table, page, item, number, offset);
            HTSV_Result state = state_of(&tuple, buffer);
            if (state == HEAPTUPLE_INSERT_IN_PROGRESS)
                note_running(sight, HeapTupleHeaderGetXmin(tuple.t_data));
            if (state == HEAPTUPLE_LIVE || state == HEAPTUPLE_DELETE_IN_PROGRESS)
                sight.alive = true;
            if (!goes_on || state != HEAPTUPLE_LIVE ||
                XidInMVCCSnapshot(HeapTupleHeaderGetXmin(tuple.t_data), snapshot))
                continue;
            auto* columns = reinterpret_cast<FixedColumns*>(GETSTRUCT(&tuple));
            goes_on =
                take(taker, {columns->at, columns->watch, keys_behind(columns), number, offset});
        }
        bool is_full = PageIsNew(page) || PageGetHeapFreeSpace(page) < smallest_row;
        saw_rows_ |= sight.alive || sight.waits;
        // Of an all-zero page, which a crash may leave, nothing is known.
        block.quiet_at = sight.alive || sight.waits ? 0 : lsn;
        block.waits_for = !sight.alive && is_full ? sight.waits_for : InvalidTransactionId;
        block.is_open = sight.alive || sight.waits || !is_full;
    }
    UnlockReleaseBuffer(buffer);
    return goes_on;
}

bool TableWalk::stays_open(BlockNumber block) const {
    return blocks_[block].is_open;
}

void TableWalk::look(Relation table, Snapshot snapshot, Take take, void* taker) {
    notice_file(table);
    last_asked_ = InvalidTransactionId;
    saw_rows_ = false;
    bool goes_on = true;
    size_t roomy = 0;
    for (BlockNumber number : open_) {
        if (!goes_on) {
            saw_rows_ = true;
            break;
        }
        CHECK_FOR_INTERRUPTS();
        KnownBlock& block = blocks_[number];
        if (TransactionIdIsValid(block.waits_for) && is_running(block.waits_for)) {
            saw_rows_ = true;
            continue;
        }
        goes_on = look_at(table, number, snapshot, take, taker);
        roomy += block.is_open && block.quiet_at != 0;
    }
    // The oldest go first.
    for (BlockNumber number : open_) {
        if (roomy <= roomy_limit)
            break;
        KnownBlock& block = blocks_[number];
        if (block.is_open && block.quiet_at != 0) {
            block.is_open = false;
            roomy--;
        }
    }
    open_.erase(std::remove_if(open_.begin(), open_.end(),
                               [this](BlockNumber number) { return !stays_open(number); }),
                open_.end());
}

bool TableWalk::look_around(Relation table, BlockNumber count) {
    notice_file(table);
    for (; count > 0 && around_ < blocks_.size(); count--, around_++) {
        CHECK_FOR_INTERRUPTS();
        KnownBlock& block = blocks_[around_];
        if (block.is_open)
            continue;
        Buffer buffer = ReadBuffer(table, around_);
        bool was_written = BufferGetLSNAtomic(buffer) != block.quiet_at;
        ReleaseBuffer(buffer);
        if (was_written) {
            block.is_open = true;
            open_.push_back(around_);
        }
    }
    if (around_ < blocks_.size())
        return false;
    around_ = 0;
    return true;
}

bool has_rows(Relation table) {
    BlockNumber count = RelationGetNumberOfBlocks(table);
    for (BlockNumber number = 0; number < count; number++) {
        CHECK_FOR_INTERRUPTS();
        Buffer buffer = ReadBuffer(table, number);
        LockBuffer(buffer, BUFFER_LOCK_SHARE);
        Page page = BufferGetPage(buffer);
        bool found = false;
        OffsetNumber last = PageIsNew(page) ? 0 : PageGetMaxOffsetNumber(page);
        for (OffsetNumber offset = FirstOffsetNumber; offset <= last && !found; offset++) {
            ItemId item = PageGetItemId(page, offset);
            if (!ItemIdIsNormal(item))
                continue;
            HeapTupleData tuple = tuple_at(table, page, item, number, offset);
            HTSV_Result state = state_of(&tuple, buffer);
            found = state != HEAPTUPLE_DEAD && state != HEAPTUPLE_RECENTLY_DEAD;
        }
        UnlockReleaseBuffer(buffer);
        if (found)
            return true;
    }
    return false;
}

}  // namespace outbox
