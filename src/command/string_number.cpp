// Strings that hold numbers.
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "command/string_value.hpp"
#include "core/number.hpp"

namespace command::string {

namespace {

Status increment(Call& call, int64_t step) {
    int64_t number = 0;
    core::IntegerText text;
    auto change = [&](Entry& entry) -> Status {
        RETURN_IF_ERROR(expect_string(entry));
        number = 0;
        if (entry.exists)
            RETURN_IF_ERROR(parse_integer(entry.value(), number));
        if (__builtin_add_overflow(number, step, &number))
            return ErrorCode::overflow;
        text = core::IntegerText(number);
        entry.put(Type::string, text.bytes(), same_expiry(entry));
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    call.reply.integer(number);
    return {};
}

}  // namespace

Status incr(Call& call) {
    return increment(call, 1);
}

Status decr(Call& call) {
    return increment(call, -1);
}

Status incrby(Call& call) {
    int64_t step = 0;
    RETURN_IF_ERROR(parse_integer(call[2], step));
    return increment(call, step);
}

Status decrby(Call& call) {
    int64_t step = 0;
    RETURN_IF_ERROR(parse_integer(call[2], step));
    if (step == std::numeric_limits<int64_t>::min())
        return ErrorCode::decrement_overflow;
    return increment(call, -step);
}

Status incrbyfloat(Call& call) {
    std::optional<long double> step = core::parse_long_double(call[2]);
    std::string text;
    auto change = [&](Entry& entry) -> Status {
        RETURN_IF_ERROR(expect_string(entry));
        std::optional<long double> number = 0;
        if (entry.exists)
            number = core::parse_long_double(entry.value());
        if (!number || !step)
            return ErrorCode::not_a_float;
        long double sum = *number + *step;
        if (!std::isfinite(sum))
            return ErrorCode::nan_or_infinity;
        text = core::format_long_double(sum);
        entry.put(Type::string, text, same_expiry(entry), Encoding::text);
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    call.reply.bulk(text);
    return {};
}

}  // namespace command::string
