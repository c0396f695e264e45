// Success or an error, as a value: what a command answers inside the engine. The doors turn an
// error into an ereport or into a Redis error reply.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "core/bytes.hpp"

namespace core {

enum class ErrorCode {
#define ERROR_ROW(name, ...) name,
#include "core/errors.def"
#undef ERROR_ROW
};

struct Error {
    ErrorCode code;
    std::string subject;  // fills the '%s' of the text
    std::string detail;   // for people; not part of Redis's reply

    const char* prefix() const;    // Redis's error code, such as ERR or WRONGTYPE
    const char* sqlstate() const;  // five characters
    const char* hint() const;      // empty if there is none
    std::string message() const;   // Redis's text without the prefix
    std::string reply() const;     // prefix and message, as Redis sends them
};

class [[nodiscard]] Status {
public:
    Status() = default;
    Status(ErrorCode code, std::string subject = {}, std::string detail = {})  // NOLINT: implicit
        : error_(new Error{code, std::move(subject), std::move(detail)}) {}

    bool ok() const { return error_ == nullptr; }
    explicit operator bool() const { return ok(); }
    const Error& error() const { return *error_; }

private:
    std::unique_ptr<Error> error_;
};

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::move(value)) {}           // NOLINT: implicit
    Result(Status failure) : state_(std::move(failure)) {}  // NOLINT: implicit
    Result(ErrorCode code) : state_(Status(code)) {}        // NOLINT: implicit

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }
    T& operator*() { return std::get<0>(state_); }
    const T& operator*() const { return std::get<0>(state_); }
    Status status() && { return std::move(std::get<1>(state_)); }

private:
    std::variant<T, Status> state_;
};

}  // namespace core

// Leave the function with the error of a Status, if it has one.
#define RETURN_IF_ERROR(expression)                             \
    do {                                                        \
        if (core::Status status_ = (expression); !status_.ok()) \
            return status_;                                     \
    } while (0)
