// kv.call: any command by its name and arguments, answered in the bytes of the Redis protocol.
#include "command/resp_reply.hpp"
#include "pg/entry.hpp"
#include "pg/settings.hpp"
#include "pg/statistics.hpp"
#include "pg/version.hpp"
#include "sql/run.hpp"
#include "store/table_store.hpp"

extern "C" {
#include "catalog/pg_proc.h"
#include "utils/catcache.h"
}

namespace sql {

namespace {

// The function whose EXECUTE privilege is the right to the command: its bytea form, or its only
// one.
Oid function_oid(const command::Command& command) {
    const command::Function& row = command::main_function(command);
    char symbols[2][NAMEDATALEN];
    snprintf(symbols[0], NAMEDATALEN, "kv_%s_bytea", row.name);
    snprintf(symbols[1], NAMEDATALEN, "kv_%s_text", row.name);
    Oid schema = get_namespace_oid("kv", false);
    Oid found = InvalidOid;
    CatCList* list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(row.name));
    for (int i = 0; i < list->n_members; i++) {
        HeapTuple tuple = &list->members[i]->tuple;
        auto* form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
        if (form->pronamespace != schema)
            continue;
        bool is_null;
        char* symbol = TextDatumGetCString(
            SysCacheGetAttr(PROCNAMEARGSNSP, tuple, Anum_pg_proc_prosrc, &is_null));
        if (strcmp(symbol, symbols[0]) == 0)
            found = form->oid;
        else if (strcmp(symbol, symbols[1]) == 0 && !OidIsValid(found))
            found = form->oid;
    }
    ReleaseSysCacheList(list);
    return found;
}

bool may_execute(const command::Command& command) {
    Oid function = function_oid(command);
    return OidIsValid(function) && pg::may_execute_function(function, GetUserId());
}

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
        allowed = may_execute(command);
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
