// The server's process: its place among the workers, and its wait. The launcher starts it, the
// frame of worker/process.hpp keeps it within the rules, and Server does the work.
#include "pg/entry.hpp"
#include "pg/settings_server.hpp"
#include "pg/version.hpp"
#include "server/server.hpp"
#include "worker/attempt.hpp"
#include "worker/process.hpp"

extern "C" {
#include "pgstat.h"
#include "storage/ipc.h"
#include "utils/wait_event.h"
}

namespace server {

namespace {

using worker::State;
namespace process = worker::process;

// DROP EXTENSION within a prepared transaction is announced by nobody, and seen after so long.
constexpr int look_interval = 5000;  // ms

Server* server = nullptr;
WaitEventSet* events = nullptr;
TimestampTz next_look = 0;

// Work that may throw and raise. Returns the pause that an error asks for, none if there was none.
template <class Function>
std::optional<int> attempt(Function function) {
    ErrorData* error = worker::attempt(process::is_worth_logging,
                                       [&function] { pg::entry([&function] { function(); }); });
    if (!error)
        return {};
    pgstat_report_activity(STATE_IDLE, nullptr);
    int pause = process::note_failure(error->message);
    FreeErrorData(error);
    return pause;
}

// The same for what the process cannot do without.
template <class Function>
void must(Function function) {
    if (attempt(function))
        process::leave(State::ended);
}

// Leaves if there is nothing to serve.
void look() {
    State extension = State::none;
    must([&extension] {
        StartTransactionCommand();
        extension = process::look_at_extension();
        CommitTransactionCommand();
    });
    if (extension != State::running)
        process::leave(extension);
    next_look = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), look_interval);
}

bool has_port() {
    const pg::settings::Server& settings = pg::settings::server();
    return settings.port != 0 || settings.tls_port != 0 || settings.unix_socket[0] != '\0';
}

// Why the server does not listen where the settings say; null if it does.
const char* listen() {
    const char* reason = nullptr;
    must([&reason] {
        std::optional<std::string> refusal = server->listen();
        if (refusal)
            reason = pg::call([&refusal] { return pstrdup(refusal->c_str()); });
    });
    return reason;
}

void close_all(int, Datum) {
    try {
        server->shut_down();
    } catch (...) {
        // The process ends, and its sockets with it.
    }
}

void open() {
    if (!has_port())
        process::leave(State::no_port);
    must([] { server = new Server; });
    before_shmem_exit(close_all, 0);
    if (const char* reason = listen())
        process::leave(State::not_listening, reason);
    events = pg::create_wait_event_set(3);
    AddWaitEventToSet(events, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, nullptr);
    AddWaitEventToSet(events, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, nullptr, nullptr);
    AddWaitEventToSet(events, WL_SOCKET_READABLE, server->descriptor(), nullptr, nullptr);
    process::note_success();
}

// The settings or the extension changed. Where the server cannot listen as it is now told to, it
// goes on as before.
void look_again() {
    look();
    must([] {
        StartTransactionCommand();
        process::apply_database_settings();
        CommitTransactionCommand();
    });
    if (!has_port())
        process::leave(State::no_port);
    if (const char* reason = listen()) {
        process::note_error(reason);
        ereport(LOG, (errmsg("pg_kv server goes on listening as before: %s", reason)));
    }
}

// Returns how long to wait before the next call; -1: until something comes.
int work() {
    int pause = 0;
    if (std::optional<int> rest = attempt([&pause] { pause = server->work(); })) {
        // Nothing is read meanwhile, however much comes.
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, *rest,
                        PG_WAIT_EXTENSION);
        return 0;
    }
    process::note_success();
    return pause;
}

// The pause, but no longer than until something of the process's own is due.
int until_next(int pause) {
    long until_report = pgstat_report_stat(false);
    long until_look = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), next_look);
    long longest = until_report > 0 ? std::min(until_report, until_look) : until_look;
    return static_cast<int>(pause < 0 ? longest : std::min<long>(pause, longest));
}

void wait(int pause) {
    if (pause == 0)
        return;
    WaitEvent event;
    (void)WaitEventSetWait(events, until_next(pause), &event, 1, PG_WAIT_EXTENSION);
}

}  // namespace

}  // namespace server

extern "C" {

PGDLLEXPORT void kv_server_main(Datum);

void kv_server_main(Datum argument) {
    using namespace server;
    process::begin(argument, "pg_kv server");
    look();
    open();
    for (;;) {
        ResetLatch(MyLatch);
        // A cancel is of what runs; between turns nothing does.
        HOLD_CANCEL_INTERRUPTS();
        bool has_changed = process::heed();
        QueryCancelPending = false;
        RESUME_CANCEL_INTERRUPTS();
        if (has_changed)
            look_again();
        else if (GetCurrentTimestamp() >= next_look)
            look();
        wait(work());
    }
}
}
