// kv.cache_query: the result of a query, from the cache as long as none of its tables changed.
#include "cache/fills.hpp"
#include "cache/locks.hpp"
#include "cache/query_settings.hpp"
#include "cache/reader.hpp"
#include "cache/result.hpp"
#include "cache/statement.hpp"
#include "pg/entry.hpp"
#include "watch/canonical_output.hpp"

extern "C" {
#include "catalog/pg_proc.h"
#include "nodes/makefuncs.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"
}

namespace cache {

namespace {

enum Argument { argument_key, argument_ttl, argument_query, first_parameter };

struct Request {
    Bytes key;
    const char* query;
    Parameters parameters;
    int64 lifetime;

    uint64 shape;
    Bytes name;
    uint64 hash;
    bool may_fill;
};

void append(StringInfo name, Bytes bytes) {
    auto size = static_cast<uint32>(bytes.size());
    appendBinaryStringInfo(name, reinterpret_cast<const char*>(&size), sizeof(size));
    appendBinaryStringInfo(name, bytes.data(), static_cast<int>(size));
}

template <class Number>
void append_number(StringInfo name, Number number) {
    appendBinaryStringInfo(name, reinterpret_cast<const char*>(&number), sizeof(number));
}

void append_parameter(StringInfo name, const Parameters& parameters, int i) {
    append_number(name, parameters.types[i]);
    append_number(name, parameters.nulls[i]);
    if (parameters.nulls[i] == 'n')
        return;
    Oid output;
    bool is_varlena;
    getTypeOutputInfo(parameters.types[i], &output, &is_varlena);
    bool is_to_fix = watch::depends_on_settings(parameters.types[i]);
    int level = is_to_fix ? watch::begin_canonical_output() : 0;
    append(name, OidOutputFunctionCall(output, parameters.values[i]));
    if (is_to_fix)
        watch::end_canonical_output(level);
}

// The role is in it, so that none gets what another was given.
Bytes name_of(const Request& request) {
    StringInfoData name;
    initStringInfo(&name);
    append(&name, request.key);
    append_number(&name, GetUserId());
    append_number(&name, GetSessionUserId());
    append_query_settings(&name);
    append(&name, request.query);
    for (int i = 0; i < request.parameters.count; i++)
        append_parameter(&name, request.parameters, i);
    return {name.data, static_cast<size_t>(name.len)};
}

// See reader.cpp for the reasons.
bool may_look(const Statement& statement) {
    if (statement.bypasses || IsolationIsSerializable() || RecoveryInProgress())
        return false;
    return std::none_of(statement.tables, statement.tables + statement.table_count, [](Oid table) {
        bool has_partitions = get_rel_relkind(table) == RELKIND_PARTITIONED_TABLE;
        return locks::may_have_changed(table, has_partitions);
    });
}

std::span<const Oid> tables_of(const Statement& statement) {
    return {statement.tables, static_cast<size_t>(statement.table_count)};
}

// A change that the snapshot sees and the result's did not see makes the result out of date.
bool look(Request& request, const Statement& statement, Result& result) {
    store::RowKey key;
    key.set(store::cached_queries, request.name);
    request.hash = key.hash();
    store::KeyTable* table =
        store::KeyTable::open(store::Storage::cache, store::KeyTable::Use::read);
    Snapshot snapshot = RegisterSnapshot(GetTransactionSnapshot());
    Entry entry;
    bool found = find_entry(table, key, snapshot, entry) && entry.header.shape == request.shape;
    if (found) {
        // What is found lies in a page, which the table lets go when it is closed.
        auto* copy = static_cast<char*>(palloc(entry.body.size()));
        memcpy(copy, entry.body.data(), entry.body.size());
        found = unpack_result({copy, entry.body.size()}, result);
    }
    table->close();
    found = found &&
            !store::table_changes::changed_since(result.horizon, tables_of(statement), snapshot);
    UnregisterSnapshot(snapshot);
    return found;
}

// Makes JSON of a record, as SELECT to_jsonb(record) does.
Datum to_jsonb(Datum record) {
    static FmgrInfo* function = nullptr;
    if (!function) {
        MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
        auto* found = static_cast<FmgrInfo*>(palloc0(sizeof(FmgrInfo)));
        fmgr_info(F_TO_JSONB, found);
        fmgr_info_set_expr(reinterpret_cast<Node*>(
                               makeFuncExpr(F_TO_JSONB, JSONBOID,
                                            list_make1(makeNullConst(RECORDOID, -1, InvalidOid)),
                                            InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL)),
                           found);
        function = found;
        MemoryContextSwitchTo(before);
    }
    return FunctionCall1(function, record);
}

// The rows of the query as JSON, in the memory context given.
std::span<Datum> run(const Statement& statement, const Request& request, Snapshot snapshot,
                     MemoryContext memory) {
    int result =
        SPI_execute_snapshot(statement.plan, const_cast<Datum*>(request.parameters.values),
                             request.parameters.nulls, snapshot, InvalidSnapshot, true, false, 0);
    if (result != SPI_OK_SELECT)
        elog(ERROR, "SPI error %d in a cached query", result);
    TupleDesc row = BlessTupleDesc(SPI_tuptable->tupdesc);
    MemoryContext before = MemoryContextSwitchTo(memory);
    auto* rows = static_cast<Datum*>(
        MemoryContextAllocHuge(memory, sizeof(Datum) * static_cast<size_t>(SPI_processed + 1)));
    for (uint64 i = 0; i < SPI_processed; i++) {
        CHECK_FOR_INTERRUPTS();
        rows[i] = to_jsonb(heap_copy_tuple_as_datum(SPI_tuptable->vals[i], row));
    }
    MemoryContextSwitchTo(before);
    return {rows, static_cast<size_t>(SPI_processed)};
}

void put_row(ReturnSetInfo* result, Datum row) {
    bool is_null = false;
    tuplestore_putvalues(result->setResult, result->setDesc, &row, &is_null);
}

// Answers from the cache, or returns what may be cached of what it answered instead.
Bytes answer(Request& request, ReturnSetInfo* result, MemoryContext memory) {
    Statement& statement = find_statement(request.query, request.parameters);
    check_statement(statement);
    request.shape = shape_of(statement);
    bool looks = may_look(statement);
    request.may_fill = false;
    if (looks) {
        request.name = name_of(request);
        Result found;
        bool is_there = look(request, statement, found);
        request.may_fill = !is_there && fills::is_possible();
        if (request.may_fill && fills::wait_for_other(request.hash) &&
            look(request, statement, found)) {
            fills::let_others_fill(request.hash);
            request.may_fill = false;
            is_there = true;
        }
        if (is_there) {
            for (int i = 0; i < found.row_count; i++)
                put_row(result, next_row(found.rows));
            return {};
        }
    }
    if (request.may_fill && store::table_changes::has_prepared_change(tables_of(statement))) {
        request.may_fill = false;
        fills::let_others_fill(request.hash);
    }
    Snapshot snapshot = RegisterSnapshot(GetTransactionSnapshot());
    std::span<Datum> rows = run(statement, request, snapshot, memory);
    for (Datum row : rows)
        put_row(result, row);
    Bytes packed;
    if (request.may_fill) {
        MemoryContext before = MemoryContextSwitchTo(memory);
        request.name = Bytes(static_cast<char*>(memcpy(palloc(request.name.size()),
                                                       request.name.data(), request.name.size())),
                             request.name.size());
        packed = pack_result(store::table_changes::horizon_of(snapshot), rows);
        MemoryContextSwitchTo(before);
    }
    UnregisterSnapshot(snapshot);
    return packed;
}

void take_parameter(FunctionCallInfo fcinfo, int argument, Parameters& parameters) {
    int i = parameters.count++;
    Oid type = get_fn_expr_argtype(fcinfo->flinfo, argument);
    bool is_null = PG_ARGISNULL(argument);
    parameters.nulls[i] = is_null ? 'n' : ' ';
    parameters.values[i] = is_null ? Datum(0) : PG_GETARG_DATUM(argument);
    if (type == UNKNOWNOID) {
        type = TEXTOID;
        if (!is_null)
            parameters.values[i] = CStringGetTextDatum(DatumGetCString(parameters.values[i]));
    }
    parameters.types[i] = type;
}

void take_arguments(FunctionCallInfo fcinfo, Request& request) {
    constexpr const char* names[] = {"key", "ttl", "query"};
    for (int i = 0; i < first_parameter; i++)
        if (PG_ARGISNULL(i) && i != argument_ttl)
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("argument \"%s\" must not be null", names[i])));
    request.key = text_to_cstring(PG_GETARG_TEXT_PP(argument_key));
    constexpr size_t longest_key = 512;  // so that it stands whole in the names of its results
    if (request.key.size() > longest_key)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("a key must not be longer than %zu bytes", longest_key)));
    request.query = text_to_cstring(PG_GETARG_TEXT_PP(argument_query));
    request.lifetime = lifetimes_of(fcinfo, argument_ttl).of_row;
    request.parameters.count = 0;
    if (get_fn_expr_variadic(fcinfo->flinfo))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("parameters must be given one by one, not as an array")));
    for (int i = first_parameter; i < PG_NARGS(); i++)
        take_parameter(fcinfo, i, request.parameters);
}

void cache_query(FunctionCallInfo fcinfo) {
    auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    Request request;
    Bytes packed;
    pg::call([&] {
        take_arguments(fcinfo, request);
        InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
        MemoryContext memory = CurrentMemoryContext;
        SPI_connect();
        packed = answer(request, result, memory);
        SPI_finish();
    });
    bool is_added =
        !packed.empty() &&
        fills::add_result(request.name, pack_entry({request.shape, Kind::result, {}}, packed),
                          request.lifetime);
    if (request.may_fill && !is_added)
        pg::call([&] { fills::let_others_fill(request.hash); });
}

// The names of a key's results begin with it.
int64 forget_results(Bytes key) {
    StringInfoData prefix;
    initStringInfo(&prefix);
    append(&prefix, key);
    store::KeyTable* table =
        store::KeyTable::open(store::Storage::cache, store::KeyTable::Use::write);
    int64 removed = remove_entries(table, store::cached_queries,
                                   {prefix.data, static_cast<size_t>(prefix.len)}, Busy::skip);
    table->close();
    return removed;
}

}  // namespace

}  // namespace cache

extern "C" {

SQL_FUNCTION(kv_cache_forget_query) {
    return pg::entry([&] {
        return pg::call([&] {
            PreventCommandIfReadOnly("kv.cache_forget_query()");
            PreventCommandIfParallelMode("kv.cache_forget_query()");
            text* key = PG_GETARG_TEXT_PP(0);
            return Int64GetDatum(cache::forget_results(
                {VARDATA_ANY(key), static_cast<size_t>(VARSIZE_ANY_EXHDR(key))}));
        });
    });
}

SQL_FUNCTION(kv_cache_query) {
    pg::entry([&] { cache::cache_query(fcinfo); });
    PG_RETURN_NULL();
}
}
