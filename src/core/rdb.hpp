// What Redis's DUMP gives: a byte for the type, the value as in an RDB file, the format's version
// in two bytes and a checksum in eight.
#pragma once

#include "core/bytes.hpp"
#include "core/status.hpp"

namespace core {

// Told what a value holds: a string once, an element of a collection at a time. The bytes are
// valid during the call.
class RdbVisitor {
public:
    virtual void on_string(Bytes value) = 0;
    virtual void on_item(Bytes item) = 0;                    // of a list
    virtual void on_member(Bytes member) = 0;                // of a set
    virtual void on_scored(Bytes member, double score) = 0;  // of a sorted set; never NaN
    virtual void on_field(Bytes field, Bytes value) = 0;     // of a hash

protected:
    ~RdbVisitor() = default;
};

// Reads the values that Redis 7.0 and 7.2 write, with those older forms that they still do. Of a
// payload that turns out to be damaged a part may have been visited. A member or field that is
// there twice is visited twice; an empty collection is an error, as in Redis.
Status read_dump(Bytes payload, RdbVisitor& visitor);

}  // namespace core
