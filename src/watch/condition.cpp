#include "watch/condition.hpp"

#include "watch/columns.hpp"

extern "C" {
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "utils/guc.h"
#include "utils/ruleutils.h"
}

namespace watch {

namespace {

constexpr int major_version = PG_VERSION_NUM / 10000;

[[noreturn]] void refuse(const char* text) {
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                    errmsg("condition is not a single expression: %s", text),
                    errhint("It is what may stand in a CHECK constraint: status = 'active'.")));
    pg_unreachable();
}

// The expression, of which the parser makes a SELECT.
Node* expression_in(const char* text) {
    List* statements = raw_parser(text, RAW_PARSE_PLPGSQL_EXPR);
    auto* select = castNode(SelectStmt, linitial_node(RawStmt, statements)->stmt);
    bool is_more = select->distinctClause || select->intoClause || select->fromClause ||
                   select->whereClause || select->groupClause || select->havingClause ||
                   select->windowClause || select->valuesLists || select->sortClause ||
                   select->limitOffset || select->limitCount || select->lockingClause ||
                   select->withClause || select->op != SETOP_NONE;
    if (is_more || list_length(select->targetList) != 1)
        refuse(text);
    auto* target = linitial_node(ResTarget, select->targetList);
    if (target->name)
        refuse(text);
    return target->val;
}

// What a row as a trigger sees it does not hold, or what its columns do not settle.
void check_columns(Oid table, Bitmapset* columns) {
    int member = -1;
    while ((member = bms_next_member(columns, member)) >= 0) {
        int number = member + FirstLowInvalidHeapAttributeNumber;
        if (number <= 0)
            ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                            errmsg(number == 0 ? "condition uses the whole row"
                                               : "condition uses a system column"),
                            errhint("Name the columns that it needs.")));
        if (!is_stored(table, static_cast<AttrNumber>(number)))
            ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                            errmsg("condition uses a virtual generated column"),
                            errhint("Rows do not have it; name the columns it is made of.")));
    }
}

int begin_qualified_names() {
    int settings_level = NewGUCNestLevel();
    (void)set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
                            GUC_ACTION_SAVE, true, 0, false);
    return settings_level;
}

}  // namespace

Bitmapset* columns_of_condition(Node* condition) {
    Bitmapset* offset_columns = nullptr;
    pull_varattnos(condition, 1, &offset_columns);
    return offset_columns;
}

Node* parse_condition(Relation table, const char* text) {
    ParseState* state = make_parsestate(nullptr);
    state->p_sourcetext = text;
    ParseNamespaceItem* item =
        addRangeTableEntryForRelation(state, table, AccessShareLock, nullptr, false, true);
    addNSItemToQuery(state, item, true, true, true);
    Node* condition = transformExpr(state, expression_in(text), EXPR_KIND_TRIGGER_WHEN);
    condition = coerce_to_boolean(state, condition, "condition");
    assign_expr_collations(state, condition);
    check_columns(RelationGetRelid(table), columns_of_condition(condition));
    if (contain_volatile_functions(condition))
        ereport(ERROR, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
                        errmsg("condition uses a volatile function"),
                        errhint("The same row must always meet it, or never.")));
    free_parsestate(state);
    return condition;
}

Node* parse_stored_condition(Relation table, const char* text) {
    int settings_level = begin_qualified_names();
    Node* condition = parse_condition(table, text);
    AtEOXact_GUC(true, settings_level);
    return condition;
}

char* text_of_condition(Oid table, Node* condition) {
    int settings_level = begin_qualified_names();
    List* context = deparse_context_for(get_rel_name(table), table);
    char* text = deparse_expression(condition, context, false, false);
    AtEOXact_GUC(true, settings_level);
    return text;
}

char* stored_condition(Node* condition) {
    return psprintf("%d:%s", major_version, nodeToString(condition));
}

Node* condition_of_stored(const char* stored) {
    char* tree;
    if (strtol(stored, &tree, 10) != major_version || *tree != ':')
        return nullptr;
    return static_cast<Node*>(stringToNode(tree + 1));
}

// Functions are looked up, and the right to them checked, once for a role.
Condition::Prepared Condition::prepare(MemoryContext memory) const {
    MemoryContext before = MemoryContextSwitchTo(memory);
    auto* planned = expression_planner(static_cast<Expr*>(copyObjectImpl(expression_)));
    Prepared prepared = {GetUserId(), ExecInitExpr(planned, nullptr),
                         CreateStandaloneExprContext()};
    MemoryContextSwitchTo(before);
    return prepared;
}

bool Condition::is_met(TupleTableSlot* slot, bool is_nested) {
    if (!expression_)
        return true;
    // What is being evaluated already cannot be begun anew.
    Prepared prepared = is_nested ? prepare(CurrentMemoryContext) : prepared_;
    if (!prepared.state || prepared.role != GetUserId()) {
        prepared_ = {};
        MemoryContextReset(memory_);
        prepared = prepared_ = prepare(memory_);
    }
    ResetExprContext(prepared.context);
    prepared.context->ecxt_scantuple = slot;
    bool is_null;
    Datum answer = ExecEvalExprSwitchContext(prepared.state, prepared.context, &is_null);
    return !is_null && DatumGetBool(answer);
}

}  // namespace watch
