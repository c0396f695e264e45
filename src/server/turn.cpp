#include "server/turn.hpp"

#include "pg/guard.hpp"
#include "server/errors.hpp"
#include "server/transaction.hpp"
#include "store/table_elements.hpp"

extern "C" {
#include "access/xact.h"
#include "miscadmin.h"
}

namespace server {

namespace {

// So much is run of a session before it is another's turn, and altogether before replies are sent.
constexpr int most_commands = 1000;
constexpr int most_commands_in_turn = 10000;

// Of so many sessions, and so many commands of each, the keys are looked for beforehand: few enough
// to stay in the processor's cache until it is their turn.
constexpr size_t sessions_ahead = 8;
constexpr int commands_ahead = 16;

// Keys and elements that a command may visit while others wait for it.
constexpr int64 most_visits = 10000;

// Conflicts in a row after which a command gets to wait for its keys, like a statement.
constexpr int patience = 20;

void undo(Session& session) {
    session.connection.output().resize(session.output_mark);
    session.reader.rewind();
    session.commands = 0;
}

}  // namespace

// What the session did so far stays.
void Turns::keep(Session& session) {
    size_t used = session.reader.consume();
    records_.figures().bytes_in += used;
    session.connection.consume(used);
    session.output_mark = session.connection.output().size();
    session.commands = 0;
    session.blocked_since = 0;
}

void Turns::run(std::span<Session* const> sessions) {
    run(sessions, most_commands);
    for (Session* session : sessions)
        if (session->wants_exec && session->wait == Wait::nothing)
            run_exec(*session);
}

void Turns::run(std::span<Session* const> sessions, int most) {
    if (sessions.empty())
        return;
    Obstacle obstacle = try_to_run(sessions, most);
    for (int tries = 0; obstacle.kind == Obstacle::Kind::conflict && tries < patience; tries++)
        obstacle = try_to_run(sessions, most);
    if (obstacle.kind == Obstacle::Kind::none)
        return;
    if (obstacle.session)
        run_without(obstacle, sessions, most);
    else if (sessions.size() > 1)
        run_by_halves(sessions, most);
    else if (obstacle.commands > 1)
        run_by_halves(sessions, obstacle.commands);
    else
        settle(*sessions.front(), obstacle);
}

// The session that met the obstacle was running a command of its own, so which one is known.
void Turns::run_without(const Obstacle& obstacle, std::span<Session* const> sessions, int most) {
    std::vector<Session*> others;
    for (Session* session : sessions)
        if (session != obstacle.session)
            others.push_back(session);
    run(others, most);

    Session* alone[] = {obstacle.session};
    if (obstacle.commands > 1)  // those before it
        run(alone, obstacle.commands - 1);
    else if (obstacle.kind == Obstacle::Kind::error && sessions.size() > 1)
        run(alone, 1);
    else
        settle(*obstacle.session, obstacle);
}

void Turns::run_by_halves(std::span<Session* const> sessions, int most) {
    if (sessions.size() == 1) {
        run(sessions, most / 2);
        return;
    }
    size_t half = sessions.size() / 2;
    run(sessions.first(half), most);
    run(sessions.subspan(half), most);
}

Turns::Obstacle Turns::try_to_run(std::span<Session* const> sessions, int most) {
    Obstacle obstacle;
    XLogRecPtr unflushed = InvalidXLogRecPtr;
    int commands = 0;
    for (Session* session : sessions)
        session->output_mark = session->connection.output().size();
    try {
        records_.begin();
        transaction::begin(store_, XACT_READ_COMMITTED);
        for (size_t i = 0; i < sessions.size(); i++) {
            Session* session = sessions[i];
            if (i % sessions_ahead == 0)
                look_ahead(sessions.subspan(i, std::min(sessions_ahead, sessions.size() - i)));
            running_ = session;
            pg::call([] { CHECK_FOR_INTERRUPTS(); });
            run_session(*session, std::min(most, most_commands_in_turn - commands));
            commands += session->commands;
        }
        running_ = nullptr;
        dispatch_.become_server();
        unflushed = commit();
    } catch (...) {
        obstacle = obstacle_of_current_exception();
    }
    if (obstacle.kind == Obstacle::Kind::none) {
        for (Session* session : sessions) {
            session->is_unlimited = false;
            keep(*session);
            events_.replied(*session, unflushed);
        }
        return obstacle;
    }
    obstacle.session = running_;
    // The command that was running is not counted yet.
    obstacle.commands = running_ ? running_->commands + 1 : commands;
    running_ = nullptr;
    records_.turn_was_undone();
    transaction::abort(store_);
    for (Session* session : sessions)
        undo(*session);
    return obstacle;
}

// Returns up to where the WAL is yet to be flushed.
XLogRecPtr Turns::commit() {
    records_.turn_ran();
    transaction::Commit commit =
        transaction::commit(store_, [this] { return events_.may_flush_later(); });
    records_.turn_ended(commit.waited_for_disk || commit.unflushed != InvalidXLogRecPtr);
    return commit.unflushed;
}

// Lets the store know which keys come next: mostly the first argument is one.
void Turns::look_ahead(std::span<Session* const> sessions) {
    expected_.clear();
    for (Session* session : sessions) {
        int database = session->client.database;
        // What is read in parts is not read again from its beginning.
        if (!session->seat || session->reader.is_within_request())
            continue;
        for (int i = 0; i < commands_ahead; i++) {
            if (session->reader.next(session->connection.input(), arguments_) !=
                resp::RequestReader::Outcome::request)
                break;
            if (arguments_.size() > 1)
                expected_.push_back({database, arguments_[1]});
        }
        session->reader.rewind();
    }
    if (expected_.size() > 1)
        store::lookahead::fetch(expected_);
}

void Turns::run_session(Session& session, int most) {
    session.has_more = true;
    session.wants_exec = false;
    session.reader.set_authenticated(dispatch_.admit(session));
    while (session.commands < most && !session.client.shall_close) {
        using Outcome = resp::RequestReader::Outcome;
        Outcome outcome = session.reader.next(session.connection.input(), arguments_);
        if (outcome == Outcome::incomplete) {
            session.has_more = false;
            return;
        }
        if (outcome == Outcome::error) {
            refuse_protocol(session);
            return;
        }
        store_.set_visit_limit(session.is_unlimited ? 0 : most_visits);
        Done done = dispatch_.run(session, arguments_);
        if (done != Done::final && done != Done::in_turn) {
            put_off(session, done);
            return;
        }
        if (done == Done::final && session.commands == 0)
            keep(session);
        else
            session.commands++;
    }
}

void Turns::put_off(Session& session, Done done) {
    session.reader.put_back();
    if (session.commands > 0)
        return;  // nothing is done before that is committed
    if (done == Done::exec)
        session.wants_exec = true;
    else if (done == Done::later)
        park(session, Wait::time, InvalidTransactionId);
    else if (done == Done::helper)
        park(session, Wait::helper, InvalidTransactionId);
}

// The connection ends, after the replies to what came before.
void Turns::refuse_protocol(Session& session) {
    if (session.commands > 0)
        return;
    resp::Writer(session.connection.output()).error(session.reader.error());
    session.client.shall_close = true;
    keep(session);
}

// What becomes of a command that met an obstacle alone.
void Turns::settle(Session& session, const Obstacle& obstacle) {
    switch (obstacle.kind) {
        case Obstacle::Kind::blocked:
            park(session, Wait::transaction, obstacle.blocker);
            break;
        case Obstacle::Kind::too_long:
            dispatch_.note_too_long();
            [[fallthrough]];
        case Obstacle::Kind::conflict:
            park(session, Wait::helper, InvalidTransactionId);
            break;
        default:
            refuse(session, obstacle.message);
    }
}

void Turns::park(Session& session, Wait wait, TransactionId blocker) {
    if (wait == Wait::transaction && session.blocked_since == 0)
        session.blocked_since = transaction::milliseconds();
    session.wait = wait;
    session.blocker = blocker;
    events_.parked(session);
}

void Turns::refuse(Session& session, const std::string& error) {
    if (session.reader.next(session.connection.input(), arguments_) !=
        resp::RequestReader::Outcome::request)
        return;
    resp::Writer(session.connection.output()).error(error);
    keep(session);
    events_.replied(session, InvalidXLogRecPtr);
}

Turns::Obstacle Turns::obstacle_of_current_exception() {
    Obstacle obstacle;
    try {
        throw;
    } catch (const store::Blocked& blocked) {
        obstacle.kind = Obstacle::Kind::blocked;
        obstacle.blocker = blocked.transaction;
    } catch (const store::KeyChanged&) {
        obstacle.kind = Obstacle::Kind::conflict;
    } catch (const store::TooLong&) {
        obstacle.kind = Obstacle::Kind::too_long;
    } catch (const pg::Error& error) {
        obstacle.kind = error.data()->sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE
                            ? Obstacle::Kind::conflict
                            : Obstacle::Kind::error;
        obstacle.message = reply_of(*error.data());
    } catch (const std::bad_alloc&) {
        obstacle.kind = Obstacle::Kind::error;
        obstacle.message = "OOM command not allowed: the server is out of memory";
    } catch (const std::exception& error) {
        obstacle.kind = Obstacle::Kind::error;
        obstacle.message = std::string("ERR ") + error.what();
    }
    return obstacle;
}

}  // namespace server
