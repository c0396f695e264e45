#include "pg/spi.hpp"

extern "C" {
#include "executor/spi.h"
#include "utils/guc.h"
}

namespace pg::spi {

namespace {

// What was set for the statement, to be set back. An error leaves that to the transaction's abort.
struct Surroundings {
    Oid role;
    int security;
    int settings_level;
};

Surroundings enter(Oid role) {
    Surroundings before;
    GetUserIdAndSecContext(&before.role, &before.security);
    SetUserIdAndSecContext(role, before.security | SECURITY_LOCAL_USERID_CHANGE);
    before.settings_level = NewGUCNestLevel();
    (void)set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
                            GUC_ACTION_SAVE, true, 0, false);
    SPI_connect();
    return before;
}

void leave(const Surroundings& before) {
    SPI_finish();
    AtEOXact_GUC(true, before.settings_level);
    SetUserIdAndSecContext(before.role, before.security);
}

void run(const char* sql, std::initializer_list<Argument> arguments) {
    constexpr int most_arguments = 20;
    Oid types[most_arguments];
    Datum values[most_arguments];
    char nulls[most_arguments] = {};
    int count = 0;
    for (const Argument& argument : arguments) {
        types[count] = argument.type;
        nulls[count] = argument.is_null ? 'n' : ' ';
        values[count++] = argument.value;
    }
    int result = SPI_execute_with_args(sql, count, types, values, nulls, false, 0);
    if (result < 0)
        elog(ERROR, "SPI error %d in: %s", result, sql);
}

}  // namespace

uint64 execute(Oid role, const char* sql, std::initializer_list<Argument> arguments) {
    Surroundings before = enter(role);
    run(sql, arguments);
    uint64 rows = SPI_processed;
    leave(before);
    return rows;
}

std::optional<int64> query_integer(Oid role, const char* sql,
                                   std::initializer_list<Argument> arguments) {
    Surroundings before = enter(role);
    run(sql, arguments);
    std::optional<int64> value;
    if (SPI_processed > 0 && SPI_tuptable) {
        TupleDesc row = SPI_tuptable->tupdesc;
        bool is_null;
        Datum datum = SPI_getbinval(SPI_tuptable->vals[0], row, 1, &is_null);
        if (!is_null)
            value = SPI_gettypeid(row, 1) == INT8OID   ? DatumGetInt64(datum)
                    : SPI_gettypeid(row, 1) == INT2OID ? static_cast<int64>(DatumGetInt16(datum))
                                                       : static_cast<int64>(DatumGetInt32(datum));
    }
    leave(before);
    return value;
}

void walk(Oid role, const char* sql, std::initializer_list<Argument> arguments,
          core::FunctionRef<void(std::span<const char* const> columns)> visit) {
    constexpr int most_columns = 16;
    Surroundings before = enter(role);
    run(sql, arguments);
    TupleDesc row = SPI_tuptable->tupdesc;
    const char* columns[most_columns];
    for (uint64 i = 0; i < SPI_processed; i++) {
        for (int column = 0; column < row->natts; column++)
            columns[column] = SPI_getvalue(SPI_tuptable->vals[i], row, column + 1);
        visit({columns, static_cast<size_t>(row->natts)});
    }
    leave(before);
}

void walk_rows(Oid role, const char* sql, std::initializer_list<Argument> arguments,
               core::FunctionRef<void(HeapTuple row, TupleDesc columns)> visit) {
    Surroundings before = enter(role);
    run(sql, arguments);
    for (uint64 i = 0; i < SPI_processed; i++)
        visit(SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
    leave(before);
}

}  // namespace pg::spi
