#include "sql/run.hpp"

#include "pg/entry.hpp"
#include "pg/settings.hpp"
#include "pg/statistics.hpp"
#include "sql/datum_reply.hpp"
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

Datum run(command::FunctionId id, Form form, FunctionCallInfo fcinfo) {
    return pg::entry([&] {
        const Function& function = function_of(id);
        const command::Command& command = function.command;
        Arguments arguments;
        pg::call([&] {
            check_may_write(command);
            arguments.bind(function, form, fcinfo);
        });

        store::TableStore store(pg::settings::prefix());
        DatumReply reply(function.row.result, form, arguments.view().subspan(1), fcinfo);
        command::Call call{command, arguments.view(), arguments.database(), store, reply};
        pg::statistics::count_command(static_cast<int>(command.id), arguments.database());
        if (!command::arity_fits(command, call.size()))
            throw pg::CommandError({core::ErrorCode::wrong_arity, command.name, {}});
        if (core::Status status = command.handler(call); !status)
            throw pg::CommandError(status.error());
        store.finish();
        return reply.result();
    });
}

}  // namespace sql
