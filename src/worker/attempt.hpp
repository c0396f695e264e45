// Work that may fail without ending the worker.
#pragma once

#include "pg/pg.hpp"

namespace worker {

// Runs a function, which must leave nothing behind that needs a destructor. If it raises, the
// transaction is rolled back, the error logged if `is_worth_logging` of its SQLSTATE, and a copy of
// it returned, in the memory context that was current at the call.
template <class Function>
ErrorData* attempt(bool (*is_worth_logging)(int sqlstate), Function&& function) {
    MemoryContext memory = CurrentMemoryContext;
    ErrorData* volatile error = nullptr;
    PG_TRY();
    { function(); }
    PG_CATCH();
    {
        HOLD_INTERRUPTS();
        if (is_worth_logging(geterrcode()))
            EmitErrorReport();
        MemoryContextSwitchTo(memory);
        error = CopyErrorData();
        FlushErrorState();
        AbortCurrentTransaction();
        MemoryContextSwitchTo(memory);
        RESUME_INTERRUPTS();
    }
    PG_END_TRY();
    return error;
}

}  // namespace worker
