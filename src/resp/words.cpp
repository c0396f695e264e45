#include "resp/words.hpp"

#include <cstdint>
#include <optional>

namespace resp {

namespace {

// The C locale's isspace().
bool is_space(char letter) {
    return letter == ' ' || (letter >= '\t' && letter <= '\r');
}

// Fewer end a word than may stand before one.
bool ends_word(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}

std::optional<int> hexadecimal_digit(char letter) {
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    if (letter >= 'a' && letter <= 'f')
        return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F')
        return letter - 'A' + 10;
    return std::nullopt;
}

char unescape(char letter) {
    switch (letter) {
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case 'b':
            return '\b';
        case 'a':
            return '\a';
        default:
            return letter;
    }
}

// What `\` stands for at the beginning of the text, between double quotes; takes it off.
char take_escape(Bytes& text) {
    if (text.size() >= 4 && text[1] == 'x') {
        std::optional<int> high = hexadecimal_digit(text[2]);
        std::optional<int> low = hexadecimal_digit(text[3]);
        if (high && low) {
            text.remove_prefix(4);
            return static_cast<char>(*high * 16 + *low);
        }
    }
    char letter = unescape(text[1]);
    text.remove_prefix(2);
    return letter;
}

// Takes a quoted text, which begins behind the opening quote, and its end off the line.
bool take_quoted(char quote, Bytes& line, std::string& word) {
    while (!line.empty()) {
        if (line.front() == quote) {
            line.remove_prefix(1);
            return line.empty() || is_space(line.front());
        }
        if (quote == '"' && line.front() == '\\' && line.size() > 1) {
            word += take_escape(line);
            continue;
        }
        if (quote == '\'' && line.starts_with("\\'"))
            line.remove_prefix(1);
        word += line.front();
        line.remove_prefix(1);
    }
    return false;
}

bool is_quote(char letter) {
    return letter == '"' || letter == '\'';
}

// Takes the word off with which the line begins. The closing of a quote ends the word, its opening
// does not begin one.
bool take_word(Bytes& line, Bytes& word, std::list<std::string>& unquoted) {
    size_t size = 0;
    while (size < line.size() && !ends_word(line[size]) && !is_quote(line[size]))
        size++;
    word = line.substr(0, size);
    line.remove_prefix(size);
    if (line.empty() || !is_quote(line.front()))
        return true;

    char quote = line.front();
    line.remove_prefix(1);
    std::string& text = unquoted.emplace_back(word);
    bool balanced = take_quoted(quote, line, text);
    word = text;
    return balanced;
}

}  // namespace

bool split_words(Bytes line, std::vector<Bytes>& words, std::list<std::string>& unquoted) {
    while (true) {
        while (!line.empty() && is_space(line.front()))
            line.remove_prefix(1);
        if (line.empty())
            return true;
        if (!take_word(line, words.emplace_back(), unquoted))
            return false;
    }
}

}  // namespace resp
