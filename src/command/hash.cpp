// Commands on hashes.
#include "type/hash.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "command/scan.hpp"
#include "core/number.hpp"
#include "core/text.hpp"

namespace command::hash {

namespace {

using store::Entry;
using store::FunctionRef;
using type::Field;
using type::Hash;

Status view(Call& call, Hash& hash) {
    Entry entry;
    call.store.read(call.place(1), entry);
    return hash.view(entry);
}

Status modify(Call& call, FunctionRef<Status(Hash&)> change) {
    auto change_entry = [&](Entry& entry) -> Status {
        Hash hash(call.store);
        RETURN_IF_ERROR(hash.open(entry));
        RETURN_IF_ERROR(change(hash));
        hash.save(entry);
        return {};
    };
    return call.store.modify(call.place(1), change_entry);
}

void reply_value(Call& call, std::optional<Bytes> value) {
    if (value)
        call.reply.bulk(*value);
    else
        call.reply.null();
}

// Sets the fields and values that follow the key.
Status set_fields(Call& call, uint64_t& added) {
    if (call.size() % 2 != 0)
        return {ErrorCode::wrong_arity, call.command.name};
    std::vector<Field> fields;
    for (size_t i = 2; i < call.size(); i += 2)
        fields.push_back({call[i], call[i + 1]});
    auto change = [&](Hash& hash) -> Status {
        added = hash.set_many(fields);
        return {};
    };
    return modify(call, change);
}

// Replies with a text of each field.
Status reply_all(Call& call, FunctionRef<Bytes(Bytes field, Bytes value)> text_of) {
    Hash hash(call.store);
    RETURN_IF_ERROR(view(call, hash));
    call.reply.begin_array();
    hash.walk([&](Bytes field, Bytes value) {
        call.reply.bulk(text_of(field, value));
        return true;
    });
    call.reply.end_array();
    return {};
}

Status parse_pick(const Call& call, int64_t& count, bool& with_values) {
    constexpr int64_t most = std::numeric_limits<int64_t>::max() / 2;
    RETURN_IF_ERROR(parse_pick_count(call[2], count));
    with_values = call.size() == 4 && core::equals_ignoring_case(call[3], "WITHVALUES");
    if (call.size() > 3 && !with_values)
        return ErrorCode::syntax;
    if (with_values && (count < -most || count > most))
        return ErrorCode::out_of_range;
    return {};
}

Status pick_one(Call& call) {
    Hash hash(call.store);
    RETURN_IF_ERROR(view(call, hash));
    if (hash.size() == 0)
        call.reply.null();
    hash.pick([&](Bytes field, Bytes) { call.reply.bulk(field); });
    return {};
}

}  // namespace

Status hset(Call& call) {
    uint64_t added = 0;
    RETURN_IF_ERROR(set_fields(call, added));
    call.reply.integer(static_cast<int64_t>(added));
    return {};
}

Status hmset(Call& call) {
    uint64_t added = 0;
    RETURN_IF_ERROR(set_fields(call, added));
    call.reply.status("OK");
    return {};
}

Status hsetnx(Call& call) {
    bool added = false;
    auto change = [&](Hash& hash) -> Status {
        added = !hash.contains(call[2]);
        if (added)
            hash.set(call[2], call[3], false);
        return {};
    };
    RETURN_IF_ERROR(modify(call, change));
    call.reply.boolean(added);
    return {};
}

Status hdel(Call& call) {
    uint64_t erased = 0;
    auto change = [&](Hash& hash) -> Status {
        erased = hash.erase(call.arguments.subspan(2));
        return {};
    };
    RETURN_IF_ERROR(modify(call, change));
    call.reply.integer(static_cast<int64_t>(erased));
    return {};
}

Status hincrby(Call& call) {
    int64_t step = 0;
    RETURN_IF_ERROR(parse_integer(call[3], step));
    int64_t number = 0;
    auto change = [&](Hash& hash) -> Status {
        number = 0;
        std::optional<Bytes> value = hash.find(call[2]);
        if (value) {
            std::optional<int64_t> parsed = core::parse_integer(*value);
            if (!parsed)
                return ErrorCode::hash_value_not_an_integer;
            number = *parsed;
        }
        if (__builtin_add_overflow(number, step, &number))
            return ErrorCode::overflow;
        hash.set(call[2], core::IntegerText(number).bytes(), value.has_value());
        return {};
    };
    RETURN_IF_ERROR(modify(call, change));
    call.reply.integer(number);
    return {};
}

Status hincrbyfloat(Call& call) {
    std::optional<long double> step = core::parse_long_double(call[3]);
    if (!step)
        return ErrorCode::not_a_float;
    if (!std::isfinite(*step))
        return ErrorCode::step_nan_or_infinity;
    std::string text;
    auto change = [&](Hash& hash) -> Status {
        std::optional<long double> number = 0;
        std::optional<Bytes> value = hash.find(call[2]);
        if (value)
            number = core::parse_long_double(*value);
        if (!number)
            return ErrorCode::hash_value_not_a_float;
        long double sum = *number + *step;
        if (!std::isfinite(sum))
            return ErrorCode::nan_or_infinity;
        text = core::format_long_double(sum);
        hash.set(call[2], text, value.has_value());
        return {};
    };
    RETURN_IF_ERROR(modify(call, change));
    call.reply.bulk(text);
    return {};
}

Status hget(Call& call) {
    Hash hash(call.store);
    RETURN_IF_ERROR(view(call, hash));
    reply_value(call, hash.find(call[2]));
    return {};
}

Status hmget(Call& call) {
    Hash hash(call.store);
    RETURN_IF_ERROR(view(call, hash));
    call.reply.begin_array();
    for (size_t i = 2; i < call.size(); i++) {
        if (i % 1024 == 0)
            call.store.check_interrupts();
        reply_value(call, hash.find(call[i]));
    }
    call.reply.end_array();
    return {};
}

Status hexists(Call& call) {
    Hash hash(call.store);
    RETURN_IF_ERROR(view(call, hash));
    call.reply.boolean(hash.contains(call[2]));
    return {};
}

Status hlen(Call& call) {
    Hash hash(call.store);
    RETURN_IF_ERROR(view(call, hash));
    call.reply.integer(static_cast<int64_t>(hash.size()));
    return {};
}

Status hstrlen(Call& call) {
    Hash hash(call.store);
    RETURN_IF_ERROR(view(call, hash));
    std::optional<Bytes> value = hash.find(call[2]);
    call.reply.integer(value ? static_cast<int64_t>(value->size()) : 0);
    return {};
}

Status hgetall(Call& call) {
    Hash hash(call.store);
    RETURN_IF_ERROR(view(call, hash));
    call.reply.begin_map();
    hash.walk([&](Bytes field, Bytes value) {
        call.reply.bulk(field);
        call.reply.bulk(value);
        return true;
    });
    call.reply.end_map();
    return {};
}

Status hkeys(Call& call) {
    return reply_all(call, [](Bytes field, Bytes) { return field; });
}

Status hvals(Call& call) {
    return reply_all(call, [](Bytes, Bytes value) { return value; });
}

Status hrandfield(Call& call) {
    if (call.size() == 2)
        return pick_one(call);
    int64_t count = 0;
    bool with_values = false;
    RETURN_IF_ERROR(parse_pick(call, count, with_values));
    Hash hash(call.store);
    RETURN_IF_ERROR(view(call, hash));
    call.reply.begin_array();
    hash.pick_many(count, [&](Bytes field, Bytes value) {
        if (with_values)
            call.reply.begin_pair();
        call.reply.bulk(field);
        if (with_values) {
            call.reply.bulk(value);
            call.reply.end_pair();
        }
    });
    call.reply.end_array();
    return {};
}

Status hscan(Call& call) {
    Hash hash(call.store);
    return scan_collection(
        call, [&](const Entry& entry) { return hash.view(entry); },
        [&](CollectionScan& scan) {
            auto count = static_cast<uint64_t>(scan.wanted.count);
            return hash.scan(scan.cursor, count, [&](Bytes field, Bytes value) {
                if (scan.wanted.matches(field))
                    scan.found.insert(scan.found.end(), {std::string(field), std::string(value)});
            });
        });
}

}  // namespace command::hash
