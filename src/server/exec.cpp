// EXEC: the commands that a client has queued, in a transaction of their own.
#include "pg/guard.hpp"
#include "server/transaction.hpp"
#include "server/turn.hpp"

namespace server {

namespace {

// After so many conflicts in a row others get their turn first.
constexpr int most_tries = 20;
constexpr int64 pause_after_conflicts = 5;  // ms

}  // namespace

void Turns::run_exec(Session& session) {
    const command::Client before = session.client;
    session.wants_exec = false;
    session.output_mark = session.connection.output().size();
    Obstacle obstacle;
    XLogRecPtr unflushed = InvalidXLogRecPtr;
    for (int tries = 0; tries < most_tries; tries++) {
        obstacle = try_to_run_exec(session, unflushed);
        if (obstacle.kind == Obstacle::Kind::none) {
            finish_exec(session, unflushed);
            return;
        }
        session.connection.output().resize(session.output_mark);
        session.client = before;
        records_.turn_was_undone();
        records_.figures().exec_retries += obstacle.kind == Obstacle::Kind::conflict;
        if (obstacle.kind != Obstacle::Kind::conflict)
            break;
    }
    switch (obstacle.kind) {
        case Obstacle::Kind::blocked:
            park(session, Wait::transaction, obstacle.blocker);
            break;
        case Obstacle::Kind::conflict:
            session.resume_at = transaction::milliseconds() + pause_after_conflicts;
            park(session, Wait::time, InvalidTransactionId);
            break;
        default:
            session.client.leave_multi();
            refuse(session, obstacle.message);
    }
}

void Turns::finish_exec(Session& session, XLogRecPtr unflushed) {
    session.client.leave_multi();
    (void)session.reader.next(session.connection.input(), arguments_);  // EXEC itself
    records_.ran(session, command::get(command::Id::exec), arguments_, {});
    keep(session);
    events_.replied(session, unflushed);
}

Turns::Obstacle Turns::try_to_run_exec(Session& session, XLogRecPtr& unflushed) {
    Obstacle obstacle;
    try {
        records_.begin();
        transaction::begin(store_, XACT_REPEATABLE_READ);
        store_.set_visit_limit(0);
        if (watched_are_unchanged(session)) {
            command::RespReply reply(session.connection.output(), protocol_of(session));
            reply.begin_array();
            session.client.is_executing = true;
            for (const std::vector<std::string>& queued : session.client.queue) {
                arguments_.assign(queued.begin(), queued.end());
                dispatch_.run_queued(session, arguments_, reply);
            }
            session.client.is_executing = false;
            reply.end_array();
            dispatch_.become_server();
            unflushed = commit();
            return obstacle;
        }
    } catch (...) {
        obstacle = obstacle_of_current_exception();
    }
    transaction::abort(store_);
    if (obstacle.kind == Obstacle::Kind::none)
        command::RespReply(session.connection.output(), protocol_of(session)).null_array();
    return obstacle;
}

// Locks them, so that they stay what they are until the commit.
bool Turns::watched_are_unchanged(const Session& session) {
    std::vector<const command::WatchedKey*> keys;
    for (const command::WatchedKey& watched : session.client.watched)
        keys.push_back(&watched);
    // In one order for all, though nobody waits.
    std::sort(keys.begin(), keys.end(), [](const auto* left, const auto* right) {
        return std::tie(left->database, left->key) < std::tie(right->database, right->key);
    });
    if (keys.empty())
        return true;
    dispatch_.become(session);
    store_.begin_command({});
    return std::all_of(keys.begin(), keys.end(), [this](const command::WatchedKey* watched) {
        store::TurnStore::State now = store_.lock_key({watched->database, watched->key});
        return now == store::TurnStore::State{watched->existed, watched->version};
    });
}

}  // namespace server
