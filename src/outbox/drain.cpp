// kv.relay_drain(): what the relay worker does, in the calling session, until nothing is left, so
// many keys are sent, or the time is over.
#include <poll.h>

#include "outbox/delivery.hpp"
#include "outbox/relations.hpp"
#include "pg/entry.hpp"

extern "C" {
#include "storage/ipc.h"
#include "storage/pmsignal.h"
}

namespace outbox {

namespace {

// Interrupts are looked for so often.
constexpr int longest_wait = 50;  // milliseconds

void check() {
    if (IsolationUsesXactSnapshot())
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("kv.relay_drain() must run at isolation level READ COMMITTED"),
                        errhint("An older snapshot would miss what others wrote meanwhile.")));
    PreventCommandIfReadOnly("kv.relay_drain()");
    PreventCommandIfParallelMode("kv.relay_drain()");
    if (!lock_relay(false))
        ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
                        errmsg("somebody else relays the changes of this database"),
                        errdetail("That is the relay worker, or another session, until its "
                                  "transaction ends."),
                        errhint("kv.relay_targets shows whether a worker runs.")));
    (void)claim_place();
}

// Without a resource that an error could leave behind.
void wait(const Delivery& delivery, int64 limit) {
    std::vector<pollfd> sockets;
    for (const SocketWish& wish : delivery.sockets())
        sockets.push_back(
            {wish.socket,
             static_cast<short>((wish.reads ? POLLIN : 0) | (wish.writes ? POLLOUT : 0)), 0});
    int64 pause = std::min({delivery.pause(), limit, int64{longest_wait}});
    (void)poll(sockets.data(), sockets.size(), static_cast<int>(std::max<int64>(pause, 0)));
    pg::call([] {
        if (!PostmasterIsAlive())
            proc_exit(1);
        CHECK_FOR_INTERRUPTS();
    });
}

int64 drain(int64 keys, int64 timeout) {
    Delivery delivery;
    delivery.limit(keys);
    int64 end = monotonic_now() + timeout;
    for (;;) {
        delivery.exchange();
        bool has_work = delivery.wants_step();
        if (has_work) {
            (void)delivery.step();
            delivery.stepped(true);
            if (delivery.wants_rotation())
                delivery.rotate();
            pg::call([] { CHECK_FOR_INTERRUPTS(); });
        }
        int64 left = end - monotonic_now();
        if (left <= 0 || (!has_work && delivery.is_idle()))
            break;
        if (!has_work)
            wait(delivery, left);
    }
    return delivery.finished();
}

}  // namespace

}  // namespace outbox

extern "C" {

SQL_FUNCTION(kv_relay_drain) {
    outbox::check();
    int32 keys = PG_GETARG_INT32(0);
    Interval* timeout = PG_GETARG_INTERVAL_P(1);
    int64 milliseconds =
        timeout->time / 1000 + (timeout->day + timeout->month * int64{30}) * 86400000;
    if (keys < 1 || milliseconds < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("max_keys must be at least 1, and timeout not negative")));
    return Int64GetDatum(
        pg::entry([keys, milliseconds] { return outbox::drain(keys, milliseconds); }));
}
}
