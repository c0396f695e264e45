#include "store/patience.hpp"

namespace store::patience {

namespace {

bool waiting_is_forbidden = false;

// Commands of one transaction may be more than a turn, as those of a SQL session are.
void at_transaction_end(XactEvent event, void*) {
    switch (event) {
        case XACT_EVENT_COMMIT:
        case XACT_EVENT_ABORT:
        case XACT_EVENT_PREPARE:
            waiting_is_forbidden = false;
            lift_limit();
            break;
        default:
            break;
    }
}

}  // namespace

int64 visits_left = PG_INT64_MAX;

void forbid_waiting() {
    waiting_is_forbidden = true;
}

bool may_wait() {
    return !waiting_is_forbidden;
}

void before_wait_for(TransactionId transaction) {
    if (waiting_is_forbidden)
        throw Blocked{transaction};
}

void before_lock(Oid relation, LOCKMODE mode) {
    if (waiting_is_forbidden && !ConditionalLockRelationOid(relation, mode))
        throw Blocked{InvalidTransactionId};
}

void limit_visits(int64 visits) {
    visits_left = visits;
}

void lift_limit() {
    visits_left = PG_INT64_MAX;
}

void give_up() {
    lift_limit();
    throw TooLong();
}

void install_callbacks() {
    RegisterXactCallback(at_transaction_end, nullptr);
}

}  // namespace store::patience
