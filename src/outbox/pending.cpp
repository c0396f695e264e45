#include "outbox/pending.hpp"

#include "outbox/relations.hpp"
#include "pg/guard.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "access/xlog.h"
}

namespace outbox::pending {

namespace {

using pg::spi::Argument;

// Arrays, as arguments of statements
// ---------------------------------------------------------------

// The parts of an array's element type.
struct Element {
    Oid type;
    Oid array;
    int16 size;
    bool by_value;
    char alignment;
};

constexpr Element int4_element = {INT4OID, INT4ARRAYOID, 4, true, 'i'};
constexpr Element char_element = {CHAROID, CHARARRAYOID, 1, true, 'c'};
constexpr Element bytea_element = {BYTEAOID, BYTEAARRAYOID, -1, false, 'i'};
constexpr Element text_element = {TEXTOID, TEXTARRAYOID, -1, false, 'i'};
constexpr Element time_element = {TIMESTAMPTZOID, TIMESTAMPTZARRAYOID, 8, true, 'd'};

// An array whose elements a function gives. Calls PostgreSQL.
template <class Function>
Argument array_of(const Element& element, size_t count, Function&& datum_of) {
    auto* datums = static_cast<Datum*>(palloc(sizeof(Datum) * (count + 1)));
    for (size_t i = 0; i < count; i++)
        datums[i] = datum_of(i);
    return {element.array,
            PointerGetDatum(construct_array(datums, static_cast<int>(count), element.type,
                                            element.size, element.by_value, element.alignment))};
}

Datum varlena(core::Bytes bytes) {
    return PointerGetDatum(cstring_to_text_with_len(bytes.data(), static_cast<int>(bytes.size())));
}

// The texts of a key's columns, as an array's text.
Datum identity_text(const Change& change) {
    auto* texts = static_cast<Datum*>(palloc(sizeof(Datum) * (change.identity.size() + 1)));
    int count = 0;
    for (const std::string& text : change.identity)
        texts[count++] = varlena(text);
    ArrayType* array = construct_array(texts, count, TEXTOID, -1, false, 'i');
    return CStringGetTextDatum(OidOutputFunctionCall(F_ARRAY_OUT, PointerGetDatum(array)));
}

// Of changes, or of pointers to them, or of what has one.
const Change& change_of(const Change* change) {
    return *change;
}
const Change& change_of(const Left& left) {
    return *left.change;
}
const Change& change_of(const Entry& entry) {
    return entry;
}

template <class Item>
Argument watches_of(std::span<Item> items) {
    return array_of(int4_element, items.size(),
                    [&](size_t i) { return Int32GetDatum(change_of(items[i]).watch); });
}
template <class Item>
Argument keys_of(std::span<Item> items) {
    return array_of(bytea_element, items.size(),
                    [&](size_t i) { return varlena(change_of(items[i]).key); });
}
template <class Item>
Argument operations_of(std::span<Item> items) {
    return array_of(char_element, items.size(),
                    [&](size_t i) { return CharGetDatum(change_of(items[i]).operation); });
}

Argument identities_of(std::span<const Left> items) {
    return array_of(text_element, items.size(),
                    [&](size_t i) { return identity_text(change_of(items[i])); });
}
Argument times_of(std::span<const Left> items) {
    return array_of(time_element, items.size(),
                    [&](size_t i) { return TimestampTzGetDatum(change_of(items[i]).since); });
}
Argument tries_of(std::span<const Left> items) {
    return array_of(int4_element, items.size(),
                    [&](size_t i) { return Int32GetDatum(change_of(items[i]).tries); });
}
Argument pauses_of(std::span<const Left> items) {
    return array_of(int4_element, items.size(),
                    [&](size_t i) { return Int32GetDatum(items[i].pause); });
}
Argument problems_of(std::span<const Left> items) {
    return array_of(text_element, items.size(),
                    [&](size_t i) { return varlena(items[i].problem); });
}

// All keys of a watch have an empty digest, which no key has.
#define DIGEST(source) \
    "CASE WHEN " source ".operation = 't' THEN ''::bytea ELSE sha256(" source ".key) END"

// What changes nothing is not written: a million changes of a key cost one row, and one write.
constexpr const char* put_sql =
    "INSERT INTO kv.relay_pending AS pending (watch, digest, key, operation, identity, since,"
    " tries, retry_at, last_error) SELECT new.watch, " DIGEST("new") ", new.key, new.operation,"
    " new.identity::text[], new.since, new.tries,"
    " clock_timestamp() + new.pause * interval '1 ms', nullif(new.problem, '')"
    " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)"
    " AS new (watch, key, operation, identity, since, tries, pause, problem)"
    " ON CONFLICT (watch, digest) DO UPDATE"
    " SET operation = excluded.operation, identity = excluded.identity"
    " WHERE (pending.operation, pending.identity) IS DISTINCT FROM"
    " (excluded.operation, excluded.identity)";

constexpr const char* are_there_sql =
    "SELECT new.place::integer - 1 FROM unnest($1, $2, $3) WITH ORDINALITY"
    " AS new (watch, key, operation, place) JOIN kv.relay_pending AS pending"
    " ON pending.watch = new.watch AND pending.digest = " DIGEST("new");

constexpr const char* remove_sql =
    "DELETE FROM kv.relay_pending AS pending USING unnest($1, $2, $3)"
    " AS old (watch, key, operation)"
    " WHERE pending.watch = old.watch AND pending.digest = " DIGEST("old");

constexpr const char* postpone_sql =
    "UPDATE kv.relay_pending AS pending SET tries = old.tries, last_error = old.problem,"
    " retry_at = clock_timestamp() + old.pause * interval '1 ms'"
    " FROM unnest($1, $2, $3, $4, $5, $6) AS old (watch, key, operation, tries, pause, problem)"
    " WHERE pending.watch = old.watch AND pending.digest = " DIGEST("old");

constexpr const char* bury_sql =
    "INSERT INTO kv.relay_dead (watch, key, operation, identity, since, tries, reason, died_at)"
    " SELECT old.watch, old.key, old.operation, old.identity::text[], old.since, old.tries,"
    " old.problem, clock_timestamp() FROM unnest($1, $2, $3, $4, $5, $6, $7)"
    " AS old (watch, key, operation, identity, since, tries, problem)";

constexpr const char* read_sql =
    "SELECT ctid, watch, key, operation, identity, since, tries FROM kv.relay_pending"
    " WHERE ctid > $1 AND retry_at <= clock_timestamp() AND watch = ANY ($2) LIMIT $3";

constexpr const char* next_due_sql =
    "SELECT min(retry_at) FROM kv.relay_pending WHERE watch = ANY ($1)";

Argument ids(const std::vector<int32>& watches) {
    return array_of(int4_element, watches.size(),
                    [&](size_t i) { return Int32GetDatum(watches[i]); });
}

// The place of a column in read_sql.
enum Column {
    place_column = 1,
    watch_column,
    key_column,
    operation_column,
    identity_column,
    since_column,
    tries_column
};

// The texts of an array, as C strings.
std::span<char*> texts_of(Datum array) {
    Datum* datums;
    int count;
    deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, 'i', &datums, nullptr, &count);
    auto** texts = static_cast<char**>(palloc(sizeof(char*) * static_cast<size_t>(count + 1)));
    for (int i = 0; i < count; i++)
        texts[i] = TextDatumGetCString(datums[i]);
    return {texts, static_cast<size_t>(count)};
}

void take_row(Batch& batch, HeapTuple row, TupleDesc columns, ItemPointerData& place) {
    Datum values[tries_column + 1];
    bool is_null = false;
    for (int column = place_column; column <= tries_column; column++)
        if (column != identity_column)
            values[column] = heap_getattr(row, column, columns, &is_null);
    Datum identity = heap_getattr(row, identity_column, columns, &is_null);
    std::span<char*> texts = is_null ? std::span<char*>() : texts_of(identity);
    bytea* key = DatumGetByteaPP(values[key_column]);
    // From here on nothing raises.
    place = *reinterpret_cast<ItemPointer>(DatumGetPointer(values[place_column]));
    Change change;
    change.watch = DatumGetInt32(values[watch_column]);
    change.key.assign(VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key));
    change.operation = DatumGetChar(values[operation_column]);
    change.since = DatumGetTimestampTz(values[since_column]);
    change.tries = DatumGetInt32(values[tries_column]);
    change.identity.assign(texts.begin(), texts.end());
    batch.add(std::move(change), false);
}

}  // namespace

void put(std::span<const Left> changes) {
    if (changes.empty())
        return;
    pg::call([changes] {
        pg::spi::execute(relations().owner, put_sql,
                         {watches_of(changes), keys_of(changes), operations_of(changes),
                          identities_of(changes), times_of(changes), tries_of(changes),
                          pauses_of(changes), problems_of(changes)});
    });
}

std::vector<bool> are_there(std::span<const Entry> entries) {
    std::vector<bool> found(entries.size());
    pg::call([entries, &found] {
        pg::spi::walk_rows(relations().owner, are_there_sql,
                           {watches_of(entries), keys_of(entries), operations_of(entries)},
                           [&found](HeapTuple row, TupleDesc columns) {
                               bool is_null;
                               Datum place = heap_getattr(row, 1, columns, &is_null);
                               found[static_cast<size_t>(DatumGetInt32(place))] = true;
                           });
    });
    return found;
}

void remove(std::span<const Change* const> changes) {
    if (changes.empty())
        return;
    pg::call([changes] {
        pg::spi::execute(relations().owner, remove_sql,
                         {watches_of(changes), keys_of(changes), operations_of(changes)});
    });
}

void postpone(std::span<const Left> changes) {
    if (changes.empty())
        return;
    pg::call([changes] {
        pg::spi::execute(relations().owner, postpone_sql,
                         {watches_of(changes), keys_of(changes), operations_of(changes),
                          tries_of(changes), pauses_of(changes), problems_of(changes)});
    });
}

void bury(std::span<const Left> changes) {
    if (changes.empty())
        return;
    pg::call([changes] {
        pg::spi::execute(relations().owner, bury_sql,
                         {watches_of(changes), keys_of(changes), operations_of(changes),
                          identities_of(changes), times_of(changes), tries_of(changes),
                          problems_of(changes)});
    });
}

bool read(Batch& batch, const std::vector<int32>& watches, ItemPointerData& place, int limit) {
    pg::call([&] {
        ItemPointerData begin = place;
        pg::spi::walk_rows(
            relations().owner, read_sql,
            {{TIDOID, PointerGetDatum(&begin)}, ids(watches), {INT8OID, Int64GetDatum(limit)}},
            [&](HeapTuple row, TupleDesc columns) { take_row(batch, row, columns, place); });
    });
    return batch.entries.size() >= static_cast<size_t>(limit);
}

std::optional<TimestampTz> next_due(const std::vector<int32>& watches) {
    std::optional<TimestampTz> due;
    pg::call([&] {
        pg::spi::walk_rows(relations().owner, next_due_sql, {ids(watches)},
                           [&due](HeapTuple row, TupleDesc columns) {
                               bool is_null;
                               Datum time = heap_getattr(row, 1, columns, &is_null);
                               if (!is_null)
                                   due = DatumGetTimestampTz(time);
                           });
    });
    return due;
}

uint64 remove_orphans() {
    return pg::call([] {
        return pg::spi::execute(relations().owner,
                                "DELETE FROM kv.relay_pending AS pending WHERE NOT EXISTS (SELECT"
                                " FROM kv.watch WHERE watch.id = pending.watch AND watch.target IS"
                                " NOT NULL)");
    });
}

bool enter_new_timeline() {
    return pg::call([] {
        // A dump that is restored elsewhere is another history, too.
        const char* history = psprintf(UINT64_FORMAT "/%u/%u", GetSystemIdentifier(), MyDatabaseId,
                                       GetWALInsertionTimeLine());
        Oid owner = relations().owner;
        std::optional<int64> is_same =
            pg::spi::query_integer(owner, "SELECT (history = $1)::integer FROM kv.relay_timeline",
                                   {pg::spi::text(history)});
        if (is_same == 1)
            return false;
        if (is_same)
            pg::spi::execute(
                owner,
                "INSERT INTO kv.relay_pending (watch, digest, key, operation, since, retry_at)"
                " SELECT id, '', '', 't', clock_timestamp(), clock_timestamp() FROM kv.watch"
                " WHERE target IS NOT NULL ON CONFLICT DO NOTHING");
        pg::spi::execute(owner,
                         "INSERT INTO kv.relay_timeline (history) VALUES ($1)"
                         " ON CONFLICT (only_row) DO UPDATE SET history = excluded.history",
                         {pg::spi::text(history)});
        return is_same.has_value();
    });
}

// A crash empties the UNLOGGED tables of cache databases, and with them a table with a mark.
bool note_crash() {
    return pg::call([] {
        return pg::spi::execute(
                   relations().owner,
                   "WITH mark AS (INSERT INTO kv.mirror_mark VALUES (true)"
                   " ON CONFLICT DO NOTHING RETURNING true)"
                   " INSERT INTO kv.relay_pending (watch, digest, key, operation, since, retry_at)"
                   " SELECT id, '', '', 't', clock_timestamp(), clock_timestamp()"
                   " FROM kv.watch JOIN kv.database_map ON number = db"
                   " WHERE storage = 'c' AND target IS NOT NULL AND EXISTS (SELECT FROM mark)"
                   " ON CONFLICT DO NOTHING") > 0;
    });
}

}  // namespace outbox::pending
