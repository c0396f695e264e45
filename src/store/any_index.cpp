#include "store/any_index.hpp"

#include "pg/version.hpp"

namespace store {

void AnyIndex::insert(Relation table, TupleTableSlot* slot, bool is_update, bool only_summarizing,
                      MemoryContext memory, EState*& executor) {
    MemoryContext before = MemoryContextSwitchTo(memory);
    if (!executor)
        executor = CreateExecutorState();
    if (!info_)
        info_ = BuildIndexInfo(relation_);
    ExprContext* context = GetPerTupleExprContext(executor);
    context->ecxt_scantuple = slot;
    if (info_->ii_Predicate != NIL && !predicate_)
        predicate_ = ExecPrepareQual(info_->ii_Predicate, executor);
    MemoryContextSwitchTo(GetPerTupleMemoryContext(executor));
    bool is_wanted = !only_summarizing || pg::index_is_summarizing(info_);
    if (is_wanted && (!predicate_ || ExecQual(predicate_, context))) {
        Datum values[INDEX_MAX_KEYS];
        bool nulls[INDEX_MAX_KEYS];
        FormIndexDatum(info_, slot, executor, values, nulls);
        bool is_unique = relation_->rd_index->indisunique;
        index_insert(relation_, values, nulls, &slot->tts_tid, table,
                     is_unique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO, is_update && !is_unique,
                     info_);
    }
    MemoryContextSwitchTo(before);
    ResetPerTupleExprContext(executor);
}

}  // namespace store
