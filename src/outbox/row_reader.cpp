#include "outbox/row_reader.hpp"

#include "outbox/subtransaction.hpp"

extern "C" {
#include "catalog/pg_operator.h"
#include "utils/guc.h"
#include "utils/typcache.h"
}

namespace outbox {

namespace {

// A row of a table that is locked is read again after so long.
constexpr int pause_of_locked = 1000;  // milliseconds

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
                                           {"xmloption", "content"}};
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
    CHECK_FOR_INTERRUPTS();
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
        entry->pause = verdict == relay::Verdict::stalled ? pause_of_locked : 0;
    }
}

}  // namespace

// False if a row could not be read; what it was is in the entries.
bool RowReader::try_to_read(const Watch& watch, std::span<Entry*> entries) {
    for (Entry* entry : entries)
        entry->row = std::make_unique<RowImage>();
    SPIPlanPtr& plan = plans_[watch.id];
    Subtransaction subtransaction;
    try {
        pg::call([&plan, &watch, entries] {
            if (!ConditionalLockRelationOid(watch.table, AccessShareLock))
                ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
                                errmsg("table %s is locked", watch.table_name.c_str())));
            become(owner_of(watch.table));
            SPI_connect();
            if (!plan)
                plan = prepare(watch);
            PushActiveSnapshot(GetLatestSnapshot());
            for (Entry* entry : entries)
                read_one(plan, watch, *entry);
            PopActiveSnapshot();
            SPI_finish();
        });
    } catch (const pg::Error& error) {
        int state = error.data()->sqlerrcode;
        subtransaction.roll_back();
        if (state == ERRCODE_QUERY_CANCELED)
            throw;
        mark(entries,
             state == ERRCODE_LOCK_NOT_AVAILABLE ? relay::Verdict::stalled
                                                 : relay::Verdict::refused,
             error.what());
        return false;
    }
    subtransaction.roll_back();
    return true;
}

void RowReader::read_of(const Watch& watch, std::span<Entry*> entries) {
    if (try_to_read(watch, entries) || entries.size() == 1 ||
        entries[0]->verdict == relay::Verdict::stalled)
        return;
    // One row is to be blamed, not all.
    for (size_t i = 0; i < entries.size(); i++) {
        entries[i]->verdict = relay::Verdict::done;
        entries[i]->problem.clear();
        entries[i]->pause = 0;
        try_to_read(watch, entries.subspan(i, 1));
    }
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
