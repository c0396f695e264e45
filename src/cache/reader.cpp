#include "cache/reader.hpp"

#include "cache/events.hpp"
#include "cache/locks.hpp"
#include "pg/guard.hpp"

namespace cache {

namespace {

// What is done about one key. Trivially destructible.
struct Request {
    Source* source;
    Part parts[INDEX_MAX_KEYS];
    bool has_null;  // then no row can have the key
    bool looks_in_cache;
    Bytes name;
    uint64 hash;

    bool is_answered;
    bool exists;
    Datum json;
};

// A snapshot of one serializable transaction's reads would not show that it read the table. And a
// transaction sees what it changed itself before the trigger has told the cache.
bool may_look(const Source& source) {
    return source.rights != Rights::bypass && !IsolationIsSerializable() && !RecoveryInProgress() &&
           !locks::may_have_changed(source.table, source.has_partitions);
}

bool may_fill_from(const Source& source) {
    return source.rights == Rights::all && fills::is_possible();
}

void prepare(Request& request, Source& source, Jsonb* key) {
    request = {};
    request.source = &source;
    parts_of(source, key, request.parts);
    for (int i = 0; i < source.column_count; i++)
        request.has_null = request.has_null || request.parts[i].is_null;
}

Datum to_jsonb(Bytes body) {
    auto* json = static_cast<struct varlena*>(palloc(body.size() + VARHDRSZ));
    SET_VARSIZE(json, body.size() + VARHDRSZ);
    memcpy(VARDATA(json), body.data(), body.size());
    return PointerGetDatum(json);
}

Bytes body_of(Datum json) {
    return {VARDATA(DatumGetPointer(json)), VARSIZE(DatumGetPointer(json)) - VARHDRSZ};
}

void look(Request& request, store::KeyTable* table, Snapshot snapshot) {
    store::RowKey key;
    key.set(store::cached_rows, request.name);
    request.hash = key.hash();
    Entry entry;
    if (!find_entry(table, key, snapshot, entry) || entry.header.shape != request.source->shape)
        return;
    request.is_answered = true;
    request.exists = entry.header.kind == Kind::row;
    if (request.exists)
        request.json = to_jsonb(entry.body);
}

// By a snapshot of its own: under REPEATABLE READ the transaction's, and what is cached as it says
// is what the table would say.
void look_in_cache(Request& request) {
    store::KeyTable* table =
        store::KeyTable::open(store::Storage::cache, store::KeyTable::Use::read);
    look(request, table, GetTransactionSnapshot());
    table->close();
}

void take(Request& request, const FoundRow& row) {
    request.is_answered = true;
    request.exists = row.exists;
    request.json = row.json;
}

// False if it is not going to be cached.
bool remember(const Request& request, const FoundRow& row, const Lifetimes& lifetimes) {
    if (row.exists)
        return fills::add_row(*request.source, request.name, body_of(row.json), row.version,
                              lifetimes.of_row);
    return lifetimes.of_absence > 0 &&
           fills::add_absence(*request.source, request.parts, request.name, lifetimes.of_absence);
}

std::optional<Datum> answer(const Request& request) {
    return request.exists ? std::optional(request.json) : std::nullopt;
}

// Leaves the request unanswered if it must be read from the table; may_fill then tells whether it
// may be cached.
void try_cache(Request& request, bool& may_fill) {
    if (!may_look(*request.source))
        return;
    request.name = name_of(*request.source, request.parts);
    look_in_cache(request);
    may_fill = !request.is_answered && may_fill_from(*request.source);
    if (!may_fill || !fills::wait_for_other(request.hash))
        return;
    look_in_cache(request);
    if (request.is_answered) {
        fills::let_others_fill(request.hash);
        may_fill = false;
    }
}

// The requests that the cache has not answered, by one query.
void query_all(Source& source, Request* const* missing, int count, FoundRow* rows) {
    auto columns = static_cast<size_t>(source.column_count);
    auto* parts = static_cast<Part*>(palloc(sizeof(Part) * columns * static_cast<size_t>(count)));
    for (int i = 0; i < count; i++)
        std::copy_n(missing[i]->parts, columns, parts + static_cast<size_t>(i) * columns);
    query_rows(source, parts, count, GetTransactionSnapshot(), rows);
    for (int i = 0; i < count; i++)
        take(*missing[i], rows[i]);
}

void look_for_all(Source& source, std::span<Request> requests) {
    store::KeyTable* table =
        store::KeyTable::open(store::Storage::cache, store::KeyTable::Use::read);
    Snapshot snapshot = GetTransactionSnapshot();
    for (Request& request : requests) {
        if (request.has_null)
            continue;
        request.name = name_of(source, request.parts);
        look(request, table, snapshot);
    }
    table->close();
}

template <class Element>
std::span<Element> allocate(size_t count) {
    return {static_cast<Element*>(MemoryContextAllocExtended(
                CurrentMemoryContext, sizeof(Element) * std::max<size_t>(count, 1),
                MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO)),
            count};
}

}  // namespace

std::optional<Datum> read_row(Oid table, Jsonb* key, const Lifetimes& lifetimes) {
    Request request;
    FoundRow row;
    bool may_fill = false;
    pg::call([&] {
        Source& source = find_source(table, key);
        check_rights(source);
        prepare(request, source, key);
        if (request.has_null)
            return;
        try_cache(request, may_fill);
        events::tell(request.is_answered ? events::Event::hit : events::Event::miss, table, key);
        if (request.is_answered)
            return;
        row = query_row(source, request.parts, GetTransactionSnapshot());
        take(request, row);
    });
    if (may_fill && !remember(request, row, lifetimes))
        pg::call([&] { fills::let_others_fill(request.hash); });
    return answer(request);
}

void read_rows(Oid table, std::span<Jsonb* const> keys, const Lifetimes& lifetimes,
               std::optional<Datum>* values) {
    if (keys.empty())
        return;
    std::span<Request> requests;
    std::span<Request*> missing;
    std::span<FoundRow> rows;
    int missing_count = 0;
    bool may_fill = false;
    pg::call([&] {
        requests = allocate<Request>(keys.size());
        missing = allocate<Request*>(keys.size());
        rows = allocate<FoundRow>(keys.size());
        Source& source = find_source(table, keys[0]);
        check_rights(source);
        for (size_t i = 0; i < keys.size(); i++) {
            check_key(source, keys[i]);
            prepare(requests[i], source, keys[i]);
        }
        if (may_look(source)) {
            look_for_all(source, requests);
            may_fill = may_fill_from(source);
        }
        for (size_t i = 0; i < keys.size(); i++) {
            Request& request = requests[i];
            events::tell(request.is_answered ? events::Event::hit : events::Event::miss, table,
                         keys[i]);
            if (!request.is_answered && !request.has_null)
                missing[static_cast<size_t>(missing_count++)] = &request;
        }
        if (missing_count > 0)
            query_all(source, missing.data(), missing_count, rows.data());
    });
    if (may_fill)
        for (int i = 0; i < missing_count; i++)
            (void)remember(*missing[static_cast<size_t>(i)], rows[static_cast<size_t>(i)],
                           lifetimes);
    for (size_t i = 0; i < keys.size(); i++)
        values[i] = answer(requests[i]);
}

}  // namespace cache
