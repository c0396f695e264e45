#include "watch/key_template.hpp"

#include <algorithm>

namespace watch {

void KeyTemplate::add_literal(char letter) {
    if (pieces_.empty() || pieces_.back().column >= 0)
        pieces_.emplace_back();
    pieces_.back().literal += letter;
}

void KeyTemplate::add_column(Bytes name) {
    auto known = std::find(columns_.begin(), columns_.end(), name);
    pieces_.push_back({"", static_cast<int>(known - columns_.begin())});
    if (known == columns_.end())
        columns_.emplace_back(name);
}

std::optional<KeyTemplate> KeyTemplate::parse(Bytes text, std::string* problem) {
    KeyTemplate result;
    for (size_t at = 0; at < text.size(); at++) {
        char letter = text[at];
        bool is_brace = letter == '{' || letter == '}';
        if (is_brace && at + 1 < text.size() && text[at + 1] == letter) {
            result.add_literal(letter);
            at++;
        } else if (letter == '}') {
            *problem = "there is a } without a {";
            return std::nullopt;
        } else if (letter == '{') {
            size_t end = text.find('}', at);
            if (end == Bytes::npos || end == at + 1) {
                *problem = end == Bytes::npos ? "there is a { without a }" : "{} names no column";
                return std::nullopt;
            }
            result.add_column(text.substr(at + 1, end - at - 1));
            at = end;
        } else {
            result.add_literal(letter);
        }
    }
    return result;
}

bool KeyTemplate::has_literals() const {
    return std::any_of(pieces_.begin(), pieces_.end(),
                       [](const Piece& piece) { return piece.column < 0; });
}

std::string KeyTemplate::with_columns(const std::vector<std::string>& names) const {
    std::string text;
    for (const Piece& piece : pieces_) {
        if (piece.column >= 0)
            text += "{" + names[static_cast<size_t>(piece.column)] + "}";
        for (char letter : piece.literal)
            text.append(letter == '{' || letter == '}' ? 2 : 1, letter);
    }
    return text;
}

std::string KeyTemplate::pattern() const {
    std::string pattern;
    for (const Piece& piece : pieces_) {
        if (piece.column >= 0 && !pattern.ends_with('*'))
            pattern += '*';
        for (char letter : piece.literal) {
            if (std::string_view("*?[]^-\\").find(letter) != std::string_view::npos)
                pattern += '\\';
            pattern += letter;
        }
    }
    return pattern;
}

}  // namespace watch
