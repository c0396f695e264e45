#include "core/number.hpp"

#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace core {

namespace {

// Redis's limit on the text of a long double: the largest has 4,933 digits before the point.
constexpr size_t max_long_double_text = 5 * 1024;

}  // namespace

std::optional<int64_t> parse_integer(Bytes text) {
    Bytes digits = text.starts_with('-') ? text.substr(1) : text;
    if (digits.empty() || (digits.front() == '0' && text != "0"))
        return std::nullopt;
    int64_t value = 0;
    const char* end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end)
        return std::nullopt;
    return value;
}

std::optional<int32_t> parse_integer32(Bytes text) {
    using Limits = std::numeric_limits<int32_t>;
    std::optional<int64_t> value = parse_integer(text);
    if (!value || *value < Limits::min() || *value > Limits::max())
        return std::nullopt;
    return static_cast<int32_t>(*value);
}

IntegerText::IntegerText(int64_t value) {
    length_ =
        static_cast<size_t>(std::to_chars(digits_, digits_ + sizeof(digits_), value).ptr - digits_);
}

std::optional<long double> parse_long_double(Bytes text) {
    char buffer[max_long_double_text];
    if (text.empty() || text.size() >= sizeof(buffer) ||
        std::isspace(static_cast<unsigned char>(text.front())))
        return std::nullopt;
    std::memcpy(buffer, text.data(), text.size());
    buffer[text.size()] = '\0';

    char* stop = nullptr;
    errno = 0;
    long double value = std::strtold(buffer, &stop);
    bool out_of_range = errno == ERANGE && (std::isinf(value) || value == 0);
    if (stop != buffer + text.size() || out_of_range || std::isnan(value))
        return std::nullopt;
    return value;
}

std::string format_long_double(long double value) {
    char buffer[max_long_double_text];
    int length = std::snprintf(buffer, sizeof(buffer), "%.17Lf", value);
    Bytes text(buffer, static_cast<size_t>(length));
    if (text.find('.') != Bytes::npos) {
        text.remove_suffix(text.size() - 1 - text.find_last_not_of('0'));
        if (text.ends_with('.'))
            text.remove_suffix(1);
    }
    return text == "-0" ? "0" : std::string(text);
}

}  // namespace core
