// SORT and SORT_RO.
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "type/any.hpp"
#include "type/hash.hpp"
#include "type/list.hpp"

namespace command::keyspace {

namespace {

using store::Entry;
using store::Type;

struct Order {
    std::optional<Bytes> by;  // a pattern of keys to sort by
    std::vector<Bytes> gets;  // patterns of what to answer with
    std::optional<Bytes> target;
    int64_t offset = 0;
    int64_t count = -1;  // negative: all
    bool descending = false;
    bool alphabetic = false;

    // A pattern without a star is the same for all: nothing to sort by.
    bool is_unsorted() const { return by && by->find('*') == Bytes::npos; }
};

Status parse_order(const Call& call, bool may_store, Order& order) {
    Options options(call, 2);
    while (!options.done()) {
        Bytes value;
        if (options.flag("ASC")) {
            order.descending = false;
        } else if (options.flag("DESC")) {
            order.descending = true;
        } else if (options.flag("ALPHA")) {
            order.alphabetic = true;
        } else if (Bytes count; options.values("LIMIT", value, count)) {
            RETURN_IF_ERROR(parse_integer(value, order.offset));
            RETURN_IF_ERROR(parse_integer(count, order.count));
        } else if (may_store && options.value("STORE", value)) {
            order.target = value;
        } else if (options.value("BY", value)) {
            order.by = value;
        } else if (options.value("GET", value)) {
            order.gets.push_back(value);
        } else {
            return ErrorCode::syntax;
        }
    }
    return {};
}

// What a pattern stands for where the star is an element: a string, or the field of a hash, as in
// "user:*->name". Nothing if there is no such thing.
std::optional<std::string> fetch(Call& call, Bytes pattern, Bytes element) {
    if (pattern == "#")
        return std::string(element);
    size_t star = pattern.find('*');
    if (star == Bytes::npos)
        return std::nullopt;
    Bytes field;
    size_t arrow = pattern.find("->", star + 1);
    if (arrow != Bytes::npos && arrow + 2 < pattern.size()) {
        field = pattern.substr(arrow + 2);
        pattern = pattern.substr(0, arrow);
    }
    std::string key(pattern.substr(0, star));
    key.append(element).append(pattern.substr(star + 1));

    Entry entry;
    if (!call.store.read({call.database, key}, entry))
        return std::nullopt;
    if (field.empty())
        return entry.type == Type::string ? std::optional<std::string>(entry.value())
                                          : std::nullopt;
    type::Hash hash(call.store);
    if (Status status = hash.view(entry); !status)
        return std::nullopt;
    std::optional<Bytes> value = hash.find(field);
    return value ? std::optional<std::string>(*value) : std::nullopt;
}

// An element and what it is sorted by.
struct Row {
    std::string element;
    double weight = 0;
    std::optional<std::string> text;  // of an alphabetic order by another key
};

Status weigh(Call& call, const Order& order, Row& row) {
    if (order.by)
        row.text = fetch(call, *order.by, row.element);
    if (order.alphabetic)
        return {};
    if (order.by && !row.text)
        return {};
    const std::string& text = order.by ? *row.text : row.element;
    // As Redis reads it: spaces before a number, and nothing at all, will do.
    char* end = nullptr;
    errno = 0;
    row.weight = std::strtod(text.c_str(), &end);
    if (*end != '\0' || errno == ERANGE || std::isnan(row.weight))
        return ErrorCode::not_sortable;
    return {};
}

bool comes_before(const Order& order, const Row& left, const Row& right) {
    if (!order.alphabetic)
        return left.weight != right.weight ? left.weight < right.weight
                                           : left.element < right.element;
    // A missing text comes first.
    return order.by ? left.text < right.text : left.element < right.element;
}

Status load(Call& call, std::vector<Row>& rows, Type& type) {
    Entry entry;
    if (!call.store.read(call.place(1), entry))
        return {};
    type = entry.type;
    return type::walk_values(call.store, entry, [&](Bytes value) {
        rows.push_back({std::string(value), 0, {}});
        return true;
    });
}

Status sort_rows(Call& call, const Order& order, Type type, std::vector<Row>& rows) {
    Order effective = order;
    // A set has no order of its own, so what is stored would be arbitrary.
    if (order.is_unsorted() && type == Type::set && order.target) {
        effective.by.reset();
        effective.alphabetic = true;
    }
    if (effective.is_unsorted()) {
        if (order.descending && type != Type::set)
            std::reverse(rows.begin(), rows.end());
        return {};
    }
    for (Row& row : rows) {
        call.store.check_interrupts();
        RETURN_IF_ERROR(weigh(call, effective, row));
    }
    std::stable_sort(rows.begin(), rows.end(), [&](const Row& left, const Row& right) {
        return order.descending ? comes_before(effective, right, left)
                                : comes_before(effective, left, right);
    });
    return {};
}

std::span<const Row> limited(const Order& order, const std::vector<Row>& rows) {
    auto size = static_cast<int64_t>(rows.size());
    int64_t first = std::clamp<int64_t>(order.offset, 0, size);
    int64_t count = order.count < 0 ? size : order.count;
    return std::span(rows).subspan(static_cast<size_t>(first),
                                   static_cast<size_t>(std::min(count, size - first)));
}

using Answer = std::vector<std::optional<std::string>>;

Answer answer_of(Call& call, const Order& order, std::span<const Row> rows) {
    Answer answer;
    for (const Row& row : rows) {
        call.store.check_interrupts();
        if (order.gets.empty())
            answer.emplace_back(row.element);
        for (Bytes pattern : order.gets)
            answer.push_back(fetch(call, pattern, row.element));
    }
    return answer;
}

Status store_answer(Call& call, Bytes target, const Answer& answer) {
    std::vector<Bytes> items;
    for (const std::optional<std::string>& item : answer)
        items.push_back(item ? Bytes(*item) : Bytes());
    auto change = [&](Entry& entry) -> Status {
        type::List list;
        list.create(entry);
        list.push(type::Side::right, items);
        list.save();
        return {};
    };
    RETURN_IF_ERROR(call.store.modify({call.database, target}, change));
    call.reply.integer(static_cast<int64_t>(items.size()));
    return {};
}

Status sort_key(Call& call, bool may_store) {
    Order order;
    RETURN_IF_ERROR(parse_order(call, may_store, order));
    std::vector<Row> rows;
    Type type = Type::none;
    RETURN_IF_ERROR(load(call, rows, type));
    RETURN_IF_ERROR(sort_rows(call, order, type, rows));
    Answer answer = answer_of(call, order, limited(order, rows));
    if (order.target)
        return store_answer(call, *order.target, answer);
    call.reply.begin_array();
    for (const std::optional<std::string>& item : answer)
        if (item)
            call.reply.bulk(*item);
        else
            call.reply.null();
    call.reply.end_array();
    return {};
}

}  // namespace

Status sort(Call& call) {
    return sort_key(call, true);
}

Status sort_ro(Call& call) {
    return sort_key(call, false);
}

}  // namespace command::keyspace
