#include "outbox/row_reader.hpp"

#include "outbox/delivery.hpp"
#include "outbox/subtransaction.hpp"

extern "C" {
#include "catalog/pg_operator.h"
#include "utils/guc.h"
#include "utils/timeout.h"
#include "utils/typcache.h"
}

namespace outbox {

namespace {

// A row of a table that is locked, or whose turn has not come, is read after so long.
constexpr int pause_of_stalled = 1000;  // milliseconds

// To read a row may run any code of its table's owner, who is not to hold up the others' changes:
// one row is given so long,
constexpr int row_limit = 5000;  // milliseconds
// and no further row of a table is read once those before it took so long.
constexpr int64 table_limit = 1000;  // milliseconds

// What ends a row's time. A timeout of its own, since the session that called kv.relay_drain() may
// have started the others.
namespace row_clock {

volatile sig_atomic_t has_struck = 0;

// In a signal handler, which sets the latch.
void strike() {
    has_struck = 1;
    QueryCancelPending = true;
    InterruptPending = true;
}

TimeoutId timeout() {
    static const TimeoutId registered = RegisterTimeout(USER_TIMEOUT, strike);
    return registered;
}

// Returns whether the time was over.
bool stop() {
    disable_timeout(timeout(), false);
    if (!has_struck)
        return false;
    has_struck = 0;
    QueryCancelPending = false;
    return true;
}

// Strikes again for code that has trapped the first error.
void start() {
    (void)stop();
    enable_timeout_every(timeout(), TimestampTzPlusMilliseconds(GetCurrentTimestamp(), row_limit),
                         row_limit);
}

}  // namespace row_clock

// Whether somebody has cancelled the statement, rather than raised an error of that SQLSTATE.
bool is_cancel(const ErrorData& error) {
    return error.sqlerrcode == ERRCODE_QUERY_CANCELED && error.funcname &&
           strcmp(error.funcname, "ProcessInterrupts") == 0;
}

// As whom and how the rows are read, until the subtransaction ends.
void become(Oid owner) {
    Oid user;
    int security;
    GetUserIdAndSecContext(&user, &security);
    SetUserIdAndSecContext(owner, security | SECURITY_RESTRICTED_OPERATION);
    (void)NewGUCNestLevel();
    // The texts of keys are the same for every session, and so are the rows'.
    constexpr const char* settings[][2] = {{"search_path", "pg_catalog, pg_temp"},
                                           {"datestyle", "ISO, MDY"},
                                           {"intervalstyle", "postgres"},
                                           {"timezone", "UTC"},
                                           {"extra_float_digits", "1"},
                                           {"bytea_output", "hex"},
                                           {"xmloption", "content"},
                                           {"lock_timeout", "200"}};
    for (const auto& [name, value] : settings)
        (void)set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                                false);
}

// "column OPERATOR(schema.=) $1::type", by the type's own equality, wherever it is.
void append_comparison(StringInfo sql, Oid table, const char* column, int parameter) {
    AttrNumber number = get_attnum(table, column);
    if (number == InvalidAttrNumber)
        ereport(ERROR,
                (errcode(ERRCODE_UNDEFINED_COLUMN),
                 errmsg("column \"%s\" of table %s does not exist", column, get_rel_name(table))));
    Oid type;
    int32 modifier;
    Oid collation;
    get_atttypetypmodcoll(table, number, &type, &modifier, &collation);
    TypeCacheEntry* cached = lookup_type_cache(type, TYPECACHE_EQ_OPR);
    if (!OidIsValid(cached->eq_opr))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("type %s has no equality", format_type_be(type))));
    HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(cached->eq_opr));
    auto* equality = reinterpret_cast<Form_pg_operator>(GETSTRUCT(tuple));
    appendStringInfo(sql, "%s%s OPERATOR(%s.%s) CAST($%d AS %s)", parameter > 1 ? " AND " : "",
                     quote_identifier(column),
                     quote_identifier(get_namespace_name(equality->oprnamespace)),
                     NameStr(equality->oprname), parameter,
                     format_type_extended(type, modifier,
                                          FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
    ReleaseSysCache(tuple);
}

SPIPlanPtr prepare(const Watch& watch) {
    StringInfoData sql;
    initStringInfo(&sql);
    const char* table = quote_qualified_identifier(
        get_namespace_name(get_rel_namespace(watch.table)), get_rel_name(watch.table));
    appendStringInfo(&sql,
                     watch.format == Format::json ? "SELECT row_to_json(%s.*) FROM %s WHERE "
                                                  : "SELECT %s.* FROM %s WHERE ",
                     table, table);
    int count = 0;
    Oid types[INDEX_MAX_KEYS];
    for (const std::string& column : watch.columns) {
        if (count == INDEX_MAX_KEYS)
            ereport(ERROR, (errcode(ERRCODE_TOO_MANY_COLUMNS), errmsg("too many columns in key")));
        types[count++] = TEXTOID;
        append_comparison(&sql, watch.table, column.c_str(), count);
    }
    if (!watch.condition.empty())
        appendStringInfo(&sql, " AND (%s)", watch.condition.c_str());
    SPIPlanPtr plan = SPI_prepare(sql.data, count, types);
    if (!plan || SPI_keepplan(plan) != 0)
        elog(ERROR, "could not prepare: %s", sql.data);
    return plan;
}

void take_row(RowImage& image, Format format) {
    HeapTuple row = SPI_tuptable->vals[0];
    TupleDesc columns = SPI_tuptable->tupdesc;
    image.is_there = true;
    if (format == Format::json) {
        const char* json = SPI_getvalue(row, columns, 1);
        image.json = json ? json : "null";
        return;
    }
    for (int number = 1; number <= columns->natts; number++)
        if (const char* value = SPI_getvalue(row, columns, number))
            image.fields.emplace_back(NameStr(TupleDescAttr(columns, number - 1)->attname), value);
}

void read_one(SPIPlanPtr plan, const Watch& watch, Entry& entry) {
    Datum values[INDEX_MAX_KEYS];
    for (size_t i = 0; i < entry.identity.size(); i++)
        values[i] = PointerGetDatum(cstring_to_text_with_len(
            entry.identity[i].data(), static_cast<int>(entry.identity[i].size())));
    int result = SPI_execute_plan(plan, values, nullptr, true, 1);
    if (result < 0)
        elog(ERROR, "SPI error %d", result);
    if (SPI_processed > 0)
        take_row(*entry.row, watch.format);
    SPI_freetuptable(SPI_tuptable);
    CHECK_FOR_INTERRUPTS();
}

Oid owner_of(Oid table) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
    if (!HeapTupleIsValid(tuple))
        ereport(ERROR,
                (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("table %u does not exist", table)));
    Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
    ReleaseSysCache(tuple);
    return owner;
}

void mark(std::span<Entry*> entries, relay::Verdict verdict, const char* problem) {
    for (Entry* entry : entries) {
        entry->row.reset();
        entry->verdict = verdict;
        entry->problem = problem;
        entry->pause = verdict == relay::Verdict::stalled ? pause_of_stalled : 0;
    }
}

}  // namespace

// Reads rows until one cannot be read, or the time is over. Returns how many entries are dealt
// with: read, or marked with what went wrong.
size_t RowReader::read_some(const Watch& watch, std::span<Entry*> entries, int64 end) {
    for (Entry* entry : entries)
        if (!entry->row)
            entry->row = std::make_unique<RowImage>();
    SPIPlanPtr& plan = plans_[watch.id];
    volatile size_t count = 0;
    Subtransaction subtransaction;
    try {
        pg::call([&plan, &watch, &count, entries, end] {
            if (!ConditionalLockRelationOid(watch.table, AccessShareLock))
                ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
                                errmsg("table %s is locked", watch.table_name.c_str())));
            become(owner_of(watch.table));
            SPI_connect();
            row_clock::start();
            if (!plan)
                plan = prepare(watch);
            PushActiveSnapshot(GetLatestSnapshot());
            do {
                row_clock::start();
                read_one(plan, watch, *entries[count]);
                count = count + 1;
            } while (count < entries.size() && monotonic_now() < end);
            (void)row_clock::stop();
            PopActiveSnapshot();
            SPI_finish();
        });
    } catch (const pg::Error& error) {
        bool was_too_slow = row_clock::stop();
        subtransaction.roll_back();
        if (was_too_slow) {
            mark(entries.subspan(count, 1), relay::Verdict::refused,
                 "reading the row took too long");
            return count + 1;
        }
        if (is_cancel(*error.data()))
            throw;
        if (error.data()->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE) {
            mark(entries.subspan(count), relay::Verdict::stalled, error.what());
            return entries.size();
        }
        // One row is to be blamed, not all.
        mark(entries.subspan(count, 1), relay::Verdict::refused, error.what());
        return count + 1;
    }
    subtransaction.roll_back();
    return count;
}

void RowReader::read_of(const Watch& watch, std::span<Entry*> entries) {
    int64 end = monotonic_now() + table_limit;
    do
        entries = entries.subspan(read_some(watch, entries, end));
    while (!entries.empty() && monotonic_now() < end);
    mark(entries, relay::Verdict::stalled, "the rows before it took long to read");
}

void RowReader::read(Batch& batch) {
    std::map<int32, std::vector<Entry*>> wanted;
    for (Entry& entry : batch.entries) {
        const Watch* watch = batch.registry->watch(entry.watch);
        if (watch && watch->refresh && entry.operation != 't' && !watch->columns.empty() &&
            entry.identity.size() == watch->columns.size() && entry.verdict == relay::Verdict::done)
            wanted[entry.watch].push_back(&entry);
    }
    for (auto& [id, entries] : wanted)
        read_of(*batch.registry->watch(id), entries);
}

void RowReader::forget() {
    for (auto& [id, plan] : plans_)
        if (plan)
            SPI_freeplan(plan);
    plans_.clear();
}

}  // namespace outbox
