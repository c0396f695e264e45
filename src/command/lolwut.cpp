// LOLWUT: a picture by a rule of one dimension, from a row at random.
#include <array>

#include "command/arguments.hpp"
#include "command/server_handlers.hpp"

namespace command::administration {

namespace {

constexpr size_t width = 64;
constexpr int height = 24;

using Row = std::array<bool, width>;

Row random_row(store::Store& store) {
    Row row{};
    uint64_t bits = store.random();
    for (size_t i = 0; i < width; i++)
        row[i] = (bits >> i & 1) != 0;
    return row;
}

// What becomes of a cell and its neighbours stands in the rule's bits. The ends of the row meet.
Row next_row(const Row& row, unsigned rule) {
    Row next{};
    for (size_t i = 0; i < width; i++) {
        unsigned left = row[(i + width - 1) % width];
        unsigned middle = row[i];
        unsigned right = row[(i + 1) % width];
        next[i] = (rule >> (left << 2 | middle << 1 | right) & 1) != 0;
    }
    return next;
}

unsigned random_rule(store::Store& store) {
    // The rules that make the finest patterns.
    constexpr std::array<unsigned, 8> rules = {22, 30, 45, 54, 60, 90, 110, 150};
    return rules[store.random() % rules.size()];
}

}  // namespace

Status lolwut(Call& call) {
    Options options(call, 1);
    Bytes version;
    int64_t number = 0;
    if (options.value("VERSION", version))
        RETURN_IF_ERROR(parse_integer(version, number));
    unsigned rule = random_rule(call.store);
    std::string text;
    Row row = random_row(call.store);
    for (int i = 0; i < height; i++, row = next_row(row, rule)) {
        for (bool cell : row)
            text += cell ? '#' : ' ';
        text += '\n';
    }
    text += "\nRule " + std::to_string(rule) + ", from a row at random. Redis ver. " +
            redis_version + "\n";
    call.reply.verbatim(text);
    return {};
}

}  // namespace command::administration
