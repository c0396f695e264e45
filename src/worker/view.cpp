// kv.worker_states(), the rows of the view kv.workers.
#include "pg/entry.hpp"
#include "worker/state.hpp"

namespace worker {

namespace {

enum Column {
    database_column,
    kind_column,
    oid_column,
    pid_column,
    state_column,
    since_column,
    removed_column,
    last_batch_column,
    last_batch_at_column,
    last_error_column,
    last_error_at_column,
    next_start_column,
    column_count
};

struct Line {
    Datum values[column_count];
    bool nulls[column_count];

    void set(Column column, Datum value, bool is_known = true) {
        values[column] = value;
        nulls[column] = !is_known;
    }
    void set_time(Column column, TimestampTz time) {
        set(column, TimestampTzGetDatum(time), time != 0);
    }
};

// What the lines of a worker and of its helpers have in common.
Line line_of_process(Entry& entry, const char* kind, pid_t pid, State state, TimestampTz since) {
    Line line;
    std::fill(std::begin(line.nulls), std::end(line.nulls), true);
    line.set(database_column, NameGetDatum(&entry.name));
    line.set(kind_column, CStringGetTextDatum(kind));
    line.set(oid_column, ObjectIdGetDatum(entry.database), OidIsValid(entry.database));
    line.set(pid_column, Int32GetDatum(pid), pid != 0);
    line.set(state_column, CStringGetTextDatum(name_of(state)));
    line.set_time(since_column, since);
    return line;
}

Line line_of(Entry& entry) {
    bool is_there = entry.pid != 0;
    bool failed = entry.error[0] != '\0';
    Line line = line_of_process(entry, name_of(entry.kind), entry.pid, entry.state, entry.since);
    if (entry.kind == Kind::maintenance) {
        line.set(removed_column, Int64GetDatum(static_cast<int64>(entry.removed)));
        line.set(last_batch_column, Int64GetDatum(entry.last_batch), entry.last_batch_at != 0);
        line.set_time(last_batch_at_column, entry.last_batch_at);
    }
    line.set(last_error_column, failed ? CStringGetTextDatum(entry.error) : 0, failed);
    line.set_time(last_error_at_column, entry.error_at);
    line.set_time(next_start_column, is_there || entry.expected ? 0 : entry.next_start);
    return line;
}

void put(ReturnSetInfo* result, Line line) {
    tuplestore_putvalues(result->setResult, result->setDesc, line.values, line.nulls);
}

void put_lines(ReturnSetInfo* result) {
    // A copy, so that nothing that may raise runs under the lock.
    auto* entries = static_cast<Entry*>(palloc(sizeof(shared->entries)));
    locked(LW_SHARED, [entries] { memcpy(entries, shared->entries, sizeof(shared->entries)); });
    for (int i = 0; i < entry_limit; i++) {
        if (!entries[i].is_used())
            continue;
        put(result, line_of(entries[i]));
        for (const Helper& helper : entries[i].helpers)
            if (helper.pid != 0)
                put(result, line_of_process(entries[i], "helper", helper.pid, State::running,
                                            helper.since));
    }
    pfree(entries);
}

}  // namespace

}  // namespace worker

extern "C" {

SQL_FUNCTION(kv_workers) {
    InitMaterializedSRF(fcinfo, 0);
    if (worker::shared)
        worker::put_lines(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo));
    return 0;
}
}
