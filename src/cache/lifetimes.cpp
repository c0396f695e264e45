#include "cache/reader.hpp"
#include "pg/settings_cache.hpp"

extern "C" {
#include "common/int.h"
#include "utils/timestamp.h"
}

namespace cache {

namespace {

int64 milliseconds_of(Datum interval) {
    const Interval* span = DatumGetIntervalP(interval);
    int64 days = span->month * INT64CONST(30) + span->day;
    int64 milliseconds = 0;
    bool overflow = pg_mul_s64_overflow(days, USECS_PER_DAY / 1000, &milliseconds) ||
                    pg_add_s64_overflow(milliseconds, span->time / 1000, &milliseconds);
    if (overflow || milliseconds <= 0 || milliseconds > PG_INT64_MAX / 4)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("ttl must be a positive interval"),
                        errhint("For example: interval '1 hour'.")));
    return milliseconds;
}

}  // namespace

Lifetimes lifetimes_of(FunctionCallInfo fcinfo, int argument) {
    Lifetimes lifetimes = {pg::settings::cache_ttl(), pg::settings::cache_negative_ttl()};
    if (!PG_ARGISNULL(argument)) {
        lifetimes.of_row = milliseconds_of(PG_GETARG_DATUM(argument));
        lifetimes.of_absence = std::min(lifetimes.of_absence, lifetimes.of_row);
    }
    return lifetimes;
}

}  // namespace cache
