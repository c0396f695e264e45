// The SQL parameters of a command's function, as commands.def writes them, in the order of the
// command's arguments:
//
//   "key key, value value, ex integer? EX, nx flag NX, ttl interval? PX"
//
// A parameter is a name, a kind, and a token that precedes the value among the command's
// arguments. '?' marks a parameter that may be left out, '...' one that is VARIADIC, and is the
// last. An item "=TOKEN" is no parameter but a token that is always there. Among the function's
// parameters those that may be left out come behind the others.
#pragma once

#include <string_view>
#include <vector>

namespace command {

enum class Kind {
    key,        // a key: text or bytea
    value,      // data: text, bytea or, in the third form of the function, anything
    word,       // a pattern or a name: text or bytea
    integer,    // bigint
    interval,   // interval, passed on in milliseconds
    timestamp,  // timestamptz, passed on in milliseconds since 1970-01-01 UTC
    flag,       // boolean: the token stands alone, or not at all
    real,       // double precision
    pair,       // a key or field and a value; only with '...'
    scored,     // a member of a sorted set, with its score before it; arrays of both will do
    keys,       // an array of keys, after their number
    reals,      // an array of double precision
    words,      // an array of words, the token before each
    limit,      // two parameters, "offset" and count: LIMIT and both, if one is given
    token,      // "=TOKEN"
};

struct Parameter {
    std::string_view name;
    Kind kind = Kind::token;
    std::string_view token;  // empty: the value stands alone
    bool optional = false;
    bool variadic = false;
};

// Throws std::logic_error for what is not written as above; the views point into the signature.
std::vector<Parameter> parse_signature(std::string_view signature);

}  // namespace command
