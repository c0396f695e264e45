// Commands that push to and pop from the ends of lists.
#include <optional>
#include <string>
#include <vector>

#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "core/text.hpp"
#include "type/list.hpp"

namespace command::list {

namespace {

using store::Entry;
using type::List;
using type::Side;

enum class IfMissing { create, leave };

Status push(Call& call, Side side, IfMissing if_missing) {
    int64_t size = 0;
    auto change = [&](Entry& entry) -> Status {
        List list;
        RETURN_IF_ERROR(list.open(entry));
        if (entry.exists || if_missing == IfMissing::create)
            list.push(side, call.arguments.subspan(2));
        size = list.size();
        list.save();
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    call.reply.integer(size);
    return {};
}

Status pop_one(Call& call, Side side) {
    std::optional<std::string> value;
    auto change = [&](Entry& entry) -> Status {
        List list;
        RETURN_IF_ERROR(list.open(entry));
        value.reset();
        if (!list.empty())
            value = list.pop(side);
        list.save();
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    if (value)
        call.reply.bulk(*value);
    else
        call.reply.null();
    return {};
}

void reply_values(Call& call, const std::vector<std::string>& values) {
    call.reply.begin_array();
    for (const std::string& value : values)
        call.reply.bulk(value);
    call.reply.end_array();
}

Status pop_several(Call& call, Side side) {
    int64_t count = 0;
    RETURN_IF_ERROR(parse_at_least(0, call[2], ErrorCode::out_of_range_positive, count));
    bool exists = false;
    std::vector<std::string> values;
    auto change = [&](Entry& entry) -> Status {
        List list;
        RETURN_IF_ERROR(list.open(entry));
        exists = entry.exists;
        values = list.pop(side, count);
        list.save();
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    if (exists)
        reply_values(call, values);
    else
        call.reply.null_array();
    return {};
}

Status pop(Call& call, Side side) {
    if (call.size() > 3)
        return {ErrorCode::wrong_arity, call.command.name};
    return call.size() == 3 ? pop_several(call, side) : pop_one(call, side);
}

Status parse_side(Bytes word, Side& side) {
    if (core::equals_ignoring_case(word, "LEFT"))
        side = Side::left;
    else if (core::equals_ignoring_case(word, "RIGHT"))
        side = Side::right;
    else
        return ErrorCode::syntax;
    return {};
}

// Moves an item from the list of one entry to that of another, or of the same.
Status move(Entry& source, Side from, Entry& destination, Side to,
            std::optional<std::string>& moved) {
    moved.reset();
    List popped;
    RETURN_IF_ERROR(popped.open(source));
    if (popped.empty())
        return {};
    if (&source == &destination) {
        moved = popped.pop(from);
        popped.push(to, *moved);
    } else {
        List pushed;
        RETURN_IF_ERROR(pushed.open(destination));
        moved = popped.pop(from);
        pushed.push(to, *moved);
        pushed.save();
    }
    popped.save();
    return {};
}

Status move(Call& call, Side from, Side to) {
    std::optional<std::string> moved;
    if (call[1] == call[2]) {
        auto rotate = [&](Entry& entry) {
            return move(entry, from, entry, to, moved);
        };
        RETURN_IF_ERROR(call.store.modify(call.place(1), rotate));
    } else {
        auto change = [&](std::span<Entry> entries) {
            return move(entries[0], from, entries[1], to, moved);
        };
        const store::Place places[] = {call.place(1), call.place(2)};
        RETURN_IF_ERROR(call.store.modify(places, change));
    }
    if (moved)
        call.reply.bulk(*moved);
    else
        call.reply.null();
    return {};
}

// How LMPOP is called.
struct SeveralKeys {
    size_t keys = 0;  // of which the first is argument 2
    Side side = Side::left;
    int64_t count = 1;
};

Status parse_several_keys(const Call& call, SeveralKeys& several) {
    int64_t keys = 0;
    RETURN_IF_ERROR(parse_at_least(1, call[1], ErrorCode::numkeys_not_positive, keys));
    several.keys = static_cast<size_t>(keys);
    if (several.keys >= call.size() - 2)
        return ErrorCode::syntax;
    size_t side = 2 + several.keys;
    RETURN_IF_ERROR(parse_side(call[side], several.side));
    Options options(call, side + 1);
    Bytes count;
    if (options.done())
        return {};
    if (!options.value("COUNT", count))
        return ErrorCode::syntax;
    RETURN_IF_ERROR(parse_at_least(1, count, ErrorCode::count_not_positive, several.count));
    if (!options.done())
        return ErrorCode::syntax;
    return {};
}

}  // namespace

Status lpush(Call& call) {
    return push(call, Side::left, IfMissing::create);
}

Status lpushx(Call& call) {
    return push(call, Side::left, IfMissing::leave);
}

Status rpush(Call& call) {
    return push(call, Side::right, IfMissing::create);
}

Status rpushx(Call& call) {
    return push(call, Side::right, IfMissing::leave);
}

Status lpop(Call& call) {
    return pop(call, Side::left);
}

Status rpop(Call& call) {
    return pop(call, Side::right);
}

Status lmove(Call& call) {
    Side from = Side::left;
    Side to = Side::left;
    RETURN_IF_ERROR(parse_side(call[3], from));
    RETURN_IF_ERROR(parse_side(call[4], to));
    return move(call, from, to);
}

Status rpoplpush(Call& call) {
    return move(call, Side::right, Side::left);
}

// Only a key that was seen to exist is locked. One that another session has emptied meanwhile
// counts as if it had been looked at afterwards: the next key has its turn.
Status lmpop(Call& call) {
    SeveralKeys several;
    RETURN_IF_ERROR(parse_several_keys(call, several));
    std::vector<std::string> values;
    auto change = [&](Entry& entry) -> Status {
        List list;
        RETURN_IF_ERROR(list.open(entry));
        values = list.pop(several.side, several.count);
        list.save();
        return {};
    };
    for (size_t key = 2; key < 2 + several.keys; key++) {
        Entry entry;
        if (!call.store.read(call.place(key), entry))
            continue;
        RETURN_IF_ERROR(call.store.modify(call.place(key), change));
        if (values.empty())
            continue;
        call.reply.begin_array();
        call.reply.key(call[key]);
        reply_values(call, values);
        call.reply.end_array();
        return {};
    }
    call.reply.null_array();
    return {};
}

}  // namespace command::list
