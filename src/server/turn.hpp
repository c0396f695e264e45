// Runs the commands of many clients in one transaction. README.md tells how.
#pragma once

#include <span>
#include <vector>

#include "server/dispatch.hpp"
#include "store/lookahead.hpp"

namespace server {

// What the turns tell the server.
class TurnEvents {
public:
    // The session's next command waits: session.wait says for what.
    virtual void parked(Session& session) = 0;
    // A session may have replies to be sent, as soon as the WAL is flushed up to a position; 0: at
    // once.
    virtual void replied(Session& session, XLogRecPtr unflushed) = 0;
    // Whether there is something to do while somebody else flushes the WAL of a turn.
    virtual bool may_flush_later() = 0;

protected:
    ~TurnEvents() = default;
};

class Turns {
public:
    Turns(Dispatch& dispatch, store::TurnStore& store, Records& records, TurnEvents& events)
        : dispatch_(dispatch), store_(store), records_(records), events_(events) {}

    // Runs what has arrived of the sessions, not all of it if that is much. What is left, in a
    // session that does not wait, is for the next turn.
    void run(std::span<Session* const> sessions);

    // What the session did so far stays: its input is used up, its output is to be sent.
    void keep(Session& session);
    // Answers the next request with an error.
    void refuse(Session& session, const std::string& error);

private:
    // Why a transaction was undone.
    struct Obstacle {
        enum class Kind { none, conflict, blocked, too_long, error };
        Kind kind = Kind::none;
        Session* session = nullptr;  // in whose command; null: when all was written
        int commands = 0;            // up to the one that met it, of that session or of all
        TransactionId blocker = InvalidTransactionId;
        std::string message;  // an error's, as a reply
    };

    // Runs at most so many commands of each session.
    void run(std::span<Session* const> sessions, int most);
    void run_without(const Obstacle& obstacle, std::span<Session* const> sessions, int most);
    void run_by_halves(std::span<Session* const> sessions, int most);
    Obstacle try_to_run(std::span<Session* const> sessions, int most);
    void look_ahead(std::span<Session* const> sessions);
    void run_session(Session& session, int most);
    void run_exec(Session& session);
    Obstacle try_to_run_exec(Session& session, XLogRecPtr& unflushed);
    void finish_exec(Session& session, XLogRecPtr unflushed);
    XLogRecPtr commit();
    bool watched_are_unchanged(const Session& session);
    void put_off(Session& session, Done done);
    void settle(Session& session, const Obstacle& obstacle);
    void park(Session& session, Wait wait, TransactionId blocker);
    void refuse_protocol(Session& session);
    static Obstacle obstacle_of_current_exception();

    Dispatch& dispatch_;
    store::TurnStore& store_;
    Records& records_;
    TurnEvents& events_;
    Session* running_ = nullptr;
    std::vector<Bytes> arguments_;
    std::vector<store::lookahead::Key> expected_;
};

}  // namespace server
