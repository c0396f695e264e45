// Who may come in by the Redis protocol: roles of PostgreSQL, with the passwords PostgreSQL keeps.
//
// What is said here of roles holds for both ways in, AUTH and kv.default_role: they have LOGIN, are
// members of the role that kv.client_role names, no superusers, not past VALID UNTIL, may CONNECT
// to the database, and are within the connection limits of role and database, which count this
// door's clients alone.
//
// The functions are called within a transaction, outside pg::call, and throw pg::Error.
#pragma once

#include <array>

#include "core/bytes.hpp"
#include "pg/pg.hpp"
#include "server/seat.hpp"
#include "server/slowdown.hpp"

namespace server {

using core::Bytes;

class Login {
public:
    enum class Outcome {
        welcome,
        wrong,  // the answer is WRONGPASS, whatever the cause: the log tells it
        later,  // nothing was decided: the command is to wait, and to be asked again
    };
    struct Result {
        Outcome outcome;
        int64_t wait;  // of `later`: milliseconds until it is worth asking again; 0: the next turn
    };

    // One for each process, for as long as it has clients. Needs no transaction.
    Login();

    // Once in each turn of the event loop. At most one password a turn is checked that was not
    // found right before, and such checks take a tenth of the time at most.
    void begin_turn() { may_verify_ = true; }

    // AUTH. An empty user, and "default", is the role that kv.default_role names. The address is
    // the client's without the port; empty: a Unix socket. On `welcome` the seat is the role's and
    // an earlier one given back; else it stays what it was.
    //
    // The caller wipes what held the password, and, of a client that sent a wrong one, answers
    // before it asks for the next.
    Result attempt(Bytes user, Bytes password, const std::string& address, Seat& seat);

    // A client that did not AUTH: takes a seat as kv.default_role. False if there is none, or it
    // may not come in; the log tells why, once.
    bool admit_default(Seat& seat);

    // Whether a role that is in may stay: not if it was dropped or renamed, nor if it could not
    // come in any more. To be asked for each role that is in when roles_epoch() has grown; the
    // caller ends the connections.
    bool is_still_welcome(const Role& role);

private:
    struct Candidate;

    bool is_remembered(const Candidate& candidate, const char* password);
    void remember(const Candidate& candidate, const char* password);

    Seats seats_;
    Slowdown slowdown_;
    bool may_verify_ = true;
    int64_t next_verification_ = 0;  // microseconds of the process's clock
    std::string mock_secret_;
    std::string default_refusal_;  // what the log was told of kv.default_role
    std::array<uint8_t, 32> key_;
    // The last password found right of each role, under the key, with the stored secret it was
    // checked against: once that changes it is worth nothing.
    std::unordered_map<Oid, std::array<uint8_t, 32>> remembered_;
};

// Grows when a role, a membership or the right to connect may have changed. Cheap; a change made
// elsewhere is seen when a transaction begins.
uint64_t roles_epoch();

}  // namespace server
