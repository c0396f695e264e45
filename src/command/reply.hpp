// Where a command's handler puts its answer. The SQL door makes a Datum or rows of it, the Redis
// protocol bytes.
#pragma once

#include <cstdint>

#include "core/bytes.hpp"

namespace command {

using core::Bytes;

class Reply {
public:
    virtual void status(const char* text) = 0;  // +OK
    virtual void integer(int64_t value) = 0;
    virtual void bulk(Bytes value) = 0;
    virtual void null() = 0;
    virtual void null_array() = 0;        // protocol 2 tells a missing array from a missing value
    virtual void real(double value) = 0;  // a score

    // Arrays and maps are closed when all their elements were given; their number need not be
    // known before. A map's elements are keys and values in turn.
    virtual void begin_array() = 0;
    virtual void end_array() = 0;
    virtual void begin_map() = 0;
    virtual void end_map() = 0;
    virtual void begin_set() = 0;
    virtual void end_set() = 0;
    // Two elements of an array that belong together, such as a member and its score: an array of
    // their own in protocol 3, and nothing in protocol 2.
    virtual void begin_pair() = 0;
    virtual void end_pair() = 0;

    // HELLO: what follows is told in another version of the protocol.
    virtual void set_protocol(int) {}
    // Text for people, such as INFO's.
    virtual void verbatim(Bytes text) { bulk(text); }

    // A key's name; the doors may treat it unlike other bulk strings.
    virtual void key(Bytes name) { bulk(name); }

    // Yes or no: Redis answers with the integers 1 and 0.
    void boolean(bool value) { integer(value ? 1 : 0); }

protected:
    ~Reply() = default;
};

}  // namespace command
