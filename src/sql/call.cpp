// kv.call: any command by its name and arguments, answered in the bytes of the Redis protocol.
#include "command/function.hpp"
#include "command/resp_reply.hpp"
#include "pg/command_right.hpp"
#include "pg/entry.hpp"
#include "pg/settings.hpp"
#include "pg/statistics.hpp"
#include "sql/run.hpp"
#include "store/table_store.hpp"

namespace sql {

namespace {

// The VARIADIC array of arguments, in the memory context of the call.
std::span<const Bytes> take_arguments(FunctionCallInfo fcinfo) {
    ArrayType* array = PG_GETARG_ARRAYTYPE_P(0);
    Datum* elements;
    bool* nulls;
    int size;
    deconstruct_array(array, BYTEAOID, -1, false, TYPALIGN_INT, &elements, &nulls, &size);
    if (size == 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("no command given"),
                        errhint("For example: SELECT kv.call('SET', 'key', 'value').")));
    auto* arguments = static_cast<Bytes*>(
        MemoryContextAllocHuge(CurrentMemoryContext, static_cast<size_t>(size) * sizeof(Bytes)));
    for (int i = 0; i < size; i++) {
        if (nulls[i])
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("a command's argument must not be null")));
        struct varlena* value = PG_DETOAST_DATUM_PACKED(elements[i]);
        arguments[i] = {VARDATA_ANY(value), static_cast<size_t>(VARSIZE_ANY_EXHDR(value))};
    }
    return {arguments, static_cast<size_t>(size)};
}

Datum to_bytea(const std::string& bytes) {
    return pg::call([&] {
        auto* datum = static_cast<bytea*>(palloc(bytes.size() + VARHDRSZ));
        SET_VARSIZE(datum, bytes.size() + VARHDRSZ);
        memcpy(VARDATA(datum), bytes.data(), bytes.size());
        return PointerGetDatum(datum);
    });
}

Datum call(FunctionCallInfo fcinfo) {
    std::span<const Bytes> arguments = pg::call([&] { return take_arguments(fcinfo); });
    core::Result<const command::Command*> resolved = command::resolve(arguments);
    if (!resolved)
        throw pg::CommandError(std::move(resolved).status().error());
    const command::Command& command = **resolved;
    if ((command.flags & command::CONNECTION) != 0)
        throw pg::CommandError({core::ErrorCode::needs_connection, command.name, {}});
    int database = 0;
    bool allowed = false;
    pg::call([&] {
        database = current_database();
        allowed = pg::may_run(command::main_function(command).name, GetUserId());
        if (allowed)
            check_may_write(command);
    });
    if (!allowed)
        throw pg::CommandError({core::ErrorCode::no_permission, command.name, {}});

    std::string output;
    command::RespReply reply(output);
    store::TableStore store(pg::settings::prefix());
    pg::statistics::count_command(static_cast<int>(command.id), database);
    command::Call call{command, arguments, database, store, reply};
    if (core::Status status = command.handler(call); !status)
        throw pg::CommandError(status.error());
    store.finish();
    return to_bytea(output);
}

}  // namespace

}  // namespace sql

extern "C" {

SQL_FUNCTION(kv_call) {
    return pg::entry([&] { return sql::call(fcinfo); });
}
}
