// What of the outbox is taken up, and what of that was left pending before.
#include <atomic>
#include <tuple>

#include "outbox/delivery.hpp"

#include "outbox/key_reader.hpp"
#include "outbox/pending.hpp"
#include "outbox/relations.hpp"
#include "pg/guard.hpp"
#include "pg/version.hpp"

extern "C" {
#include "access/xlog.h"
#include "storage/bufmgr.h"
}

namespace outbox {

namespace {

constexpr size_t keys_per_batch = 10000;
constexpr size_t bytes_per_batch = 1024 * 1024;

// Rows that are kept in mind for a target.
constexpr size_t queue_limit = 100000;

constexpr BlockNumber blocks_around = 4096;

bool comes_before(const QueuedRow& a, const QueuedRow& b) {
    return std::tie(a.at, a.table, a.block, a.offset) < std::tie(b.at, b.table, b.block, b.offset);
}

// What a row holds, in memory that ends with the transaction.
struct RowTexts {
    FixedColumns columns;
    std::span<const std::string_view> keys;
    std::span<const std::string_view> identities;
};

std::span<const std::string_view> elements_of(Datum array, Oid type) {
    Datum* datums;
    int count;
    deconstruct_array(DatumGetArrayTypeP(array), type, -1, false, 'i', &datums, nullptr, &count);
    auto* views = static_cast<std::string_view*>(
        palloc(sizeof(std::string_view) * static_cast<size_t>(count + 1)));
    for (int i = 0; i < count; i++) {
        auto* element = reinterpret_cast<varlena*>(DatumGetPointer(datums[i]));
        views[i] = {VARDATA_ANY(element), VARSIZE_ANY_EXHDR(element)};
    }
    return {views, static_cast<size_t>(count)};
}

// Reads rows by their places, and keeps the page of the last one.
class Fetcher {
public:
    explicit Fetcher(Relation (&tables)[2]) : tables_(tables) {}

    bool fetch(const QueuedRow& row, RowTexts& texts) {
        Relation table = tables_[row.table];
        if (row.block >= RelationGetNumberOfBlocks(table))
            return false;
        buffer_ = ReleaseAndReadBuffer(buffer_, table, row.block);
        LockBuffer(buffer_, BUFFER_LOCK_SHARE);
        Page page = BufferGetPage(buffer_);
        bool is_there = row.offset <= PageGetMaxOffsetNumber(page);
        ItemId item = is_there ? PageGetItemId(page, row.offset) : nullptr;
        is_there = is_there && ItemIdIsNormal(item);
        HeapTupleData tuple;
        if (is_there) {
            tuple.t_data = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item));
            tuple.t_len = ItemIdGetLength(item);
            tuple.t_tableOid = RelationGetRelid(table);
            ItemPointerSet(&tuple.t_self, row.block, row.offset);
        }
        LockBuffer(buffer_, BUFFER_LOCK_UNLOCK);
        // The pin keeps the tuple where it is.
        if (is_there)
            read(tuple, RelationGetDescr(table), texts);
        return is_there;
    }

    void close() {
        if (BufferIsValid(buffer_))
            ReleaseBuffer(buffer_);
    }

private:
    static void read(HeapTupleData& tuple, TupleDesc columns, RowTexts& texts) {
        constexpr int keys = 3;
        constexpr int identities = 4;
        Datum values[MaxHeapAttributeNumber];
        bool nulls[MaxHeapAttributeNumber];
        heap_deform_tuple(&tuple, columns, values, nulls);
        texts.columns = *reinterpret_cast<FixedColumns*>(GETSTRUCT(&tuple));
        texts.keys = elements_of(values[keys], BYTEAOID);
        texts.identities = {};
        if (!nulls[identities])
            texts.identities = elements_of(values[identities], TEXTOID);
    }

    Relation (&tables_)[2];
    Buffer buffer_ = InvalidBuffer;
};

void open_tables(Relation (&tables)[2]) {
    for (int i = 0; i < 2; i++)
        tables[i] = table_open(relations().tables[i], RowExclusiveLock);
}

void close_tables(Relation (&tables)[2]) {
    for (Relation table : tables)
        table_close(table, NoLock);
}

// Nothing raises here.
void add_changes(Batch& batch, const RelayRegistry& registry, const QueuedRow& row,
                 const RowTexts& texts) {
    const Watch* watch = registry.watch(texts.columns.watch);
    bool folds = watch && !watch->publish;
    size_t columns = texts.keys.empty() ? 0 : texts.identities.size() / texts.keys.size();
    Change change;
    for (size_t i = 0; i < std::max<size_t>(texts.keys.size(), 1); i++) {
        bool is_all = texts.columns.operation == 't' || texts.keys.empty();
        change.watch = texts.columns.watch;
        change.operation = is_all ? 't' : texts.columns.operation;
        change.since = row.committed;
        change.key = is_all ? std::string_view() : texts.keys[i];
        auto identity = texts.identities.subspan(i * columns, columns);
        change.identity.assign(identity.begin(), identity.end());
        batch.add(std::move(change), folds);
    }
}

}  // namespace

// Looking -----------------------------------------------------------------------------------------

bool Delivery::note_found(int table, const FoundRow& row) {
    if (taken_.contains(place_number(table, row.block, row.offset)))
        return true;
    QueuedRow queued = {row, table, walks_[table].file(), std::max(row.at, seen_commit_)};
    Link* link = link_of(row.watch);
    if (!link) {
        if (orphans_.size() < queue_limit)
            orphans_.push_back(queued);
        return true;
    }
    if (link->found_limit != 0 && row.at > link->found_limit)
        return true;
    link->found.push_back(queued);
    // The oldest are kept, so that what is taken up now is older than what is taken up later.
    if (link->found.size() >= 2 * queue_limit) {
        auto middle = link->found.begin() + queue_limit;
        std::nth_element(link->found.begin(), middle, link->found.end(), comes_before);
        link->found_limit = middle->at;
        link->found.erase(middle, link->found.end());
        is_cut_ = true;
    }
    return true;
}

void Delivery::queue_found(Link& link) {
    if (link.found.empty())
        return;
    for (const QueuedRow& row : link.found)
        taken_.insert(place_number(row.table, row.block, row.offset));
    link.queue.insert(link.queue.end(), link.found.begin(), link.found.end());
    std::sort(link.queue.begin(), link.queue.end(),
              [](const QueuedRow& a, const QueuedRow& b) { return comes_before(b, a); });
    link.found.clear();
    found_at_ = looked_at_;
}

void Delivery::look() {
    TimestampTz began = GetCurrentTimestamp();
    // Before the snapshot is taken: who commits after that wakes us again.
    TimestampTz commit =
        place() ? std::atomic_ref<TimestampTz>(place()->first_commit).exchange(0) : 0;
    seen_commit_ = is_cut_ ? 0 : commit;
    bool looks_around = began - looked_at_ >= 500 * 1000 || must_look_;
    looked_at_ = began;
    must_look_ = is_cut_ = false;
    for (Link& link : links_)
        link.found_limit = 0;
    pg::call([this, looks_around] {
        Relation tables[2];
        open_tables(tables);
        Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
        for (int i = 0; i < 2; i++) {
            if (looks_around)
                (void)walks_[i].look_around(tables[i], blocks_around);
            auto take = [this, i](const FoundRow& row) {
                return note_found(i, row);
            };
            walks_[i].look(
                tables[i], snapshot,
                [](void* taker, const FoundRow& row) {
                    return (*static_cast<decltype(take)*>(taker))(row);
                },
                &take);
        }
        UnregisterSnapshot(snapshot);
        close_tables(tables);
    });
    for (Link& link : links_)
        queue_found(link);
    if (!orphans_.empty())
        discard_orphans();
    look_time_ = GetCurrentTimestamp() - began;
}

// A watch that is not known may be newer than what is known of watches. What is gone now, is gone.
void Delivery::discard_orphans() {
    knows_registry_ = false;
    read_registry_if_changed();
    std::vector<OutboxRow> rows;
    for (const QueuedRow& row : orphans_) {
        if (link_of(row.watch))
            must_look_ = true;
        else
            rows.push_back({row.table, row.file, row.block, row.offset});
    }
    orphans_.clear();
    delete_rows(rows);
    if (!rows.empty())
        pg::call([count = rows.size()] {
            ereport(LOG, (errmsg("pg_kv relay discarded %zu changes of what is watched no more",
                                 count)));
        });
}

// Taking ------------------------------------------------------------------------------------------

std::string next_version() {
    char text[32];
    pg::call([&text] {
        snprintf(text, sizeof(text), "%08X%016" INT64_MODIFIER "X", GetWALInsertionTimeLine(),
                 nextval_internal(relations().versions, false));
    });
    return text;
}

Batch& Delivery::new_batch(Link& link) {
    Batch& batch = link.batches.emplace_back();
    batch.number = ++last_batch_;
    batch.registry = registry_;
    return batch;
}

void Delivery::take_from(Link& link) {
    int64 now = monotonic_now();
    if (link.is_away(now)) {
        if (!link.queue.empty() && left_ > 0)
            take_outbox(link, true);
        return;
    }
    if (!link.is_ready(now))
        return;
    if (link.has_room() && left_ > 0 && link.may_have_pending && !link.pending_on_its_way &&
        link.pending_due <= GetCurrentTimestamp())
        take_pending(link);
    while (!link.queue.empty() && link.has_room() && left_ > 0)
        take_outbox(link, false);
}

// Rows go on until the batch is full, the queue is empty, or one is gone.
void Delivery::fetch(Link& link, Batch& batch) {
    pg::call([&] {
        Relation tables[2];
        open_tables(tables);
        Fetcher fetcher(tables);
        size_t limit = std::min<int64>(keys_per_batch, left_);
        while (!link.queue.empty() && batch.entries.size() < limit &&
               batch.bytes < bytes_per_batch) {
            CHECK_FOR_INTERRUPTS();
            QueuedRow row = link.queue.back();
            RowTexts texts;
            bool is_same_file = pg::file_number(tables[row.table]) == row.file;
            bool is_there = is_same_file && fetcher.fetch(row, texts);
            link.queue.pop_back();
            if (!is_there) {
                taken_.erase(place_number(row.table, row.block, row.offset));
                continue;
            }
            batch.rows.push_back({row.table, row.file, row.block, row.offset});
            add_changes(batch, *batch.registry, row, texts);
        }
        fetcher.close();
        close_tables(tables);
    });
}

void Delivery::take_outbox(Link& link, bool is_held) {
    Batch& batch = new_batch(link);
    fetch(link, batch);
    left_ -= static_cast<int64>(batch.entries.size());
    if (is_held) {
        batch.hold_unsent();
        finish(link, batch);
        return;
    }
    if (link.may_have_pending)
        hold_what_is_pending(link, batch);
    prepare(batch);
}

void Delivery::take_pending(Link& link) {
    ItemPointerData begin;
    ItemPointerSet(&begin, 0, 0);
    bool is_whole_round = !ItemPointerIsValid(&link.pending_place);
    if (is_whole_round)
        link.pending_place = begin;
    Batch& batch = new_batch(link);
    batch.is_from_pending = true;
    int limit = static_cast<int>(std::min<int64>(keys_per_batch, left_));
    bool is_more = pending::read(batch, link.watches, link.pending_place, limit);
    if (!is_more)
        ItemPointerSetInvalid(&link.pending_place);
    if (batch.entries.empty()) {
        link.batches.pop_back();
        if (!is_whole_round)
            return;
        std::optional<TimestampTz> due = pending::next_due(link.watches);
        link.may_have_pending = due.has_value();
        link.pending_due = due.value_or(0);
        return;
    }
    link.pending_on_its_way = true;
    left_ -= static_cast<int64>(batch.entries.size());
    prepare(batch);
}

// What waits already, waits on with what is new of it, lest the two overtake each other.
void Delivery::hold_what_is_pending(Link& link, Batch& batch) {
    std::vector<bool> waits = pending::are_there(batch.entries);
    for (size_t i = 0; i < waits.size(); i++) {
        if (!waits[i])
            continue;
        batch.entries[i].is_held = true;
        batch.entries[i].verdict = relay::Verdict::stalled;
        link.pending_due = 0;
    }
}

// Draws the version, and reads rows after that.
void Delivery::prepare(Batch& batch) {
    bool needs_version =
        std::any_of(batch.entries.begin(), batch.entries.end(), [&batch](const Entry& entry) {
            const Watch* watch = batch.registry->watch(entry.watch);
            return watch && (watch->lease > 0 || watch->refresh || watch->publish);
        });
    if (!needs_version)
        return;
    batch.version = next_version();
    rows_.read(batch);
    read_keys(batch);
}

}  // namespace outbox
