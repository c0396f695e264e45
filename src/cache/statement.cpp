#include "cache/statement.hpp"

#include "cache/query_check.hpp"
#include "cache/query_settings.hpp"
#include "cache/source_build.hpp"
#include "cache/value_types.hpp"
#include "pg/version.hpp"

extern "C" {
#include "common/hashfn.h"
#include "nodes/nodes.h"
#include "utils/plancache.h"
}

namespace cache {

namespace {

constexpr int most_statements = 100;

// What tells one statement from another.
struct Identity {
    Oid role;
    uint64 text;  // hashes of 128 bits in all
    uint64 text_again;
};

struct Known {
    Identity identity;
    Statement* statement;
};

HTAB* known_statements = nullptr;
List* retired = NIL;  // freed at the end of the transaction

void at_transaction_end(XactEvent event, void*) {
    if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
        return;
    while (retired != NIL) {
        auto* statement = static_cast<Statement*>(linitial(retired));
        retired = list_delete_first(retired);
        SPI_freeplan(statement->plan);
        MemoryContextDelete(statement->memory);
    }
}

void retire(Statement* statement) {
    MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
    retired = lappend(retired, statement);
    MemoryContextSwitchTo(before);
}

void forget_all() {
    HASH_SEQ_STATUS walk;
    hash_seq_init(&walk, known_statements);
    while (auto* known = static_cast<Known*>(hash_seq_search(&walk))) {
        retire(known->statement);
        (void)hash_search(known_statements, &known->identity, HASH_REMOVE, nullptr);
    }
}

// 128 bits of what a stranger chooses would not do to tell two texts apart for sure; but it is the
// role itself that would have to deceive itself.
Identity identity_of(const char* query, const Parameters& parameters) {
    StringInfoData text;
    initStringInfo(&text);
    append_query_settings(&text);
    appendStringInfoString(&text, query);
    appendBinaryStringInfo(&text, reinterpret_cast<const char*>(parameters.types),
                           static_cast<int>(sizeof(Oid)) * parameters.count);
    Identity identity = {};
    auto* bytes = reinterpret_cast<const unsigned char*>(text.data);
    identity.role = GetUserId();
    identity.text = hash_bytes_extended(bytes, text.len, 0);
    identity.text_again = hash_bytes_extended(bytes, text.len, 1);
    pfree(text.data);
    return identity;
}

CachedPlanSource* source_of(const Statement& statement) {
    return static_cast<CachedPlanSource*>(linitial(SPI_plan_get_plan_sources(statement.plan)));
}

void check_is_one_select(SPIPlanPtr plan) {
    List* sources = SPI_plan_get_plan_sources(plan);
    if (list_length(sources) == 1) {
        auto* source = static_cast<CachedPlanSource*>(linitial(sources));
        if (source->raw_parse_tree && IsA(source->raw_parse_tree->stmt, SelectStmt) &&
            list_length(source->query_list) == 1 &&
            linitial_node(Query, source->query_list)->commandType == CMD_SELECT)
            return;
    }
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("only the result of one SELECT can be cached")));
}

void check_is_watched(Oid table) {
    if (sources_of_table(table))
        return;
    const char* name = generate_table_name(table);
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("the result of the query cannot be cached: nobody tells the cache of "
                           "changes of table %s",
                           name),
                    errhint("Its owner can run SELECT kv.cache_table(%s, mode => 'read').",
                            quote_literal_cstr(name))));
}

Oid* keep(const List* oids, MemoryContext memory, int* count) {
    auto size = sizeof(Oid) * static_cast<size_t>(list_length(oids) + 1);
    auto* kept = static_cast<Oid*>(MemoryContextAlloc(memory, size));
    *count = 0;
    ListCell* cell;
    foreach (cell, oids)
        kept[(*count)++] = lfirst_oid(cell);
    return kept;
}

// Looks at the query that the plan was made from.
void look_at(Statement& statement) {
    CachedPlanSource* source = source_of(statement);
    Query* query = linitial_node(Query, source->query_list);
    QueryUse use = check_query(query);
    ListCell* cell;
    foreach (cell, use.tables)
        check_is_watched(lfirst_oid(cell));
    const char* tree = nodeToString(query);
    statement.shape = hash_bytes_extended(reinterpret_cast<const unsigned char*>(tree),
                                          static_cast<int>(strlen(tree)), 0);
    statement.bypasses = source->dependsOnRLS;
    statement.tables = keep(use.tables, statement.memory, &statement.table_count);
    statement.types = keep(use.types, statement.memory, &statement.type_count);
}

Statement* prepare(const char* query, const Parameters& parameters) {
    SPIPlanPtr plan = SPI_prepare_cursor(
        query, parameters.count, const_cast<Oid*>(parameters.types), CURSOR_OPT_GENERIC_PLAN);
    if (!plan)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("only the result of one SELECT can be cached")));
    check_is_one_select(plan);
    MemoryContext memory =
        AllocSetContextCreate(CacheMemoryContext, "pg_kv cached query", ALLOCSET_SMALL_SIZES);
    auto* statement = static_cast<Statement*>(MemoryContextAllocZero(memory, sizeof(Statement)));
    statement->memory = memory;
    statement->generation = -1;
    SPI_keepplan(plan);
    statement->plan = plan;
    return statement;
}

void create_table() {
    HASHCTL control = {};
    control.keysize = sizeof(Identity);
    control.entrysize = sizeof(Known);
    control.hcxt = TopMemoryContext;
    known_statements = hash_create("pg_kv cached queries", most_statements, &control,
                                   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

}  // namespace

Statement& find_statement(const char* query, const Parameters& parameters) {
    if (!known_statements)
        create_table();
    Identity identity = identity_of(query, parameters);
    auto* known = static_cast<Known*>(hash_search(known_statements, &identity, HASH_FIND, nullptr));
    if (known)
        return *known->statement;
    Statement* statement = prepare(query, parameters);
    if (hash_get_num_entries(known_statements) >= most_statements)
        forget_all();
    known = static_cast<Known*>(hash_search(known_statements, &identity, HASH_ENTER, nullptr));
    known->statement = statement;
    return *statement;
}

void check_statement(Statement& statement) {
    CachedPlan* plan = SPI_plan_get_cached_plan(statement.plan);
    if (!plan)
        elog(ERROR, "a cached query has no plan");
    if (plan->generation != statement.generation) {
        look_at(statement);
        statement.generation = plan->generation;
    }
    pg::check_rights(linitial_node(PlannedStmt, plan->stmt_list));
    ReleaseCachedPlan(plan, CurrentResourceOwner);
}

uint64 shape_of(const Statement& statement) {
    uint64 shape = statement.shape;
    for (int i = 0; i < statement.table_count; i++) {
        check_is_watched(statement.tables[i]);
        shape = hash_combine64(shape, sources_of_table(statement.tables[i])->shape);
    }
    TypeLook look = {shape, NIL};
    for (int i = 0; i < statement.type_count; i++)
        if (const char* problem = look_at_type(statement.types[i], look))
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("the result of the query cannot be cached: %s", problem)));
    return look.shape;
}

void install_statements() {
    RegisterXactCallback(at_transaction_end, nullptr);
}

}  // namespace cache
