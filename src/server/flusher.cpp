#include <atomic>

#include "server/flusher.hpp"

#include "pg/guard.hpp"
#include "worker/helpers.hpp"

extern "C" {
#include "access/xlog.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "replication/syncrep.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"
}

namespace server {

namespace {

// How long after one was not to be had, or ended, another is asked for.
constexpr int pause = 10 * 1000;  // ms

constexpr int idle_limit = 60 * 1000;  // ms

// What the two tell each other, in a segment of shared memory. A latch is of a process's place and
// never goes; one that is set too late disturbs nobody.
struct Orders {
    std::atomic<XLogRecPtr> wanted;
    std::atomic<XLogRecPtr> flushed;
    std::atomic<Latch*> server;
    std::atomic<Latch*> flusher;  // null: it does not work yet
    std::atomic<bool> shall_leave;

    static Orders& of(dsm_segment* segment) {
        return *static_cast<Orders*>(dsm_segment_address(segment));
    }
};

// What a synchronous commit does at its end. Calls PostgreSQL.
void make_durable(XLogRecPtr position) {
    XLogFlush(position);
    HOLD_INTERRUPTS();
    SyncRepWaitForLSN(position, true);
    RESUME_INTERRUPTS();
}

}  // namespace

bool Flusher::is_ready() {
    if (process_)
        return Orders::of(segment_).flusher.load(std::memory_order_acquire) != nullptr &&
               !has_ended();
    TimestampTz now = GetCurrentTimestamp();
    if (now >= next_start_ && !pg::call([this] { return start(); }))
        next_start_ = TimestampTzPlusMilliseconds(now, pause);
    return false;
}

// Calls PostgreSQL.
bool Flusher::start() {
    MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
    segment_ = dsm_create(sizeof(Orders), 0);
    dsm_pin_mapping(segment_);
    auto* orders = new (dsm_segment_address(segment_)) Orders{};
    orders->flushed = wanted_;
    orders->server = MyLatch;
    idle_since_ = 0;
    process_ = worker::helpers::ask_for("kv_flusher_main", dsm_segment_handle(segment_));
    if (!process_)
        dsm_detach(segment_);
    MemoryContextSwitchTo(before);
    return process_ != nullptr;
}

void Flusher::flush(XLogRecPtr position) {
    wanted_ = position;
    idle_since_ = 0;
    Orders& orders = Orders::of(segment_);
    orders.wanted.store(position, std::memory_order_release);
    SetLatch(orders.flusher.load(std::memory_order_acquire));
}

XLogRecPtr Flusher::flushed() {
    if (!process_)
        return wanted_;
    XLogRecPtr flushed = Orders::of(segment_).flushed.load(std::memory_order_acquire);
    if (flushed >= wanted_ || !has_ended())
        return flushed;
    lose();
    pg::call([this] { make_durable(wanted_); });
    return wanted_;
}

void Flusher::leave_if_idle() {
    if (!process_ || flushed() < wanted_)
        return;
    TimestampTz now = GetCurrentTimestamp();
    if (idle_since_ == 0)
        idle_since_ = now;
    Orders& orders = Orders::of(segment_);
    Latch* latch = orders.flusher.load(std::memory_order_acquire);
    if (!latch || !TimestampDifferenceExceeds(idle_since_, now, idle_limit))
        return;
    orders.shall_leave.store(true, std::memory_order_relaxed);
    SetLatch(latch);
    lose();
    next_start_ = 0;
}

bool Flusher::has_ended() const {
    pid_t pid;
    return GetBackgroundWorkerPid(process_, &pid) == BGWH_STOPPED;
}

void Flusher::lose() {
    pg::call([this] {
        dsm_detach(segment_);
        pfree(process_);
    });
    segment_ = nullptr;
    process_ = nullptr;
    next_start_ = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), pause);
}

}  // namespace server

extern "C" {

PGDLLEXPORT void kv_flusher_main(Datum);

// Everything here is PostgreSQL's; nothing throws.
void kv_flusher_main(Datum argument) {
    using namespace server;
    dsm_handle handle = worker::helpers::begin(argument, "pg_kv flusher");
    dsm_segment* segment = dsm_attach(handle);
    if (!segment)
        proc_exit(0);  // the server has ended meanwhile
    dsm_pin_mapping(segment);
    Orders& orders = Orders::of(segment);
    orders.flusher.store(MyLatch, std::memory_order_release);
    for (;;) {
        ResetLatch(MyLatch);
        worker::helpers::heed();
        XLogRecPtr wanted = orders.wanted.load(std::memory_order_acquire);
        if (orders.shall_leave.load(std::memory_order_relaxed))
            proc_exit(0);
        if (wanted > orders.flushed.load(std::memory_order_relaxed)) {
            make_durable(wanted);
            worker::helpers::heed();  // a wait for standbys that was cut short is not acknowledged
            orders.flushed.store(wanted, std::memory_order_release);
            SetLatch(orders.server.load(std::memory_order_relaxed));
            continue;
        }
        pgstat_report_stat(false);
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_EXIT_ON_PM_DEATH, 0, PG_WAIT_EXTENSION);
    }
}
}
