#include "resp/writer.hpp"

#include <algorithm>
#include <charconv>

#include "core/number.hpp"
#include "core/score.hpp"

namespace resp {

namespace {

constexpr Bytes end_of_line = "\r\n";

// Room for a header of one digit; a longer one moves the elements along.
constexpr Bytes empty_header = "*0\r\n";

constexpr Bytes verbatim_format = "txt:";

}  // namespace

void Writer::status(Bytes text) {
    count_element();
    line('+', text);
}

void Writer::error(Bytes text) {
    count_element();
    size_t begin = output_.size() + 1;
    line('-', text);
    // A line break in what the error quotes must not end the reply.
    std::replace_if(
        output_.begin() + static_cast<std::ptrdiff_t>(begin),
        output_.end() - static_cast<std::ptrdiff_t>(end_of_line.size()),
        [](char byte) { return byte == '\r' || byte == '\n'; }, ' ');
}

void Writer::integer(int64_t value) {
    count_element();
    number_line(':', value);
}

void Writer::bulk(Bytes value) {
    count_element();
    number_line('$', static_cast<int64_t>(value.size()));
    output_.append(value).append(end_of_line);
}

void Writer::null() {
    count_element();
    output_ += protocol_ == Protocol::resp3 ? "_\r\n" : "$-1\r\n";
}

void Writer::null_array() {
    count_element();
    output_ += protocol_ == Protocol::resp3 ? "_\r\n" : "*-1\r\n";
}

void Writer::real(double value) {
    std::string text = core::format_score(value);
    if (protocol_ == Protocol::resp2) {
        bulk(text);
        return;
    }
    count_element();
    line(',', text);
}

void Writer::boolean(bool value) {
    count_element();
    if (protocol_ == Protocol::resp3)
        output_ += value ? "#t\r\n" : "#f\r\n";
    else
        output_ += value ? ":1\r\n" : ":0\r\n";
}

void Writer::big_number(Bytes digits) {
    if (protocol_ == Protocol::resp2) {
        bulk(digits);
        return;
    }
    count_element();
    line('(', digits);
}

void Writer::verbatim(Bytes text) {
    if (protocol_ == Protocol::resp2) {
        bulk(text);
        return;
    }
    count_element();
    number_line('=', static_cast<int64_t>(verbatim_format.size() + text.size()));
    output_.append(verbatim_format).append(text).append(end_of_line);
}

void Writer::begin_pair() {
    if (protocol_ == Protocol::resp3)
        begin_array();
}

void Writer::end_pair() {
    if (protocol_ == Protocol::resp3)
        end_array();
}

void Writer::begin(Aggregate kind) {
    count_element();
    open_.push_back({kind, output_.size(), 0});
    output_ += empty_header;
}

void Writer::end() {
    Open aggregate = open_.back();
    open_.pop_back();
    bool map = protocol_ == Protocol::resp3 && aggregate.kind == Aggregate::map;
    size_t length = map ? aggregate.elements / 2 : aggregate.elements;
    output_[aggregate.header] = header_type(aggregate.kind);
    output_.replace(aggregate.header + 1, 1,
                    core::IntegerText(static_cast<int64_t>(length)).bytes());
}

char Writer::header_type(Aggregate kind) const {
    if (protocol_ == Protocol::resp2)
        return '*';
    switch (kind) {
        case Aggregate::array:
            return '*';
        case Aggregate::map:
            return '%';
        case Aggregate::set:
            return '~';
        case Aggregate::push:
            return '>';
    }
    return '*';
}

void Writer::count_element() {
    if (!open_.empty())
        open_.back().elements++;
}

void Writer::line(char type, Bytes text) {
    output_ += type;
    output_.append(text).append(end_of_line);
}

// In one append.
void Writer::number_line(char type, int64_t number) {
    char text[1 + 20 + end_of_line.size()];
    text[0] = type;
    char* end = std::to_chars(text + 1, text + sizeof(text), number).ptr;
    *end++ = '\r';
    *end++ = '\n';
    output_.append(text, static_cast<size_t>(end - text));
}

}  // namespace resp
