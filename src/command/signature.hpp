// The SQL parameters of a command's function, as commands.def writes them, in the order of the
// command's arguments:
//
//   "key key, value value, ex integer? EX, nx flag NX, ttl interval? PX"
//
// A parameter is a name, a kind, and a token that precedes the value among the command's
// arguments. '?' marks a parameter that may be left out, '...' one that is VARIADIC. An item
// "=TOKEN" is no parameter but a token that is always there.
//
// The function has its parameters in an order of its own: first those that must be given, then the
// VARIADIC one or else those that may be left out, then db.
#pragma once

#include <string_view>
#include <vector>

namespace command {

enum class Kind {
    key,        // a key: text or bytea
    value,      // data: text, bytea or, in the third form of the function, anything
    word,       // a pattern or a name: text or bytea
    bytes,      // bytea, whatever the keys are
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
    int position = -1;  // of the first of its SQL parameters among the function's
};

struct Signature {
    std::vector<Parameter> parameters;  // in the order of the command's arguments
    int size = 0;                       // SQL parameters in front of db; where a VARIADIC list of
                                        // pairs is given as two arrays, there is one more

    // The VARIADIC parameter, or null.
    const Parameter* variadic() const;
    // Those with a place among the SQL parameters, in that order.
    std::vector<const Parameter*> sql_order() const&;
    std::vector<const Parameter*> sql_order() && = delete;
};

// Throws std::logic_error for what is not written as above; the views point into the text.
Signature parse_signature(std::string_view text);

// The names of the SQL parameters of a kind that has two: offset and count, score and member, and
// as arrays, scores and members, fields and values, keys and values.
struct TwoNames {
    std::string_view first;
    std::string_view second;
};
TwoNames two_names(const Parameter& parameter, bool arrays);

}  // namespace command
