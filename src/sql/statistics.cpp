// Functions behind kv.stats and kv.info().
#include "pg/statistics.hpp"
#include "command/command.hpp"
#include "pg/entry.hpp"

extern "C" {
#include "utils/tuplestore.h"
}

namespace sql {

namespace {

// A row for each database number.
void add_counters(ReturnSetInfo* rows) {
    for (int database = 0; database < pg::statistics::database_count; database++) {
        pg::statistics::Counters counters = pg::statistics::read(database);
        Datum values[] = {
            Int32GetDatum(database),          UInt64GetDatum(counters.commands),
            UInt64GetDatum(counters.hits),    UInt64GetDatum(counters.misses),
            UInt64GetDatum(counters.expired), BoolGetDatum(pg::statistics::are_shared())};
        bool nulls[std::size(values)] = {};
        tuplestore_putvalues(rows->setResult, rows->setDesc, values, nulls);
    }
}

// A row for each command that was called.
void add_calls(ReturnSetInfo* rows) {
    for (const command::Command& command : command::all()) {
        uint64 calls = pg::statistics::calls_of_command(static_cast<int>(command.id));
        if (calls == 0)
            continue;
        Datum values[] = {CStringGetTextDatum(command.name), UInt64GetDatum(calls)};
        bool nulls[std::size(values)] = {};
        tuplestore_putvalues(rows->setResult, rows->setDesc, values, nulls);
    }
}

Datum return_rows(FunctionCallInfo fcinfo, void (*add)(ReturnSetInfo*)) {
    InitMaterializedSRF(fcinfo, 0);
    add(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo));
    PG_RETURN_NULL();
}

}  // namespace

}  // namespace sql

extern "C" {

SQL_FUNCTION(kv_counters) {
    return sql::return_rows(fcinfo, sql::add_counters);
}

SQL_FUNCTION(kv_command_calls) {
    return sql::return_rows(fcinfo, sql::add_calls);
}
}
