// Who comes in by the Redis protocol: roles of PostgreSQL, by AUTH with the password that
// PostgreSQL keeps, or as kv.default_role without one. Which roles may is told by admission.hpp;
// the connection limits of role and database count, of this door's clients.
//
// The functions are called within a transaction, outside pg::call, and throw pg::Error.
#pragma once

#include <array>
#include <string>
#include <unordered_map>

#include "core/bytes.hpp"
#include "server/admission.hpp"
#include "server/seat.hpp"
#include "server/slowdown.hpp"

namespace server {

using core::Bytes;

struct Attempt;

class Login {
public:
    enum class Outcome {
        welcome,
        wrong,  // the answer is WRONGPASS, whatever the cause: the log tells it
        later,  // nothing was decided: the command is to wait, and to be tried again
    };
    struct Result {
        Outcome outcome;
        int64_t wait = 0;  // of `later`: for so many milliseconds; 0: until the next turn
    };

    // One for a process, which outlives its seats.
    Login();

    // Once in each turn of the event loop. At most one password is verified in a turn, where the
    // same was not found right before, and wrong ones take at most a tenth of the time.
    void begin_turn() { may_verify_ = true; }

    // AUTH. An empty user, or "default", is the role that kv.default_role names. The address is
    // the client's without its port; empty: a Unix socket. On `welcome` the seat is the role's,
    // and an earlier one given back; else it stays what it was. The caller wipes the password.
    Result attempt(Bytes user, Bytes password, const std::string& address, Seat& seat);

    // A client that did not AUTH takes a seat as kv.default_role. False if there is none, or it
    // may not come in; the log tells why, once.
    bool admit_default(Seat& seat);

    // Whether a role may stay in: not if it was dropped or renamed, nor if it may not come in any
    // more. To be asked for every role that is in when roles_epoch() has grown.
    bool is_still_welcome(const Role& role);

private:
    using Digest = std::array<uint8_t, 32>;

    void make_secrets();
    bool verify(const Attempt& attempt);
    Digest digest(const Attempt& attempt) const;
    bool is_remembered(const Attempt& attempt) const;
    void remember(const Attempt& attempt);
    // Null: the seat is taken; else why it is not.
    const char* take_seat(const Applicant& role, Seat& seat);

    Seats seats_;
    // Of a role and a network, and of a network for all roles. The latter holds up only passwords
    // that have to be verified.
    Slowdown of_role_;
    Slowdown of_network_;
    int64_t next_verification_ = 0;  // milliseconds of a clock of its own
    bool may_verify_ = true;

    Digest key_{};
    // Of each role the last password found right, with the stored secret it was checked against:
    // once that is changed, this is worth nothing.
    std::unordered_map<Oid, Digest> remembered_;
    std::string mock_secret_;      // a stored secret of nobody's
    std::string default_refused_;  // what the log was told of kv.default_role last
};

}  // namespace server
