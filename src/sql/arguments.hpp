// A SQL function's arguments as the command's: each door hands a handler the same.
#pragma once

#include "command/function.hpp"
#include "command/signature.hpp"
#include "pg/pg.hpp"

namespace sql {

using core::Bytes;

// The overloads of a command's function.
enum class Form {
    text,    // keys and values are text
    bytea,   // keys and values are bytea
    any,     // keys are text, values are of any type
    arrays,  // an array of keys and an array of values
};

// A SQL function as it is called.
struct Function {
    const command::Function& row;
    const command::Command& command;
    std::span<const command::Parameter> parameters;
};
const Function& function_of(command::FunctionId id);

// The number of the session's database. May raise.
int current_database();

// Filled within pg::call: it allocates from the current memory context, may raise, and leaves
// nothing to destroy.
class Arguments {
public:
    void bind(const Function& function, Form form, FunctionCallInfo fcinfo);

    std::span<const Bytes> view() const { return {items_, count_}; }
    // The number of the database to use.
    int database() const { return database_; }

private:
    static constexpr size_t first_capacity = 16;

    void add(Bytes bytes);
    void add_integer(int64 value);
    void add_value(Oid type, Datum value);
    void bind_command_name(const command::Command& command);
    void bind_parameter(const command::Parameter& parameter, FunctionCallInfo fcinfo, int position);
    void bind_variadic(const command::Parameter& parameter, FunctionCallInfo fcinfo, Form form);
    void bind_array(const char* name, ArrayType* array);
    void bind_arrays(FunctionCallInfo fcinfo);
    void bind_expanded(FunctionCallInfo fcinfo);
    void bind_database(FunctionCallInfo fcinfo, int position);

    Bytes* items_;
    size_t count_;
    size_t capacity_;
    int database_;
    Bytes first_[first_capacity];
};

}  // namespace sql
