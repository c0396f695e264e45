// What SQL functions return, by the kinds of result in commands.def.
#pragma once

#include "command/function.hpp"
#include "sql/arguments.hpp"

namespace sql {

enum class Column : char {
    none,
    bytes,  // text or bytea, as the function's arguments are
    text,
    binary,  // bytea
    integer,
    boolean,
    numeric,
    real,
};

struct ResultShape {
    enum class Style {
        value,  // one value
        json,   // the whole reply as jsonb
        rows,   // what the reply gives fills the columns in turn
        asked,  // the first column are the arguments asked, what the reply gives fills the others
        keyed,  // what the reply gives first is the first column of all rows
        scan,   // one row: the cursor that the reply gives first, then an array for each column
    };
    static constexpr int most_columns = 3;

    Style style;
    Column columns[most_columns] = {};

    constexpr int width() const {
        return static_cast<int>(std::find(std::begin(columns), std::end(columns), Column::none) -
                                std::begin(columns));
    }
};

ResultShape shape_of(command::ResultKind kind);

}  // namespace sql
