#include "worker/report.hpp"

#include "worker/state.hpp"

namespace worker {

namespace {

struct Change {
    NameData name;
    Kind kind;
    State state;
    char error[error_limit];
};

bool is_worth_reporting(Kind kind, State state) {
    switch (state) {
        // These pass by themselves, or were logged by the worker.
        case State::none:
        case State::starting:
        case State::failing:
        case State::leaving:
        case State::held:
        // The rule, where nobody relays.
        case State::no_target:
            return false;
        // These concern the database, and so all its workers.
        case State::no_extension:
        case State::other_version:
        case State::no_database:
        case State::not_accepting:
        case State::is_template:
            return kind == Kind::maintenance;
        // Nobody may want to relay: kv.workers tells who does.
        case State::no_slot:
            return kind != Kind::relay;
        default:
            return true;
    }
}

// Takes the next change that has not been reported. False if there is none.
bool take_change(Change& change) {
    for (Entry& entry : shared->entries) {
        if (!entry.is_used() || entry.state == entry.reported ||
            !is_worth_reporting(entry.kind, entry.state))
            continue;
        entry.reported = entry.state;
        change.name = entry.name;
        change.kind = entry.kind;
        change.state = entry.state;
        bool is_recent = entry.error_at >= entry.started_at;
        strlcpy(change.error, is_recent ? entry.error : "", sizeof(change.error));
        return true;
    }
    return false;
}

void report(const Change& change) {
    const char* database = NameStr(change.name);
    const char* kind = name_of(change.kind);
    switch (change.state) {
        case State::running:
            ereport(LOG,
                    (errmsg("pg_kv %s worker for database \"%s\" is at work", kind, database)));
            break;
        case State::ended:
            ereport(LOG, (errmsg("pg_kv %s worker for database \"%s\" ended", kind, database),
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
                          errdetail("Template databases have no workers.")));
            break;
        case State::no_slot:
            ereport(LOG,
                    (errmsg("no background worker is left for the %s of database \"%s\"", kind,
                            database),
                     errhint("Raise max_worker_processes, which is %d.", max_worker_processes)));
            break;
        case State::no_port:
            ereport(LOG,
                    (errmsg("database \"%s\" has no port for the Redis protocol", database),
                     errdetail("kv.port, kv.tls_port and kv.unix_socket say that there is none.")));
            break;
        case State::not_listening:
            ereport(LOG, (errmsg("pg_kv server for database \"%s\" could not begin: %s", database,
                                 change.error),
                          errhint("It is tried again. Each database needs a port of its own: ALTER "
                                  "DATABASE ... SET kv.port.")));
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
