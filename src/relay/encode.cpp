#include "relay/encode.hpp"

#include <charconv>

namespace relay {

namespace {

// As in "$5\r\n".
void add_header(std::string& output, char type, size_t count) {
    char header[24];
    header[0] = type;
    char* end = std::to_chars(header + 1, std::end(header) - 2, count).ptr;
    *end++ = '\r';
    *end++ = '\n';
    output.append(header, end - header);
}

}  // namespace

void begin_command(std::string& output, size_t words) {
    add_header(output, '*', words);
}

void add_word(std::string& output, Bytes word) {
    add_word(output, word, {});
}

void add_word(std::string& output, Bytes head, Bytes tail) {
    add_header(output, '$', head.size() + tail.size());
    output.append(head).append(tail).append("\r\n", 2);
}

void add_number(std::string& output, int64_t number) {
    char digits[24];
    const char* end = std::to_chars(digits, std::end(digits), number).ptr;
    add_word(output, Bytes(digits, end - digits));
}

void add_command(std::string& output, std::initializer_list<Bytes> words) {
    begin_command(output, words.size());
    for (Bytes word : words)
        add_word(output, word);
}

}  // namespace relay
