// PostgreSQL's errors as C++ exceptions.
#pragma once

#include "pg/pg.hpp"

namespace pg {

// An error that PostgreSQL raised. After it nothing may go on before the (sub)transaction aborts;
// it is there to run destructors on the way out.
class Error : public std::exception {
public:
    explicit Error(ErrorData* data) : data_(data) {}
    const char* what() const noexcept override { return data_->message; }
    ErrorData* data() const { return data_; }

private:
    ErrorData* data_;  // in the memory context that was current at the call
};

[[noreturn]] void throw_current_error(MemoryContext context);

// Runs a function that calls PostgreSQL and throws pg::Error if it raises. Guard a whole
// operation, not each call: it costs a sigsetjmp. What lives in the function must be trivially
// destructible, for a longjmp ends it, and it must not throw.
template <class Function>
auto call(Function&& function) -> decltype(function()) {
    using Value = decltype(function());
    static_assert(std::is_void_v<Value> || std::is_trivially_destructible_v<Value>);

    sigjmp_buf* outer_handler = PG_exception_stack;
    ErrorContextCallback* outer_context = error_context_stack;
    MemoryContext memory = CurrentMemoryContext;
    sigjmp_buf handler;

    if (sigsetjmp(handler, 0) != 0) {
        PG_exception_stack = outer_handler;
        error_context_stack = outer_context;
        throw_current_error(memory);
    }
    PG_exception_stack = &handler;
    if constexpr (std::is_void_v<Value>) {
        function();
        PG_exception_stack = outer_handler;
    } else {
        Value value = function();
        PG_exception_stack = outer_handler;
        return value;
    }
}

}  // namespace pg
