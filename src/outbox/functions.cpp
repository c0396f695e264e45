// What SQL sees of the relay: figures, backlog, versions for who fills a cache.
#include <map>

#include "outbox/delivery.hpp"
#include "outbox/place.hpp"
#include "outbox/relations.hpp"
#include "pg/entry.hpp"
#include "relay/fill_script.hpp"

namespace outbox {

namespace {

struct Backlog {
    int64 keys = 0;
    TimestampTz oldest = 0;
};

using Backlogs = std::map<int32, Backlog>;

// By watch. A scan by the executor would tidy up pages that the relay believes to be finished.
Backlogs read_backlogs() {
    Backlogs backlogs;
    TableWalk walks[2];
    pg::call([&backlogs, &walks] {
        for (int i = 0; i < 2; i++) {
            Relation table = table_open(relations().tables[i], AccessShareLock);
            walks[i].look(
                table, GetActiveSnapshot(),
                [](void* taker, const FoundRow& row) {
                    Backlog& backlog = (*static_cast<Backlogs*>(taker))[row.watch];
                    bool is_first = backlog.keys == 0;
                    backlog.keys += row.keys;
                    backlog.oldest = is_first ? row.at : std::min(backlog.oldest, row.at);
                    return true;
                },
                &backlogs);
            table_close(table, AccessShareLock);
        }
    });
    return backlogs;
}

void put_backlogs(ReturnSetInfo* result, const Backlogs& backlogs) {
    for (const auto& [watch, backlog] : backlogs)
        pg::call([result, watch = watch, backlog = backlog] {
            Datum values[] = {Int32GetDatum(watch), Int64GetDatum(backlog.keys),
                              TimestampTzGetDatum(backlog.oldest)};
            bool nulls[3] = {};
            tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
        });
}

// The latency below which a share of all was, in microseconds; negative if there was none.
double latency_below(const TargetFigures& figures, double share) {
    uint64 all = 0;
    for (uint64 count : figures.latencies)
        all += count;
    uint64 below = 0;
    for (int i = 0; i < bucket_limit; i++) {
        below += figures.latencies[i];
        if (all > 0 && static_cast<double>(below) >= share * static_cast<double>(all))
            return latency_of(i);
    }
    return -1;
}

Datum interval_of(double microseconds) {
    auto* interval = static_cast<Interval*>(palloc0(sizeof(Interval)));
    interval->time = static_cast<TimeOffset>(microseconds);
    return IntervalPGetDatum(interval);
}

void put_figures(ReturnSetInfo* result, const TargetFigures& figures) {
    enum { name, state, problem, since, sent, retried, dead, p50, p99, count };
    Datum values[count] = {};
    bool nulls[count] = {};
    values[name] = NameGetDatum(&figures.name);
    values[state] = CStringGetTextDatum(figures.state);
    nulls[state] = figures.state[0] == '\0';
    values[problem] = CStringGetTextDatum(figures.problem);
    nulls[problem] = figures.problem[0] == '\0';
    values[since] = TimestampTzGetDatum(figures.since);
    nulls[since] = figures.since == 0 || nulls[state];
    values[sent] = Int64GetDatum(static_cast<int64>(figures.sent));
    values[retried] = Int64GetDatum(static_cast<int64>(figures.retried));
    values[dead] = Int64GetDatum(static_cast<int64>(figures.dead));
    double median = latency_below(figures, 0.5);
    nulls[p50] = nulls[p99] = median < 0;
    if (median >= 0) {
        values[p50] = interval_of(median);
        values[p99] = interval_of(latency_below(figures, 0.99));
    }
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

}  // namespace

}  // namespace outbox

extern "C" {

SQL_FUNCTION(kv_relay_backlog) {
    InitMaterializedSRF(fcinfo, 0);
    auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    pg::entry([result] { outbox::put_backlogs(result, outbox::read_backlogs()); });
    return 0;
}

SQL_FUNCTION(kv_relay_figures) {
    InitMaterializedSRF(fcinfo, 0);
    auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    if (!outbox::place())
        return 0;
    // A copy, so that nothing that may raise runs under the lock.
    auto* targets = static_cast<outbox::TargetFigures*>(
        palloc(sizeof(outbox::TargetFigures) * outbox::target_limit));
    LWLockAcquire(outbox::place_lock, LW_SHARED);
    memcpy(targets, outbox::place()->targets, sizeof(outbox::TargetFigures) * outbox::target_limit);
    LWLockRelease(outbox::place_lock);
    for (int i = 0; i < outbox::target_limit; i++)
        if (NameStr(targets[i].name)[0] != '\0')
            outbox::put_figures(result, targets[i]);
    return 0;
}

SQL_FUNCTION(kv_fill_version) {
    PreventCommandIfReadOnly("kv.fill_version()");
    char text[32];
    pg::entry([&text] { strlcpy(text, outbox::next_version().c_str(), sizeof(text)); });
    return CStringGetTextDatum(text);
}

SQL_FUNCTION(kv_fill_script) {
    std::string_view script = relay::fill_script();
    return PointerGetDatum(
        cstring_to_text_with_len(script.data(), static_cast<int>(script.size())));
}
}
