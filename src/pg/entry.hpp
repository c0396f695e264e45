// Where PostgreSQL calls into us: C++ exceptions become PostgreSQL errors, after every destructor
// has run.
#pragma once

#include "core/status.hpp"
#include "pg/guard.hpp"

// Begins a function that SQL calls: SQL_FUNCTION(kv_example) { ... }, within extern "C".
#define SQL_FUNCTION(name)     \
    PG_FUNCTION_INFO_V1(name); \
    PGDLLEXPORT Datum name([[maybe_unused]] PG_FUNCTION_ARGS)

namespace pg {

// A command's error, thrown at the SQL door.
class CommandError : public std::exception {
public:
    explicit CommandError(const core::Error& error) : error_(error) {}
    const core::Error& error() const { return error_; }

private:
    core::Error error_;
};

// An exception, put into PostgreSQL's words. Plain data, so that raising it leaves nothing behind.
struct Failure {
    ErrorData* rethrow = nullptr;
    int sqlstate = ERRCODE_INTERNAL_ERROR;
    const char* message = nullptr;
    const char* detail = nullptr;
    const char* hint = nullptr;

    static Failure of_current_exception() noexcept;
    [[noreturn]] void raise() const;
};

// Runs a function that may throw and raises what it throws.
template <class Function>
auto entry(Function&& function) -> decltype(function()) {
    Failure failure;
    try {
        return function();
    } catch (...) {
        failure = Failure::of_current_exception();
    }
    failure.raise();
}

}  // namespace pg
