#include "worker/report.hpp"

#include "worker/state.hpp"

namespace worker {

namespace {

struct Change {
    NameData name;
    State state;
    char error[error_limit];
};

// The others pass by themselves, or were logged by the worker.
bool is_worth_reporting(State state) {
    switch (state) {
        case State::none:
        case State::starting:
        case State::failing:
        case State::leaving:
        case State::held:
            return false;
        default:
            return true;
    }
}

// Takes the next change that has not been reported. False if there is none.
bool take_change(Change& change) {
    for (Entry& entry : shared->entries) {
        if (!entry.is_used() || entry.state == entry.reported || !is_worth_reporting(entry.state))
            continue;
        entry.reported = entry.state;
        change.name = entry.name;
        change.state = entry.state;
        bool is_recent = entry.error_at >= entry.started_at;
        strlcpy(change.error, is_recent ? entry.error : "", sizeof(change.error));
        return true;
    }
    return false;
}

void report(const Change& change) {
    const char* database = NameStr(change.name);
    switch (change.state) {
        case State::running:
            ereport(LOG,
                    (errmsg("pg_kv maintenance worker for database \"%s\" is at work", database)));
            break;
        case State::ended:
            ereport(LOG, (errmsg("pg_kv maintenance worker for database \"%s\" ended", database),
                          change.error[0] ? errdetail("Its last error was: %s", change.error) : 0,
                          errhint("It is started again after a pause.")));
            break;
        case State::no_extension:
            ereport(LOG, (errmsg("extension pg_kv is not installed in database \"%s\", which "
                                 "kv.worker_databases lists",
                                 database),
                          errhint("Run CREATE EXTENSION pg_kv there.")));
            break;
        case State::other_version:
            ereport(LOG, (errmsg("extension pg_kv in database \"%s\" is not of the version of its "
                                 "library",
                                 database),
                          errhint("Run ALTER EXTENSION pg_kv UPDATE there, or restart the server "
                                  "if the library was replaced.")));
            break;
        case State::no_database:
            ereport(LOG, (errmsg("database \"%s\", which kv.worker_databases lists, does not exist",
                                 database)));
            break;
        case State::not_accepting:
            ereport(LOG, (errmsg("database \"%s\", which kv.worker_databases lists, does not "
                                 "accept connections",
                                 database)));
            break;
        case State::is_template:
            ereport(LOG, (errmsg("database \"%s\", which kv.worker_databases lists, is a template",
                                 database),
                          errdetail("Template databases have no maintenance worker.")));
            break;
        case State::no_slot:
            ereport(LOG,
                    (errmsg("no background worker is left for maintenance of database \"%s\"",
                            database),
                     errhint("Raise max_worker_processes, which is %d.", max_worker_processes)));
            break;
        default:
            break;
    }
}

}  // namespace

void report_changes() {
    Change change;
    while (locked(LW_EXCLUSIVE, [&change] { return take_change(change); }))
        report(change);
}

}  // namespace worker
