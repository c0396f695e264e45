#include "server/transaction.hpp"

#include "pg/guard.hpp"

extern "C" {
#include "access/xact.h"
#include "access/xlog.h"
#include "miscadmin.h"
#include "utils/timestamp.h"
}

namespace server::transaction {

namespace {

class AsynchronousCommit {
public:
    AsynchronousCommit() { synchronous_commit = SYNCHRONOUS_COMMIT_OFF; }
    AsynchronousCommit(const AsynchronousCommit&) = delete;
    ~AsynchronousCommit() { synchronous_commit = before_; }

private:
    int before_ = synchronous_commit;
};

}  // namespace

void begin(store::TurnStore& store, int isolation) {
    pg::call([isolation] {
        SetCurrentStatementStartTimestamp();
        StartTransactionCommand();
        XactIsoLevel = isolation;
    });
    store.begin_transaction();
}

Commit commit(store::TurnStore& store, core::FunctionRef<bool()> may_flush_later) {
    store.write_back();
    store.end_transaction();
    bool shall_flush = XactLastRecEnd != 0 && TransactionIdIsValid(GetTopTransactionIdIfAny()) &&
                       synchronous_commit > SYNCHRONOUS_COMMIT_OFF;
    if (!shall_flush || !may_flush_later()) {
        pg::call([] { CommitTransactionCommand(); });
        return {shall_flush, InvalidXLogRecPtr};
    }
    AsynchronousCommit within_this;
    pg::call([] { CommitTransactionCommand(); });
    return {false, XactLastCommitEnd};
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
