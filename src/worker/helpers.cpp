#include "worker/helpers.hpp"

#include "worker/process.hpp"

extern "C" {
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
}

namespace worker::helpers {

namespace {

// What a helper is told by the worker that asks for it.
struct Order {
    pid_t worker;
    uint32 generation;
    uint32 argument;
};
static_assert(sizeof(Order) <= BGW_EXTRALEN);

Order order;
Entry* worker_entry = nullptr;
Helper* place = nullptr;

// The lock must be held.
bool is_wanted() {
    return worker_entry->pid == order.worker && worker_entry->generation == order.generation &&
           !worker_entry->told_to_leave;
}

void give_up_place(int, Datum) {
    locked(LW_EXCLUSIVE, [] {
        *place = {};
        wake_launcher();
    });
}

// Returns the worker's database, none if there is no place.
Oid take_place() {
    return locked(LW_EXCLUSIVE, [] {
        auto* end = std::end(worker_entry->helpers);
        place = std::find_if(worker_entry->helpers, end,
                             [](const Helper& helper) { return helper.pid == 0; });
        if (place == end || !is_wanted())
            return InvalidOid;
        *place = {MyProcPid, MyLatch, GetCurrentTimestamp()};
        return worker_entry->database;
    });
}

}  // namespace

BackgroundWorkerHandle* ask_for(const char* main_function, uint32 argument) {
    const Entry& entry = process::entry();
    Order its_order = {MyProcPid, entry.generation, argument};
    BackgroundWorker helper = {};
    snprintf(helper.bgw_name, BGW_MAXLEN, "pg_kv helper for %s", NameStr(entry.name));
    strlcpy(helper.bgw_type, "pg_kv helper", BGW_MAXLEN);
    strlcpy(helper.bgw_function_name, main_function, BGW_MAXLEN);
    helper.bgw_main_arg = Int32GetDatum(process::entry_index());
    memcpy(helper.bgw_extra, &its_order, sizeof(its_order));
    return process::ask_for(helper);
}

uint32 begin(Datum argument, const char* application_name, Oid role) {
    pqsignal(SIGHUP, SignalHandlerForConfigReload);
    pqsignal(SIGTERM, die);
    memcpy(&order, MyBgworkerEntry->bgw_extra, sizeof(order));
    worker_entry = &shared->entries[DatumGetInt32(argument)];
    Oid database = take_place();
    if (!OidIsValid(database))
        proc_exit(0);
    before_shmem_exit(give_up_place, 0);
    BackgroundWorkerUnblockSignals();
    BackgroundWorkerInitializeConnectionByOid(database, role, 0);
    process::set_up_session(application_name);
    return order.argument;
}

bool heed() {
    if (ProcDiePending || !locked(LW_SHARED, is_wanted))
        proc_exit(0);
    CHECK_FOR_INTERRUPTS();
    if (!ConfigReloadPending)
        return false;
    ConfigReloadPending = false;
    ProcessConfigFile(PGC_SIGHUP);
    return true;
}

}  // namespace worker::helpers
