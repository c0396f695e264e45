#include "sql/run.hpp"

#include "pg/entry.hpp"
#include "pg/settings.hpp"
#include "pg/statistics.hpp"
#include "sql/json_reply.hpp"
#include "sql/row_reply.hpp"
#include "sql/scan_reply.hpp"
#include "store/table_store.hpp"

namespace sql {

void check_may_write(const command::Command& command) {
    if (!command.writes() || !(XactReadOnly || IsInParallelMode()))
        return;
    char name[64];
    snprintf(name, sizeof(name), "kv.%s()", command.name);
    PreventCommandIfReadOnly(name);
    PreventCommandIfParallelMode(name);
}

namespace {

Datum answer(const command::Command& command, const Arguments& arguments, DatumReply& reply,
             FunctionCallInfo fcinfo) {
    store::TableStore store(pg::settings::prefix());
    command::Call call{command, arguments.view(), arguments.database(), store, reply};
    pg::statistics::count_command(static_cast<int>(command.id), arguments.database());
    if (!command::arity_fits(command, call.size()))
        throw pg::CommandError({core::ErrorCode::wrong_arity, command.name, {}});
    if (core::Status status = command.handler(call); !status)
        throw pg::CommandError(status.error());
    store.finish();
    return reply.result(fcinfo);
}

// Answers with the kind of reply that the function's result takes.
Datum answer(const Function& function, Form form, const Arguments& arguments,
             FunctionCallInfo fcinfo) {
    ResultShape shape = shape_of(function.row.result);
    switch (shape.style) {
        case ResultShape::Style::value: {
            ValueReply reply(shape.columns[0], form);
            return answer(function.command, arguments, reply, fcinfo);
        }
        case ResultShape::Style::json: {
            JsonReply reply;
            return answer(function.command, arguments, reply, fcinfo);
        }
        case ResultShape::Style::scan: {
            ScanReply reply(shape, form, fcinfo);
            return answer(function.command, arguments, reply, fcinfo);
        }
        default: {
            RowReply reply(shape, form, arguments.asked(), fcinfo);
            return answer(function.command, arguments, reply, fcinfo);
        }
    }
}

}  // namespace

Datum run(command::FunctionId id, Form form, FunctionCallInfo fcinfo) {
    return pg::entry([&] {
        const Function& function = function_of(id);
        Arguments arguments;
        pg::call([&] {
            check_may_write(function.command);
            arguments.bind(function, form, fcinfo);
        });
        return answer(function, form, arguments, fcinfo);
    });
}

}  // namespace sql
