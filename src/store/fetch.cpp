#include "store/fetch.hpp"

#include "store/lookahead.hpp"

extern "C" {
#include "access/multixact.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/procarray.h"
#include "storage/smgr.h"
}

namespace store {

// What smgr knows of a file's size is forgotten when the file is cut, before we get a lock on it.
bool has_block(Relation relation, BlockNumber block) {
    SMgrRelation file = RelationGetSmgr(relation);
    BlockNumber known = file->smgr_cached_nblocks[MAIN_FORKNUM];
    return (known != InvalidBlockNumber && block < known) ||
           block < smgrnblocks(file, MAIN_FORKNUM);
}

TransactionId holder_of(Relation table, ItemPointerData place) {
    Buffer buffer = ReadBuffer(table, ItemPointerGetBlockNumber(&place));
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    Page page = BufferGetPage(buffer);
    ItemId item = PageGetItemId(page, ItemPointerGetOffsetNumber(&place));
    TransactionId last = InvalidTransactionId;
    uint16 flags = HEAP_XMAX_INVALID;
    if (ItemIdIsNormal(item)) {
        auto* row = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item));
        last = HeapTupleHeaderGetRawXmax(row);
        flags = row->t_infomask;
    }
    UnlockReleaseBuffer(buffer);
    if (flags & HEAP_XMAX_INVALID)
        return InvalidTransactionId;
    if (!(flags & HEAP_XMAX_IS_MULTI))
        return last;
    MultiXactMember* members;
    int count = GetMultiXactIdMembers(last, &members, false, HEAP_XMAX_IS_LOCKED_ONLY(flags));
    TransactionId holder = InvalidTransactionId;
    for (int i = 0; i < count; i++) {
        bool is_ours = TransactionIdIsCurrentTransactionId(members[i].xid);
        if (is_ours ? !TransactionIdIsValid(holder) : TransactionIdIsInProgress(members[i].xid))
            holder = members[i].xid;
    }
    return holder;
}

bool has_block(Relation table, ItemPointerData place) {
    return has_block(table, ItemPointerGetBlockNumber(&place));
}

// The access method's own fetch prunes a page at nearly every visit once less than the fillfactor
// leaves is free; here a writer does, when the room for further versions runs out, or where a row
// was removed.
bool fetch_row(Relation table, ItemPointerData root, Snapshot snapshot, bool is_writer,
               TupleTableSlot* slot, bool* all_dead) {
    constexpr int versions_to_come = 2;
    ExecClearTuple(slot);
    HeapTuple tuple = &reinterpret_cast<BufferHeapTupleTableSlot*>(slot)->base.tupdata;
    Buffer buffer = lookahead::read_buffer(table, ItemPointerGetBlockNumber(&root));
    bool found = false;
    for (bool may_prune = is_writer;; may_prune = false) {
        ItemPointerData tid = root;
        LockBuffer(buffer, BUFFER_LOCK_SHARE);
        found = heap_hot_search_buffer(&tid, table, buffer, snapshot, tuple, all_dead, true);
        bool has_room = found && PageGetHeapFreeSpace(BufferGetPage(buffer)) >=
                                     versions_to_come * MAXALIGN(tuple->t_len);
        LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
        if (has_room || !may_prune)
            break;
        heap_page_prune_opt(table, buffer);
    }
    if (!found) {
        ReleaseBuffer(buffer);
        return false;
    }
    pgstat_count_heap_fetch(table);
    slot->tts_tableOid = RelationGetRelid(table);
    ExecStorePinnedBufferHeapTuple(tuple, slot, buffer);
    return true;
}

}  // namespace store
