#include "cache/query_check.hpp"

#include "cache/source_build.hpp"
#include "cache/value_types.hpp"
#include "pg/version.hpp"

extern "C" {
#include "access/transam.h"
#include "nodes/nodeFuncs.h"
}

namespace cache {

namespace {

[[noreturn]] void refuse(const char* what, const char* hint) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("the result of the query cannot be cached: %s", what),
                    hint ? errhint("%s", hint) : 0));
    pg_unreachable();
}

// Functions of pg_catalog that are called stable, but tell of the session or of the catalogs, whose
// changes nobody is told of.
bool tells_of_surroundings(const char* name) {
    constexpr std::string_view beginnings[] = {"pg_", "has_", "txid_", "to_reg"};
    constexpr std::string_view names[] = {"current_setting",   "row_security_active",
                                          "col_description",   "obj_description",
                                          "shobj_description", "format_type"};
    std::string_view whole = name;
    return std::any_of(std::begin(beginnings), std::end(beginnings),
                       [&](std::string_view start) { return whole.starts_with(start); }) ||
           std::find(std::begin(names), std::end(names), whole) != std::end(names);
}

bool refuse_function(Oid function, void*) {
    HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for function %u", function);
    auto* form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
    const char* name = pstrdup(NameStr(form->proname));
    bool is_builtin = form->pronamespace == PG_CATALOG_NAMESPACE;
    char volatility = form->provolatile;
    bool is_safe = form->proparallel == PROPARALLEL_SAFE;
    ReleaseSysCache(tuple);
    if (!is_builtin)
        refuse(psprintf("it calls function %s, which may do anything", quote_identifier(name)),
               "Functions of pg_catalog that are not volatile may be called.");
    if (volatility == PROVOLATILE_VOLATILE)
        refuse(psprintf("function %s is volatile", quote_identifier(name)), nullptr);
    if (volatility == PROVOLATILE_STABLE && (!is_safe || tells_of_surroundings(name)))
        refuse(psprintf("function %s depends on more than its arguments and tables",
                        quote_identifier(name)),
               "Give its value as a parameter.");
    return false;
}

void take_relation(const RangeTblEntry* entry, List** tables) {
    if (entry->relkind == RELKIND_VIEW)
        return;  // what it was resolved to stands beside it
    const char* name = generate_table_name(entry->relid);
    if (entry->relkind != RELKIND_RELATION && entry->relkind != RELKIND_PARTITIONED_TABLE)
        refuse(psprintf("%s is no table", name), "Changes of tables only are told to the cache.");
    if (entry->tablesample)
        refuse("it samples a table", nullptr);
    *tables = list_append_unique_oid(*tables, entry->relid);
}

// A configuration for text search is often named, but seldom told.
bool is_of_text_search(Oid type) {
    return type == REGCONFIGOID || type == REGDICTIONARYOID;
}

void refuse_names(Oid type) {
    refuse(psprintf("values of type %s are written as names, which change unnoticed",
                    format_type_be(type)),
           "Cast to oid what is compared.");
}

void take_type(Oid type, QueryUse& use) {
    if (names_objects(type))
        refuse_names(type);
    if (type >= FirstNormalObjectId)
        use.types = list_append_unique_oid(use.types, type);
}

// The types of values, where they come into a query.
void take_types(Node* node, QueryUse& use) {
    switch (nodeTag(node)) {
        case T_TargetEntry:
            if (Oid type = exprType(reinterpret_cast<Node*>(castNode(TargetEntry, node)->expr));
                is_of_text_search(type))
                refuse_names(type);
            return;
        case T_CoerceViaIO:
            if (Oid type = exprType(reinterpret_cast<Node*>(castNode(CoerceViaIO, node)->arg));
                is_of_text_search(type))
                refuse_names(type);
            if (is_of_text_search(exprType(node)))
                refuse_names(exprType(node));
            break;
        case T_Var:
        case T_Const:
        case T_Param:
        case T_FuncExpr:
        case T_OpExpr:
        case T_Aggref:
        case T_WindowFunc:
        case T_RelabelType:
        case T_ArrayCoerceExpr:
        case T_CoerceToDomain:
        case T_ConvertRowtypeExpr:
        case T_FieldSelect:
        case T_RowExpr:
            break;
        default:
            return;
    }
    take_type(exprType(node), use);
}

bool walk(Node* node, void* context);

void check_query(Query* query, QueryUse& use) {
    if (query->commandType != CMD_SELECT || query->hasModifyingCTE)
        refuse("it is more than one SELECT", nullptr);
    if (query->rowMarks != NIL || query->hasForUpdate)
        refuse("it locks rows", nullptr);
    ListCell* cell;
    foreach (cell, query->rtable) {
        auto* entry = static_cast<RangeTblEntry*>(lfirst(cell));
        if (entry->rtekind == RTE_RELATION)
            take_relation(entry, &use.tables);
    }
    (void)query_tree_walker(query, pg::walker(walk), &use, 0);
}

bool walk(Node* node, void* context) {
    if (!node)
        return false;
    if (IsA(node, Query)) {
        check_query(castNode(Query, node), *static_cast<QueryUse*>(context));
        return false;
    }
    if (IsA(node, NextValueExpr))
        refuse("it draws numbers from a sequence", nullptr);
    take_types(node, *static_cast<QueryUse*>(context));
    (void)check_functions_in_node(node, refuse_function, nullptr);
    return expression_tree_walker(node, pg::walker(walk), context);
}

}  // namespace

QueryUse check_query(Query* query) {
    QueryUse use = {NIL, NIL};
    check_query(query, use);
    list_sort(use.tables, list_oid_cmp);
    return use;
}

}  // namespace cache
