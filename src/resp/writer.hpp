// Writes replies in the Redis protocol, version 2 or 3, to the end of a string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/bytes.hpp"

namespace resp {

using core::Bytes;

enum class Protocol { resp2 = 2, resp3 = 3 };

class Writer {
public:
    explicit Writer(std::string& output, Protocol protocol = Protocol::resp2)
        : output_(output), protocol_(protocol) {}

    void set_protocol(Protocol protocol) { protocol_ = protocol; }

    void status(Bytes text);
    void error(Bytes text);  // code and message, as in "ERR syntax error"
    void integer(int64_t value);
    void bulk(Bytes value);
    void null();
    void null_array();  // protocol 2 tells a missing array from a missing value
    void real(double value);
    // Protocol 2 has an integer, and bulk strings, for these.
    void boolean(bool value);
    void big_number(Bytes digits);
    void verbatim(Bytes text);  // for people to read, such as that of INFO

    // The number of elements need not be known before: it is put in place at the end. Keys and
    // values of a map come in turn; protocol 2 has no maps and sets, and gets arrays.
    void begin_array() { begin(Aggregate::array); }
    void end_array() { end(); }
    void begin_map() { begin(Aggregate::map); }
    void end_map() { end(); }
    void begin_set() { begin(Aggregate::set); }
    void end_set() { end(); }
    // A message that answers no request.
    void begin_push() { begin(Aggregate::push); }
    void end_push() { end(); }
    // An array in protocol 3, nothing in protocol 2.
    void begin_pair();
    void end_pair();

private:
    enum class Aggregate { array, map, set, push };
    struct Open {
        Aggregate kind;
        size_t header;  // where its header stands in the output
        size_t elements;
    };

    void begin(Aggregate kind);
    void end();
    char header_type(Aggregate kind) const;
    void count_element();
    void line(char type, Bytes text);
    void number_line(char type, int64_t number);

    std::string& output_;
    Protocol protocol_;
    std::vector<Open> open_;
};

}  // namespace resp
