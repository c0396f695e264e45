// The SQL parameters of a command's function, as commands.def writes them:
//
//   "key key, value value, ex integer? EX, nx flag NX, ttl interval? PX"
//
// A parameter is a name, a kind, and a token that precedes the value among the command's
// arguments. '?' marks a parameter that may be left out, '...' one that is VARIADIC. An item
// "=TOKEN" is no parameter but a token that is always there.
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
    pair,       // a key and a value; only with '...'
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
