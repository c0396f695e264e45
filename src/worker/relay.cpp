// The relay worker of a database: it sends what writers left in the outbox to the targets, and
// leaves when it is told to or there is no target.
#include "outbox/delivery.hpp"
#include "outbox/relations.hpp"
#include "pg/entry.hpp"
#include "pg/spi.hpp"
#include "pg/version.hpp"
#include "worker/attempt.hpp"
#include "worker/process.hpp"

extern "C" {
#include "pgstat.h"
#include "storage/ipc.h"
#include "utils/wait_event.h"
}

namespace worker::relay {

namespace {

// DROP EXTENSION within a prepared transaction is announced by nobody, and seen after so long.
constexpr int look_interval = 5000;  // milliseconds

constexpr int longest_pause = 1000;

outbox::Delivery* delivery = nullptr;
TimestampTz next_look = 0;

void set_up_session() {
    // What a crash undoes is sent again.
    process::set("synchronous_commit", "off");
    // A backstop: locks are taken without waiting.
    process::set("lock_timeout", "200");
}

bool is_worth_logging(int sqlstate) {
    return sqlstate != ERRCODE_LOCK_NOT_AVAILABLE && process::is_worth_logging(sqlstate);
}

// Runs a function in a transaction. It may throw and raise. Returns the pause that an error asks
// for, none if there was none.
template <class Function>
std::optional<int> in_transaction(const char* what, Function function) {
    ErrorData* error = attempt(is_worth_logging, [what, &function] {
        SetCurrentStatementStartTimestamp();
        StartTransactionCommand();
        pgstat_report_activity(STATE_RUNNING, what);
        pg::entry([&function] { function(); });
        CommitTransactionCommand();
    });
    pgstat_report_stat(false);
    pgstat_report_activity(STATE_IDLE, nullptr);
    if (!error)
        return {};
    int pause = error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE
                    ? backoff(0)
                    : process::note_failure(error->message);
    FreeErrorData(error);
    return pause;
}

// Leaves if there is nothing to relay.
void look() {
    State found = State::none;
    bool is_ours = true;
    std::optional<int> pause = in_transaction("looks for targets", [&found, &is_ours] {
        pg::call([&found, &is_ours] {
            found = process::look_at_extension();
            if (found != State::running)
                return;
            process::apply_database_settings();
            PushActiveSnapshot(GetTransactionSnapshot());
            if (!pg::spi::query_integer(outbox::relations().owner,
                                        "SELECT 1 FROM kv.relay_target LIMIT 1"))
                found = State::no_target;
            else if (!delivery)
                is_ours = outbox::lock_relay(true);
            PopActiveSnapshot();
        });
    });
    if (pause)
        process::leave(State::ended);
    if (found != State::running)
        process::leave(found);
    if (!is_ours)
        process::leave(State::ended, "kv.relay_drain() is at work in a session");
    next_look = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), look_interval);
}

void close_all(int, Datum) {
    outbox::leave_place();
}

void open() {
    pg::entry([] { delivery = new outbox::Delivery; });
    before_shmem_exit(close_all, 0);
    outbox::take_place();
    process::note_success();
}

// Returns how long to wait before the next call.
int work() {
    pg::entry([] { delivery->exchange(); });
    std::optional<int> pause;
    if (delivery->wants_step()) {
        pause = in_transaction("relays changes", [] { delivery->step(); });
        delivery->stepped(!pause);
        if (!pause)
            pg::entry([] { delivery->exchange(); });
    }
    if (!pause && delivery->wants_rotation())
        pause = in_transaction("empties the outbox", [] { delivery->rotate(); });
    if (!pause)
        process::note_success();
    return pause ? *pause : static_cast<int>(std::min<int64>(delivery->pause(), longest_pause));
}

// The wait
// -----------------------------------------------------------------------------------------

WaitEventSet* events = nullptr;

// A socket that is not steady may be another one of the same number.
bool is_still_so(const std::vector<outbox::SocketWish>& before,
                 const std::vector<outbox::SocketWish>& now) {
    return before == now && std::all_of(now.begin(), now.end(), [](const outbox::SocketWish& wish) {
               return wish.is_steady;
           });
}

void make_events(const std::vector<outbox::SocketWish>& wishes) {
    if (events)
        FreeWaitEventSet(events);
    events = pg::create_wait_event_set(static_cast<int>(wishes.size()) + 2);
    AddWaitEventToSet(events, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, nullptr);
    AddWaitEventToSet(events, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, nullptr, nullptr);
    for (const outbox::SocketWish& wish : wishes)
        AddWaitEventToSet(
            events, (wish.reads ? WL_SOCKET_READABLE : 0) | (wish.writes ? WL_SOCKET_WRITEABLE : 0),
            wish.socket, nullptr, nullptr);
}

void wait(int pause) {
    static std::vector<outbox::SocketWish> waited_for;
    pg::entry([] {
        std::vector<outbox::SocketWish> wishes = delivery->sockets();
        if (!events || !is_still_so(waited_for, wishes)) {
            waited_for = wishes;
            pg::call([] { make_events(waited_for); });
        }
    });
    WaitEvent event;
    (void)WaitEventSetWait(events, pause, &event, 1, PG_WAIT_EXTENSION);
}

}  // namespace

}  // namespace worker::relay

extern "C" {

PGDLLEXPORT void kv_relay_main(Datum);

void kv_relay_main(Datum argument) {
    using namespace worker;
    process::begin(argument, "pg_kv relay");
    worker::relay::set_up_session();
    worker::relay::look();
    worker::relay::open();
    for (;;) {
        ResetLatch(MyLatch);
        bool has_changed = process::heed();
        if (has_changed)
            worker::relay::delivery->look_again();
        if (has_changed || GetCurrentTimestamp() >= worker::relay::next_look)
            worker::relay::look();
        int pause = worker::relay::work();
        worker::relay::wait(pause);
    }
}
}
