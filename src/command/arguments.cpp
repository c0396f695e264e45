#include "command/arguments.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "core/number.hpp"
#include "core/text.hpp"

namespace command {

Status parse_integer(Bytes text, int64_t& value) {
    std::optional<int64_t> parsed = core::parse_integer(text);
    if (!parsed)
        return ErrorCode::not_an_integer;
    value = *parsed;
    return {};
}

Status parse_at_least(int64_t minimum, Bytes text, ErrorCode error, int64_t& value) {
    std::optional<int64_t> parsed = core::parse_integer(text);
    if (!parsed || *parsed < minimum)
        return error;
    value = *parsed;
    return {};
}

Status parse_pick_count(Bytes text, int64_t& count) {
    RETURN_IF_ERROR(parse_integer(text, count));
    if (count == std::numeric_limits<int64_t>::min())
        return {ErrorCode::value_out_of_range, "-9223372036854775807 and 9223372036854775807"};
    return {};
}

Status parse_database(Bytes text, int& database) {
    int64_t wide = 0;
    RETURN_IF_ERROR(parse_integer(text, wide));
    std::optional<int32_t> number = core::parse_integer32(text);
    if (!number)
        return {ErrorCode::value_out_of_range, "-2147483648 and 2147483647"};
    if (!is_database(*number))
        return ErrorCode::database_out_of_range;
    database = *number;
    return {};
}

std::vector<size_t> distinct_keys(const Call& call, size_t step) {
    std::vector<size_t> places;
    for (size_t place = 1; place < call.size(); place += step)
        places.push_back(place);
    std::sort(places.begin(), places.end(), [&](size_t left, size_t right) {
        int order = call[left].compare(call[right]);
        return order < 0 || (order == 0 && left > right);
    });
    auto repeated = std::unique(places.begin(), places.end(), [&](size_t left, size_t right) {
        return call[left] == call[right];
    });
    places.erase(repeated, places.end());
    return places;
}

bool Options::flag(Bytes name) {
    if (!core::equals_ignoring_case(next(), name))
        return false;
    next_++;
    return true;
}

bool Options::followed(Bytes name, size_t values) {
    return next_ + values < call_.size() && flag(name);
}

bool Options::value(Bytes name, Bytes& value) {
    if (!followed(name, 1))
        return false;
    value = take();
    return true;
}

bool Options::values(Bytes name, Bytes& first, Bytes& second) {
    if (!followed(name, 2))
        return false;
    first = take();
    second = take();
    return true;
}

}  // namespace command
