#include "resp/request_reader.hpp"

#include <algorithm>
#include <climits>

#include "core/number.hpp"
#include "resp/words.hpp"

namespace resp {

namespace {

constexpr size_t line_limit = 64 * 1024;
constexpr int64_t unauthenticated_arguments = 10;
constexpr int64_t unauthenticated_bulk = 16 * 1024;
constexpr size_t kept_spans = 1024;
constexpr size_t end_of_line_size = 2;

// A length as clients write it, and the size of its line; 0 if the line is not like that, or not
// complete.
size_t read_plain_length(Bytes input, int64_t& length) {
    constexpr size_t digits = 9;
    size_t at = 1;
    int64_t value = 0;
    size_t end = std::min(input.size(), at + digits);
    for (; at < end && input[at] >= '0' && input[at] <= '9'; at++)
        value = value * 10 + (input[at] - '0');
    bool canonical = at == 2 || (at > 2 && input[1] != '0');
    if (!canonical || at + 1 >= input.size() || input[at] != '\r')
        return 0;
    length = value;
    return at + end_of_line_size;
}

}  // namespace

RequestReader::Outcome RequestReader::next(Bytes input, std::vector<Bytes>& arguments) {
    arguments.clear();
    if (forget_unquoted_) {
        unquoted_.clear();
        forget_unquoted_ = false;
    }
    if (!error_.empty())
        return Outcome::error;

    while (arguments.empty()) {
        bool complete = true;
        if (missing_ == 0) {
            begin_ = position_;
            if (position_ == input.size())
                return Outcome::incomplete;
            bool multibulk = input[position_] == '*';
            complete = multibulk ? read_multibulk_length(input) : read_inline(input, arguments);
        }
        if (!complete || !read_arguments(input, arguments))
            return error_.empty() ? Outcome::incomplete : Outcome::error;
    }
    last_ = begin_;
    begin_ = position_;
    return Outcome::request;
}

void RequestReader::put_back() {
    go_to(last_);
}

void RequestReader::rewind() {
    error_.clear();  // it is met again
    go_to(0);
}

void RequestReader::go_to(size_t begin) {
    begin_ = position_ = begin;
    searched_ = 0;
    missing_ = 0;
    length_ = no_length;
    spans_.clear();
}

size_t RequestReader::consume() {
    size_t done = begin_;
    position_ -= done;
    begin_ = 0;
    forget_unquoted_ = true;
    return done;
}

// None and fewer are skipped without a word.
bool RequestReader::read_multibulk_length(Bytes input) {
    static constexpr LengthErrors errors = {"too big mbulk count string",
                                            "invalid multibulk length"};
    int64_t length = 0;
    if (!read_length(input, errors, length))
        return false;
    if (length > INT_MAX)
        return fail(errors.invalid);
    if (!authenticated_ && length > unauthenticated_arguments)
        return fail("unauthenticated multibulk length");
    missing_ = std::max<int64_t>(length, 0);
    return true;
}

bool RequestReader::read_bulk_length(Bytes input) {
    static constexpr LengthErrors errors = {"too big bulk count string", "invalid bulk length"};
    int64_t length = 0;
    if (!read_length(input, errors, length))
        return false;
    if (length < 0 || length > bulk_limit_)
        return fail(errors.invalid);
    if (!authenticated_ && length > unauthenticated_bulk)
        return fail("unauthenticated bulk length");
    length_ = length;
    return true;
}

// The missing arguments, which become views when all are there.
bool RequestReader::read_arguments(Bytes input, std::vector<Bytes>& arguments) {
    for (; missing_ > 0; missing_--) {
        if (length_ == no_length && !read_bulk_length(input))
            return false;
        auto size = static_cast<size_t>(length_);
        // What stands where the line should end is not looked at.
        if (input.size() - position_ < size + end_of_line_size)
            return false;
        spans_.push_back({position_ - begin_, size});
        position_ += size + end_of_line_size;
        length_ = no_length;
    }
    for (Span span : spans_)
        arguments.emplace_back(input.data() + begin_ + span.begin, span.size);
    if (spans_.capacity() > kept_spans)
        std::vector<Span>().swap(spans_);
    spans_.clear();
    return true;
}

// A line such as "*3" or "$5".
bool RequestReader::read_length(Bytes input, const LengthErrors& errors, int64_t& length) {
    Bytes rest = input.substr(position_);
    bool bulk = missing_ > 0;
    if (!bulk || rest.starts_with('$')) {
        if (size_t size = read_plain_length(rest, length)) {
            finish_line(size);
            return true;
        }
    }

    size_t end = 0;
    if (!find_in_line(rest, '\r', end, errors.too_big) || end + 1 == rest.size())
        return false;
    if (bulk && rest.front() != '$')
        return fail(std::string("expected '$', got '") + rest.front() + "'");
    std::optional<int64_t> number = core::parse_integer(rest.substr(1, end - 1));
    if (!number)
        return fail(errors.invalid);
    length = *number;
    finish_line(end + end_of_line_size);
    return true;
}

bool RequestReader::read_inline(Bytes input, std::vector<Bytes>& arguments) {
    Bytes rest = input.substr(position_);
    size_t end = 0;
    if (!find_in_line(rest, '\n', end, "too big inline request"))
        return false;
    Bytes line = rest.substr(0, end);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    if (!split_words(line, arguments, unquoted_))
        return fail("unbalanced quotes in request");
    finish_line(end + 1);
    return true;
}

// Like Redis, finds nothing behind a NUL.
bool RequestReader::find_in_line(Bytes rest, char letter, size_t& at, const char* too_big) {
    Bytes line = rest.substr(0, line_limit + 1);
    at = line.find(letter, searched_);
    size_t nul = line.substr(0, at).find('\0', searched_);
    if (at != Bytes::npos && nul == Bytes::npos)
        return true;
    if (rest.size() > line_limit)
        return fail(too_big);
    searched_ = std::min(nul, line.size());
    return false;
}

void RequestReader::finish_line(size_t size) {
    position_ += size;
    searched_ = 0;
}

bool RequestReader::fail(const std::string& text) {
    error_ = "ERR Protocol error: " + text;
    return false;
}

}  // namespace resp
