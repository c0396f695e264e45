#include "server/transaction.hpp"

#include "pg/guard.hpp"

extern "C" {
#include "access/xact.h"
#include "access/xlog.h"
#include "miscadmin.h"
#include "utils/timestamp.h"
}

namespace server::transaction {

void begin(store::TurnStore& store, int isolation) {
    pg::call([isolation] {
        SetCurrentStatementStartTimestamp();
        StartTransactionCommand();
        XactIsoLevel = isolation;
    });
    store.begin_transaction();
}

bool commit(store::TurnStore& store) {
    store.write_back();
    store.end_transaction();
    bool is_flushed = XactLastRecEnd != 0 && synchronous_commit > SYNCHRONOUS_COMMIT_OFF;
    pg::call([] { CommitTransactionCommand(); });
    return is_flushed;
}

void abort(store::TurnStore& store) {
    pg::call([] {
        HOLD_INTERRUPTS();
        AbortCurrentTransaction();
        RESUME_INTERRUPTS();
    });
    store.forget();
}

int64 microseconds() {
    constexpr int64 epochs = static_cast<int64>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE);
    return GetCurrentTimestamp() + epochs * USECS_PER_DAY;
}

}  // namespace server::transaction
