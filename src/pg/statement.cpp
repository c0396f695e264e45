#include "pg/statement.hpp"

#include "pg/version.hpp"

extern "C" {
#include "tcop/utility.h"
}

namespace pg::statement {

namespace {

ExecutorRun_hook_type next_executor_run = nullptr;
ProcessUtility_hook_type next_process_utility = nullptr;
void (*release_callback)(End) = nullptr;

int depth = 0;  // of nested ExecutorRun calls
bool kept = false;
int kept_depth = 0;  // the run at whose end it is released: its resource owner is that run's
SubTransactionId kept_in = InvalidSubTransactionId;

void release(End how) {
    if (!kept)
        return;
    kept = false;
    release_callback(how);
}

void executor_run(EXECUTOR_RUN_PARAMETERS) {
    depth++;
    PG_TRY();
    {
        if (next_executor_run)
            next_executor_run(EXECUTOR_RUN_ARGUMENTS);
        else
            standard_ExecutorRun(EXECUTOR_RUN_ARGUMENTS);
        if (depth == kept_depth)
            release(End::normal);
    }
    PG_CATCH();
    {
        if (depth == kept_depth)
            release(End::error);
        depth--;
        PG_RE_THROW();
    }
    PG_END_TRY();
    depth--;
}

void process_utility(PlannedStmt* statement, const char* text, bool read_only_tree,
                     ProcessUtilityContext context, ParamListInfo parameters,
                     QueryEnvironment* environment, DestReceiver* destination,
                     QueryCompletion* completion) {
    release_now();
    if (next_process_utility)
        next_process_utility(statement, text, read_only_tree, context, parameters, environment,
                             destination, completion);
    else
        standard_ProcessUtility(statement, text, read_only_tree, context, parameters, environment,
                                destination, completion);
}

void at_transaction_end(XactEvent event, void*) {
    switch (event) {
        case XACT_EVENT_PRE_COMMIT:
        case XACT_EVENT_PARALLEL_PRE_COMMIT:
        case XACT_EVENT_PRE_PREPARE:
            release(End::normal);
            break;
        case XACT_EVENT_ABORT:
        case XACT_EVENT_PARALLEL_ABORT:
            release(End::error);
            depth = 0;
            break;
        default:
            break;
    }
}

void at_subtransaction_end(SubXactEvent event, SubTransactionId id, SubTransactionId, void*) {
    if (!kept || kept_in != id)
        return;
    if (event == SUBXACT_EVENT_PRE_COMMIT_SUB)
        release(End::normal);
    else if (event == SUBXACT_EVENT_ABORT_SUB)
        release(End::error);
}

}  // namespace

void install_hooks(void (*release_what_is_kept)(End)) {
    release_callback = release_what_is_kept;
    next_executor_run = ExecutorRun_hook;
    ExecutorRun_hook = executor_run;
    next_process_utility = ProcessUtility_hook;
    ProcessUtility_hook = process_utility;
    RegisterXactCallback(at_transaction_end, nullptr);
    RegisterSubXactCallback(at_subtransaction_end, nullptr);
}

bool may_keep() {
    return depth > 0 && (!kept || (kept_depth == depth && kept_in == GetCurrentSubTransactionId()));
}

void begin_span() {
    depth++;
}

void end_span() {
    if (depth == kept_depth)
        release(End::normal);
    depth--;
}

void keep() {
    kept = true;
    kept_depth = depth;
    kept_in = GetCurrentSubTransactionId();
}

void release_now() {
    release(End::normal);
}

}  // namespace pg::statement
