// The C functions behind the commands' SQL functions, stamped from commands.def: kv_get_text,
// kv_get_bytea and so on.
#include "pg/entry.hpp"
#include "sql/run.hpp"

#define DEFINE_FORM(name, form)                                              \
    SQL_FUNCTION(kv_##name##_##form) {                                       \
        return sql::run(command::FunctionId::name, sql::Form::form, fcinfo); \
    }

#define DEFINE_FORMS(name)   \
    DEFINE_FORM(name, text)  \
    DEFINE_FORM(name, bytea) \
    DEFINE_FORM(name, any)   \
    DEFINE_FORM(name, arrays)

extern "C" {
#define COMMAND(name, ...) DEFINE_FORMS(name)
#define FUNCTION(name, ...) DEFINE_FORMS(name)
#include "command/commands.def"
#undef COMMAND
#undef FUNCTION
}
