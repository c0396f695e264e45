#include "resp/writer.hpp"

#include <algorithm>

#include "core/number.hpp"
#include "core/score.hpp"

namespace resp {

namespace {

constexpr Bytes end_of_line = "\r\n";

// Room for a header of one digit; a longer one moves the elements along.
constexpr Bytes empty_header = "*0\r\n";

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
    line(':', value);
}

void Writer::bulk(Bytes value) {
    count_element();
    line('$', static_cast<int64_t>(value.size()));
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
    bool resp3 = protocol_ == Protocol::resp3;
    bool map = resp3 && aggregate.kind == Aggregate::map;
    bool set = resp3 && aggregate.kind == Aggregate::set;
    output_[aggregate.header] = map ? '%' : set ? '~' : '*';
    size_t length = map ? aggregate.elements / 2 : aggregate.elements;
    output_.replace(aggregate.header + 1, 1,
                    core::IntegerText(static_cast<int64_t>(length)).bytes());
}

void Writer::count_element() {
    if (!open_.empty())
        open_.back().elements++;
}

void Writer::line(char type, Bytes text) {
    output_ += type;
    output_.append(text).append(end_of_line);
}

void Writer::line(char type, int64_t number) {
    line(type, core::IntegerText(number).bytes());
}

}  // namespace resp
