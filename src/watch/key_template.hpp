// How keys are made of a row's columns: literal text, {column}, and {{ and }} for braces. A name
// stands between its braces as the catalog has it, without quotes.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/bytes.hpp"

namespace watch {

using core::Bytes;

class KeyTemplate {
public:
    struct Piece {
        std::string literal;
        int column = -1;  // or an index into columns()
    };

    // Null, and what is wrong, if braces do not match or nothing is between them.
    static std::optional<KeyTemplate> parse(Bytes text, std::string* problem);

    const std::vector<Piece>& pieces() const { return pieces_; }
    // Each once, in the order in which they first occur.
    const std::vector<std::string>& columns() const { return columns_; }
    bool has_literals() const;

    // The template again, of columns that have other names by now.
    std::string with_columns(const std::vector<std::string>& names) const;
    // What matches every key of the template, in Redis's patterns.
    std::string pattern() const;

private:
    void add_literal(char letter);
    void add_column(Bytes name);

    std::vector<Piece> pieces_;
    std::vector<std::string> columns_;
};

}  // namespace watch
