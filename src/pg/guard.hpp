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

// Puts back the handler of PostgreSQL's errors, however the scope is left.
class HandlerGuard {
public:
    HandlerGuard() = default;
    HandlerGuard(const HandlerGuard&) = delete;
    ~HandlerGuard() {
        PG_exception_stack = handler_;
        error_context_stack = context_;
    }

private:
    sigjmp_buf* handler_ = PG_exception_stack;
    ErrorContextCallback* context_ = error_context_stack;
};

// Runs a function that calls PostgreSQL and throws pg::Error if it raises. Guard a whole
// operation, not each call: it costs a sigsetjmp. What lives in the function must be trivially
// destructible, for a longjmp ends it.
template <class Function>
auto call(Function&& function) -> decltype(function()) {
    using Value = decltype(function());
    static_assert(std::is_void_v<Value> || std::is_trivially_destructible_v<Value>);

    HandlerGuard outer;
    MemoryContext memory = CurrentMemoryContext;
    sigjmp_buf handler;

    if (sigsetjmp(handler, 0) != 0)
        throw_current_error(memory);
    PG_exception_stack = &handler;
    return function();
}

}  // namespace pg
