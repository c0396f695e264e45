#include "store/leaves.hpp"

#include <bit>

#include "pg/version.hpp"
#include "store/fetch.hpp"

extern "C" {
#include "access/nbtxlog.h"
#include "access/rmgr.h"
#include "access/xlog.h"
#include "access/xloginsert.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "utils/typcache.h"
}

namespace store::leaves {

namespace {

// The first two columns of a key, as they can be compared at once.
struct Place {
    int64 collection;
    int64 number;  // or a score, in the same order

    auto operator<=>(const Place&) const = default;
};

struct Leaf {
    Place begin;
    BlockNumber block;
};

// What this session knows of an index: leaves in order, and where it was last. Leaves are forgotten
// when there are too many.
struct Known {
    Oid file = InvalidOid;
    std::vector<Leaf> leaves;
    Place last_place = {};
    BlockNumber last_block = InvalidBlockNumber;
};
constexpr size_t most_indexes = 16;
constexpr size_t most_leaves = 8192;
Known all_known[most_indexes];

constexpr Size longest_entry = 1280;

Known& known_of(Relation index) {
    Oid file = pg::file_number(index);
    for (Known& known : all_known)
        if (known.file == file)
            return known;
    static size_t next = 0;
    Known& known = all_known[next++ % most_indexes];
    known = Known();
    known.file = file;
    return known;
}

bool is_score(Relation index) {
    return index->rd_opcintype[1] == FLOAT8OID;
}

// The bits of a negative number but for the sign count the other way round.
int64 in_order(double score) {
    auto bits = std::bit_cast<int64>(score == 0 ? 0.0 : score);
    return bits < 0 ? bits ^ PG_INT64_MAX : bits;
}

Place place_of(Relation index, Datum collection, Datum number) {
    return {DatumGetInt64(collection),
            is_score(index) ? in_order(DatumGetFloat8(number)) : DatumGetInt64(number)};
}

bool is_leaf(Page page) {
    if (PageIsNew(page) || PageGetSpecialSize(page) != MAXALIGN(sizeof(BTPageOpaqueData)))
        return false;
    BTPageOpaque opaque = BTPageGetOpaque(page);
    return P_ISLEAF(opaque) && !P_IGNORE(opaque);
}

IndexTuple entry_at(Page page, OffsetNumber at) {
    return reinterpret_cast<IndexTuple>(PageGetItem(page, PageGetItemId(page, at)));
}

// A key looked for in an index, and the leaf it belongs to, which is locked once it is found.
class Search {
public:
    Search(Relation table, Relation index, IndexTuple entry)
        : table_(table),
          index_(index),
          known_(known_of(index)),
          key_(_bt_mkscankey(index, entry)),
          place_(place_at(entry)) {
        key_->scantid = nullptr;
    }

    // True if the leaf was found.
    bool find(int access);
    void release();

    bool is_there() const { return is_there_; }
    // Where the key's first entry stands, or would.
    OffsetNumber at() const { return at_; }
    Buffer leaf() const { return leaf_; }
    Page page() const { return BufferGetPage(leaf_); }
    // Whether the entry after the key's first is another key's.
    bool is_single() {
        return at_ == PageGetMaxOffsetNumber(page()) || compare(OffsetNumberNext(at_)) != 0;
    }

private:
    int32 compare(OffsetNumber at) const;
    Place place_at(IndexTuple entry) const;
    BlockNumber known_leaf() const;
    bool find_known(int access);
    bool belongs(bool came_from_root) const;
    void look();
    void learn();

    Relation table_;
    Relation index_;
    Known& known_;
    BTScanInsert key_;
    Place place_;
    Buffer leaf_ = InvalidBuffer;
    OffsetNumber at_ = InvalidOffsetNumber;
    bool is_there_ = false;
    std::optional<Leaf> learned_;
};

Place Search::place_at(IndexTuple entry) const {
    bool is_null;
    TupleDesc columns = RelationGetDescr(index_);
    Datum collection = index_getattr(entry, 1, columns, &is_null);
    return place_of(index_, collection, index_getattr(entry, 2, columns, &is_null));
}

// The key to an entry of a leaf.
int32 Search::compare(OffsetNumber at) const {
    Place there = place_at(entry_at(page(), at));
    if (place_ != there)
        return place_ < there ? -1 : 1;
    return _bt_compare(index_, key_, page(), at);
}

BlockNumber Search::known_leaf() const {
    if (known_.last_place == place_)
        return known_.last_block;
    auto next =
        std::upper_bound(known_.leaves.begin(), known_.leaves.end(), place_,
                         [](const Place& place, const Leaf& leaf) { return place < leaf.begin; });
    return next == known_.leaves.begin() ? InvalidBlockNumber : std::prev(next)->block;
}

bool Search::find(int access) {
    if (find_known(access))
        return true;
    _bt_freestack(pg::search_btree(table_, index_, key_, &leaf_, access));
    if (!BufferIsValid(leaf_))
        return false;
    learn();
    if (!belongs(true))
        return false;
    look();
    return true;
}

bool Search::find_known(int access) {
    BlockNumber block = known_leaf();
    if (block == InvalidBlockNumber || !has_block(index_, block))
        return false;
    leaf_ = ReadBuffer(index_, block);
    LockBuffer(leaf_, access);
    if (is_leaf(page()) && belongs(false)) {
        look();
        return true;
    }
    _bt_relbuf(index_, leaf_);
    leaf_ = InvalidBuffer;
    return false;
}

// Whether no other leaf can have entries of the key. A descent for the key leads to the first.
bool Search::belongs(bool came_from_root) const {
    BTPageOpaque opaque = BTPageGetOpaque(page());
    if (!P_RIGHTMOST(opaque) && _bt_compare(index_, key_, page(), P_HIKEY) >= 0)
        return false;
    if (came_from_root || P_LEFTMOST(opaque))
        return true;
    OffsetNumber first = P_FIRSTDATAKEY(opaque);
    return first <= PageGetMaxOffsetNumber(page()) && compare(first) > 0;
}

void Search::look() {
    OffsetNumber low = P_FIRSTDATAKEY(BTPageGetOpaque(page()));
    OffsetNumber high = OffsetNumberNext(PageGetMaxOffsetNumber(page()));
    while (low < high) {
        auto middle = static_cast<OffsetNumber>(low + (high - low) / 2);
        int32 order = compare(middle);
        is_there_ |= order == 0;
        if (order > 0)
            low = OffsetNumberNext(middle);
        else
            high = middle;
    }
    at_ = low;
}

void Search::learn() {
    BTPageOpaque opaque = BTPageGetOpaque(page());
    OffsetNumber first = P_FIRSTDATAKEY(opaque);
    Place begin = {PG_INT64_MIN, PG_INT64_MIN};
    if (!P_LEFTMOST(opaque)) {
        if (first > PageGetMaxOffsetNumber(page()))
            return;
        begin = place_at(entry_at(page(), first));
    }
    learned_ = {begin, BufferGetBlockNumber(leaf_)};
}

void Search::release() {
    if (BufferIsValid(leaf_)) {
        known_.last_place = place_;
        known_.last_block = BufferGetBlockNumber(leaf_);
        _bt_relbuf(index_, leaf_);
    }
    if (learned_) {
        std::vector<Leaf>& leaves = known_.leaves;
        if (leaves.size() == most_leaves)
            leaves.clear();
        auto at = std::lower_bound(leaves.begin(), leaves.end(), learned_->begin,
                                   [](const Leaf& leaf, const Place& place) {
                                       return leaf.begin < place;
                                   });
        // A leaf that is filled from its end towards its beginning stays one.
        if (at != leaves.end() && (at->begin == learned_->begin || at->block == learned_->block))
            *at = *learned_;
        else
            leaves.insert(at, *learned_);
    }
    pfree(key_);
}

void put(Relation index, Buffer leaf, OffsetNumber at, IndexTuple entry) {
    Page page = BufferGetPage(leaf);
    Size size = IndexTupleSize(entry);
    START_CRIT_SECTION();
    if (PageAddItem(page, reinterpret_cast<Item>(entry), size, at, false, false) ==
        InvalidOffsetNumber)
        elog(PANIC, "could not add an entry to index \"%s\"", RelationGetRelationName(index));
    MarkBufferDirty(leaf);
    if (RelationNeedsWAL(index)) {
        xl_btree_insert record{at};
        XLogBeginInsert();
        XLogRegisterData(reinterpret_cast<char*>(&record), SizeOfBtreeInsert);
        XLogRegisterBuffer(0, leaf, REGBUF_STANDARD);
        XLogRegisterBufData(0, reinterpret_cast<char*>(entry), static_cast<uint32>(size));
        XLogRecPtr end = XLogInsert(RM_BTREE_ID, XLOG_BTREE_INSERT_LEAF);
        PageSetLSN(page, end);
    }
    END_CRIT_SECTION();
}

bool has_room(Page page, IndexTuple entry) {
    return IndexTupleSize(entry) <= longest_entry &&
           PageGetFreeSpace(page) >= IndexTupleSize(entry);
}

// Predicate locks are PostgreSQL's own business.
bool may_look() {
    return !IsolationIsSerializable() && !RecoveryInProgress();
}

}  // namespace

bool suit(Relation index) {
    if (index->rd_index->indnkeyatts < 2)
        return false;
    for (int column : {0, 1}) {
        Oid type = index->rd_opcintype[column];
        bool has_order = type == INT8OID || (column == 1 && type == FLOAT8OID);
        if (!has_order || index->rd_indoption[column] != 0 ||
            index->rd_opfamily[column] !=
                lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY)->btree_opf)
            return false;
    }
    return true;
}

std::optional<ItemPointerData> find(Relation table, Relation index, const Datum* values) {
    if (!may_look())
        return std::nullopt;
    bool nulls[INDEX_MAX_KEYS] = {};
    IndexTuple entry = index_form_tuple(RelationGetDescr(index), const_cast<Datum*>(values), nulls);
    Search search(table, index, entry);
    std::optional<ItemPointerData> place;
    pgstat_count_index_scan(index);
    if (search.find(BT_READ)) {
        if (!search.is_there()) {
            place = ItemPointerData{};
        } else if (search.is_single()) {
            IndexTuple only = entry_at(search.page(), search.at());
            if (!BTreeTupleIsPosting(only))
                place = only->t_tid;
        }
    }
    search.release();
    pfree(entry);
    return place;
}

namespace {

// Goes through entries of a collection, until there are more than slots.
class Slots {
public:
    Slots(Relation index, int64 collection, const Slot& slot)
        : columns_(RelationGetDescr(index)), collection_(collection), slot_(slot) {}

    // False if all have been seen.
    bool take(Page page, OffsetNumber from) {
        for (OffsetNumber at = from; at <= PageGetMaxOffsetNumber(page);
             at = OffsetNumberNext(at)) {
            IndexTuple entry = entry_at(page, at);
            if (is_beyond(entry) || count_ > slot_.count)
                return false;
            if (ItemIdIsDead(PageGetItemId(page, at)))
                continue;
            if (!BTreeTupleIsPosting(entry))
                take(entry->t_tid);
            else
                for (int i = 0; i < BTreeTupleGetNPosting(entry); i++)
                    take(*BTreeTupleGetPostingN(entry, i));
        }
        return true;
    }
    Slotted result() const {
        if (count_ > slot_.count)
            return {Slotted::State::too_many, {}};
        return {ItemPointerIsValid(&place_) ? Slotted::State::found : Slotted::State::empty,
                place_};
    }

private:
    bool is_beyond(IndexTuple entry) const {
        bool is_null;
        return DatumGetInt64(index_getattr(entry, 1, columns_, &is_null)) != collection_ ||
               DatumGetUInt64(index_getattr(entry, 2, columns_, &is_null)) > slot_.last;
    }
    void take(ItemPointerData place) {
        if (count_++ == slot_.number)
            place_ = place;
    }

    TupleDesc columns_;
    int64 collection_;
    const Slot& slot_;
    uint64_t count_ = 0;
    ItemPointerData place_ = {};
};

}  // namespace

// The caller's snapshot keeps the next leaf from being used for something else.
Slotted find_in_slot(Relation table, Relation index, int64 collection, const Slot& slot) {
    if (!may_look())
        return {Slotted::State::unknown, {}};
    Datum values[] = {Int64GetDatum(collection), UInt64GetDatum(slot.first)};
    bool nulls[2] = {};
    IndexTuple entry = index_form_tuple(RelationGetDescr(index), values, nulls);
    Search search(table, index, entry);
    Slots slots(index, collection, slot);
    pgstat_count_index_scan(index);
    bool is_known = search.find(BT_READ);
    bool more = is_known && slots.take(search.page(), search.at());
    BlockNumber next = more ? BTPageGetOpaque(search.page())->btpo_next : P_NONE;
    search.release();
    pfree(entry);
    while (next != P_NONE) {
        Buffer leaf = _bt_getbuf(index, next, BT_READ);
        Page page = BufferGetPage(leaf);
        BTPageOpaque opaque = BTPageGetOpaque(page);
        next = opaque->btpo_next;
        if (!P_IGNORE(opaque) && !slots.take(page, P_FIRSTDATAKEY(opaque)))
            next = P_NONE;
        _bt_relbuf(index, leaf);
    }
    return is_known ? slots.result() : Slotted{Slotted::State::unknown, {}};
}

bool Walk::begin(Relation table, Relation index, int64 collection) {
    table_ = table;
    index_ = index;
    collection_ = collection;
    is_begun_ = false;
    next_ = P_NONE;
    return may_look();
}

Buffer Walk::first_leaf() {
    is_begun_ = true;
    pgstat_count_index_scan(index_);
    // For the collection alone.
    BTScanInsert key = _bt_mkscankey(index_, nullptr);
    key->keysz = 1;
    key->scankeys[0].sk_flags &= ~SK_ISNULL;
    key->scankeys[0].sk_argument = Int64GetDatum(collection_);
    Buffer leaf;
    _bt_freestack(pg::search_btree(table_, index_, key, &leaf, BT_READ));
    pfree(key);
    return leaf;
}

bool Walk::next(ItemPointerData* places, int* count) {
    *count = 0;
    Buffer leaf = InvalidBuffer;
    if (!is_begun_)
        leaf = first_leaf();
    else if (next_ != P_NONE)
        leaf = _bt_getbuf(index_, next_, BT_READ);
    if (!BufferIsValid(leaf))
        return false;
    Page page = BufferGetPage(leaf);
    BTPageOpaque opaque = BTPageGetOpaque(page);
    next_ = opaque->btpo_next;
    if (!P_IGNORE(opaque) && !take(page, places, count))
        next_ = P_NONE;
    _bt_relbuf(index_, leaf);
    return true;
}

// False if the collection's entries end here.
bool Walk::take(Page page, ItemPointerData* places, int* count) const {
    bool is_null;
    TupleDesc columns = RelationGetDescr(index_);
    for (OffsetNumber at = P_FIRSTDATAKEY(BTPageGetOpaque(page));
         at <= PageGetMaxOffsetNumber(page); at = OffsetNumberNext(at)) {
        IndexTuple entry = entry_at(page, at);
        int64 collection = DatumGetInt64(index_getattr(entry, 1, columns, &is_null));
        if (collection > collection_)
            return false;
        if (collection < collection_ || ItemIdIsDead(PageGetItemId(page, at)))
            continue;
        if (BTreeTupleIsPosting(entry))
            for (int i = 0; i < BTreeTupleGetNPosting(entry); i++)
                places[(*count)++] = *BTreeTupleGetPostingN(entry, i);
        else
            places[(*count)++] = entry->t_tid;
    }
    return true;
}

bool insert(Relation table, Relation index, const Datum* values, const bool* nulls,
            ItemPointerData tid) {
    if (!may_look())
        return false;
    IndexTuple entry = index_form_tuple(RelationGetDescr(index), const_cast<Datum*>(values),
                                        const_cast<bool*>(nulls));
    entry->t_tid = tid;
    Search search(table, index, entry);
    bool done = search.find(BT_WRITE) && !search.is_there() &&
                !P_INCOMPLETE_SPLIT(BTPageGetOpaque(search.page())) &&
                has_room(search.page(), entry);
    if (done)
        put(index, search.leaf(), search.at(), entry);
    search.release();
    pfree(entry);
    return done;
}

}  // namespace store::leaves
