#include "store/element_table.hpp"

#include "pg/version.hpp"
#include "store/fetch.hpp"
#include "store/leaves.hpp"
#include "store/places.hpp"
#include "store/remembered.hpp"

extern "C" {
#include "access/detoast.h"
#include "common/hashfn.h"
}

namespace store {

namespace {

// The collection in which there were more entries than slots, in this session.
struct {
    CollectionId collection;
    bool is_new;
    int picks_left;
} crowd;

// Kept from call to call within a statement; see pg/statement.hpp.
ElementTable kept_tables[storage_count][element_kind_count];

constexpr AttrNumber number_columns[] = {element_collection, element_number};

// The equality conditions on collection and number, with their operators looked up once.
ScanKeyData* equality_keys() {
    static ScanKeyData keys[2];
    static bool ready = false;
    if (!ready) {
        MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
        ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_INT8EQ, 0);
        ScanKeyInit(&keys[1], 2, BTEqualStrategyNumber, F_INT8EQ, 0);
        MemoryContextSwitchTo(before);
        ready = true;
    }
    return keys;
}

uint64 hash_of(CollectionId collection, int64 number) {
    int64 both[] = {collection, number};
    return hash_bytes_extended(reinterpret_cast<const unsigned char*>(both), sizeof(both), 0);
}

void expect_done(TM_Result result) {
    if (result == TM_Ok)
        return;
    if (IsolationUsesXactSnapshot() && (result == TM_Updated || result == TM_Deleted))
        ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                        errmsg("could not serialize access due to concurrent update")));
    elog(ERROR, "unexpected state %d of an element's row", static_cast<int>(result));
}

}  // namespace

bool equals(Datum column, Bytes bytes) {
    if (toast_raw_datum_size(column) != bytes.size() + VARHDRSZ)
        return false;
    auto* packed = PG_DETOAST_DATUM_PACKED(column);
    bool same = memcmp(VARDATA_ANY(packed), bytes.data(), bytes.size()) == 0;
    if (PointerGetDatum(packed) != column)
        pfree(packed);
    return same;
}

ElementTable* ElementTable::open(Storage storage, ElementKind kind, Use use) {
    return OpenTable::open(&kept_tables[static_cast<int>(storage)][static_cast<int>(kind)], use,
                           [&](ElementTable* table) { table->open_relations(storage, kind, use); });
}

void ElementTable::open_relations(Storage storage, ElementKind kind, Use use) {
    begin(open_own_table(
              mode_of(use),
              [storage, kind](const Catalog& relations) {
                  return relations.elements[static_cast<int>(storage)][static_cast<int>(kind)];
              }),
          use);
    indexes_.open(table_, mode_of(use), memory_);
}

// Nobody who makes an index waits for a reader, as for a writer: this one may have come too early
// to know of it.
void ElementTable::prepare_to_write() {
    if (locked_for_write_)
        return;
    OpenTable::prepare_to_write();
    indexes_.open_new(RowExclusiveLock);
}

void ElementTable::close_relations() {
    if (scan_)
        index_endscan(scan_);
    indexes_.close();
    end();
}

void ElementTable::close() {
    if (!stays_open())
        close_relations();
}

void ElementTable::release_kept(bool after_error) {
    for (auto& tables : kept_tables)
        for (ElementTable& table : tables)
            release(table, after_error);
}

bool ElementTable::holds(CollectionId collection, int64 number) const {
    return DatumGetInt64(column(element_collection)) == collection &&
           DatumGetInt64(column(element_number)) == number;
}

bool ElementTable::fetch(ItemPointerData tid, CollectionId collection, int64 number,
                         Snapshot snapshot) {
    return ItemPointerIsValid(&tid) &&
           table_tuple_fetch_row_version(table_, &tid, snapshot, slot_) &&
           holds(collection, number);
}

// A row that this transaction wrote may have left many dead entries in the index.
bool ElementTable::find_remembered(CollectionId collection, int64 number, Snapshot snapshot) {
    ItemPointerData tid;
    return remembered::find(RelationGetRelid(table_), hash_of(collection, number), &tid) &&
           fetch(tid, collection, number, snapshot);
}

bool ElementTable::find_at_place(CollectionId collection, int64 number, Snapshot snapshot) {
    ItemPointerData root;
    return places::find(table_, hash_of(collection, number), &root) && has_block(table_, root) &&
           find_at(root, collection, number, snapshot);
}

std::optional<ItemPointerData> ElementTable::find_entry(CollectionId collection, int64 number) {
    Relation index = index_with_known_leaves();
    if (!index)
        return std::nullopt;
    Datum key[] = {Int64GetDatum(collection), Int64GetDatum(number)};
    return leaves::find(table_, index, key);
}

// Where many elements were removed lately, their entries fill the slots. Which way a pick goes must
// not depend on what it draws, or some elements would have an advantage: so the next picks take
// fewer slots, and count elements instead of entries.
uint64_t ElementTable::slots(CollectionId collection) {
    constexpr uint64_t many_slots = 128;
    constexpr int picks_to_come = 1000;
    if (std::exchange(crowd.is_new, false))
        crowd.picks_left = picks_to_come;
    if (crowd.collection == collection && crowd.picks_left > 0) {
        crowd.picks_left--;
        return few_slots;
    }
    return index_with_known_leaves() ? many_slots : few_slots;
}

std::optional<bool> ElementTable::find_in_slot(CollectionId collection, const Slot& slot,
                                               Snapshot snapshot) {
    Relation index = slot.count > few_slots ? index_with_known_leaves() : nullptr;
    if (!index)
        return std::nullopt;
    leaves::Slotted found = leaves::find_in_slot(table_, index, collection, slot);
    switch (found.state) {
        case leaves::Slotted::State::unknown:
            return std::nullopt;
        case leaves::Slotted::State::too_many:
            crowd = {collection, true, 0};
            return std::nullopt;
        case leaves::Slotted::State::empty:
            return false;
        case leaves::Slotted::State::found:
            return fetch_row(table_, found.place, snapshot, locked_for_write_, slot_, nullptr) &&
                   DatumGetInt64(column(element_collection)) == collection;
    }
    return std::nullopt;
}

Relation ElementTable::index_with_known_leaves() {
    if (!number_index_) {
        number_index_ = indexes_.on(number_columns);
        has_known_leaves_ = leaves::suit(number_index_);
    }
    return has_known_leaves_ ? number_index_ : nullptr;
}

bool ElementTable::find_at(ItemPointerData root, CollectionId collection, int64 number,
                           Snapshot snapshot) {
    return fetch_row(table_, root, snapshot, locked_for_write_, slot_, nullptr) &&
           holds(collection, number);
}

void ElementTable::begin_find(CollectionId collection, int64 number, Snapshot snapshot) {
    MemoryContext before = MemoryContextSwitchTo(memory_);
    if (!scan_)
        scan_ = scan_by_number(snapshot, 2);
    ScanKeyData* keys = equality_keys();
    keys[0].sk_argument = Int64GetDatum(collection);
    keys[1].sk_argument = Int64GetDatum(number);
    scan_->xs_snapshot = snapshot;
    index_rescan(scan_, keys, 2, nullptr, 0);
    MemoryContextSwitchTo(before);
}

// In the memory of the scan, which allocates where it happens to be.
bool ElementTable::find_next() {
    MemoryContext before = MemoryContextSwitchTo(memory_);
    bool found = false;
    while (!found && index_getnext_tid(scan_, ForwardScanDirection)) {
        bool all_dead = false;
        found = fetch_row(table_, scan_->xs_heaptid, scan_->xs_snapshot, locked_for_write_, slot_,
                          &all_dead);
        // The index marks the entry, and the next comer passes over it.
        scan_->kill_prior_tuple = all_dead && !scan_->xactStartedInRecovery;
    }
    MemoryContextSwitchTo(before);
    return found;
}

void ElementTable::note_found(CollectionId collection, int64 number, ItemPointerData root) {
    places::set(table_, hash_of(collection, number), root);
}

// Puts down where the row that was written is: for all, and, if this transaction has written or
// erased it before, for itself.
void ElementTable::note_written(const Datum* values, bool has_new_root, bool is_rewritten) {
    uint64 hash = hash_of(DatumGetInt64(values[element_collection - 1]),
                          DatumGetInt64(values[element_number - 1]));
    if (has_new_root)
        places::set(table_, hash, write_slot_->tts_tid);
    Oid table = RelationGetRelid(table_);
    if (is_rewritten || remembered::was_deleted(table, hash))
        remembered::set(table, hash, write_slot_->tts_tid);
}

void ElementTable::insert(const Datum* values) {
    fill(values);
    table_tuple_insert(table_, write_slot_, GetCurrentCommandId(true), 0, nullptr);
    indexes_.insert(write_slot_, false, false, executor_);
    note_written(values, true, false);
}

void ElementTable::update(ItemPointerData tid, const Datum* values, Snapshot snapshot) {
    fill(values);
    pg::IndexUpdate which;
    expect_done(attempt(tid, [&](bool wait) {
        TM_FailureData failure;
        return pg::update_tuple(table_, &tid, write_slot_, snapshot, wait, &failure, &which);
    }));
    if (which != pg::IndexUpdate::none)
        indexes_.insert(write_slot_, true, which == pg::IndexUpdate::summarizing, executor_);
    note_written(values, which == pg::IndexUpdate::all, true);
}

void ElementTable::erase_found(Snapshot snapshot) {
    ItemPointerData tid = slot_->tts_tid;
    expect_done(attempt(tid, [&](bool wait) {
        TM_FailureData failure;
        return table_tuple_delete(table_, &tid, GetCurrentCommandId(true), snapshot,
                                  InvalidSnapshot, wait, &failure, false);
    }));
    uint64 hash =
        hash_of(DatumGetInt64(column(element_collection)), DatumGetInt64(column(element_number)));
    remembered::set_deleted(RelationGetRelid(table_), hash);
}

bool ElementTable::erase_unless_busy(ItemPointerData tid, Snapshot snapshot) {
    TM_FailureData failure;
    return table_tuple_delete(table_, &tid, GetCurrentCommandId(true), snapshot, InvalidSnapshot,
                              false, &failure, false) == TM_Ok;
}

IndexScanDesc ElementTable::scan_by_number(Snapshot snapshot, int key_count) {
    return pg::begin_index_scan(table_, indexes_.on(number_columns), snapshot, key_count);
}

IndexScanDesc ElementTable::scan_by_order(Snapshot snapshot, int key_count) {
    constexpr AttrNumber columns[] = {element_collection, ordered_score, ordered_name};
    return pg::begin_index_scan(table_, indexes_.on(columns), snapshot, key_count);
}

}  // namespace store
