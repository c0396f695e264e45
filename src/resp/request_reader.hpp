// Reads requests in the Redis protocol: arrays of bulk strings, and lines of words, which Redis
// calls inline commands. What is lenient here is so in Redis.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "core/bytes.hpp"

namespace resp {

using core::Bytes;

class RequestReader {
public:
    enum class Outcome { request, incomplete, error };

    // Looks for the next request, behind those it has given since the last consume(). The input may
    // have grown or moved since, but is otherwise the same. A request has at least one argument;
    // arguments are views into the input, or, where an inline command quotes, into the reader, and
    // those stay until the next() that follows a consume(). After an error there is nothing but
    // errors.
    Outcome next(Bytes input, std::vector<Bytes>& arguments);

    // The bytes that are done with since the last call: from now on the input begins behind them.
    size_t consume();

    // The last request is given once more, or all that were given since the last consume(), an
    // error among them.
    void put_back();
    void rewind();

    // Part of a request is there.
    bool is_within_request() const { return missing_ > 0; }

    // As in "ERR Protocol error: invalid bulk length".
    const std::string& error() const { return error_; }

    // Who has yet to authenticate is held to 10 arguments of 16 KB, save in inline commands.
    void set_authenticated(bool authenticated) { authenticated_ = authenticated; }
    void set_bulk_limit(int64_t size) { bulk_limit_ = size; }  // proto-max-bulk-len

private:
    // Where an argument stands in the request, which holds when the input moves.
    struct Span {
        size_t begin;
        size_t size;
    };
    static constexpr int64_t no_length = -1;

    struct LengthErrors {
        const char* too_big;  // the line
        const char* invalid;
    };

    void go_to(size_t begin);
    bool read_multibulk_length(Bytes input);
    bool read_arguments(Bytes input, std::vector<Bytes>& arguments);
    bool read_bulk_length(Bytes input);
    bool read_length(Bytes input, const LengthErrors& errors, int64_t& length);
    bool read_inline(Bytes input, std::vector<Bytes>& arguments);
    bool find_in_line(Bytes rest, char letter, size_t& at, const char* too_big);
    void finish_line(size_t size);
    bool fail(const std::string& text);

    bool authenticated_ = true;
    int64_t bulk_limit_ = static_cast<int64_t>(core::max_string_size);

    size_t position_ = 0;         // of what is to be read next
    size_t searched_ = 0;         // bytes from there that are known not to end the line
    size_t begin_ = 0;            // of the request at hand, or end of the last
    size_t last_ = 0;             // where the last began
    int64_t missing_ = 0;         // arguments of the request at hand; none: between requests
    int64_t length_ = no_length;  // of the argument at hand
    std::vector<Span> spans_;

    std::list<std::string> unquoted_;
    bool forget_unquoted_ = false;
    std::string error_;
};

}  // namespace resp
