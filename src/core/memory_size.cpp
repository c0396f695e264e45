#include "core/memory_size.hpp"

#include <algorithm>
#include <string_view>

#include "core/number.hpp"
#include "core/text.hpp"

namespace core {

namespace {

struct Unit {
    std::string_view name;
    int64_t bytes;
};

constexpr Unit units[] = {{"", 1},
                          {"b", 1},
                          {"k", 1000},
                          {"kb", 1024},
                          {"m", 1000 * 1000},
                          {"mb", 1024 * 1024},
                          {"g", 1000 * 1000 * 1000},
                          {"gb", 1024 * 1024 * 1024}};

bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

}  // namespace

std::optional<int64_t> parse_memory_size(Bytes text) {
    const auto* end_of_digits = std::find_if_not(text.begin(), text.end(), is_digit);
    auto digits = static_cast<size_t>(end_of_digits - text.begin());
    std::optional<int64_t> number = parse_integer(text.substr(0, digits));
    const auto* unit = std::find_if(std::begin(units), std::end(units), [&](const Unit& unit) {
        return equals_ignoring_case(unit.name, text.substr(digits));
    });
    int64_t size;
    if (!number || unit == std::end(units) || __builtin_mul_overflow(*number, unit->bytes, &size))
        return {};
    return size;
}

}  // namespace core
