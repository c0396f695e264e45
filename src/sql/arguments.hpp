// A SQL function's arguments as the command's: each door hands a handler the same.
#pragma once

#include "command/function.hpp"
#include "command/signature.hpp"
#include "sql/argument_list.hpp"

namespace sql {

// The overloads of a command's function.
enum class Form {
    text,    // keys and values are text
    bytea,   // keys and values are bytea
    any,     // keys are text, values are of any type
    arrays,  // two arrays that go together: of keys or fields and values, or of scores and members
};

// A SQL function as it is called.
struct Function {
    const command::Function& row;
    const command::Command& command;
    const command::Signature& signature;
};
const Function& function_of(command::FunctionId id);

// The number of the session's database. May raise.
int current_database();

// Filled within pg::call: it allocates from the current memory context, may raise, and leaves
// nothing to destroy.
class Arguments {
public:
    void bind(const Function& function, Form form, FunctionCallInfo fcinfo);

    std::span<const Bytes> view() const { return list_.view(); }
    // The number of the database to use.
    int database() const { return database_; }
    // Those of the VARIADIC parameter, which some functions answer one by one.
    std::span<const Bytes> asked() const { return view().subspan(asked_); }

private:
    ArgumentList list_;
    size_t asked_;
    int database_;
};

}  // namespace sql
