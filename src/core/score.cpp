#include "core/score.hpp"

#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "core/number.hpp"

namespace core {

namespace {

// The digits of a positive number, of which the first is not 0, and the power of ten by which their
// integer is multiplied.
struct Decimal {
    char digits[20];
    int count = 0;
    int power = 0;

    explicit Decimal(double value) {
        char text[32];
        const char* end =
            std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific).ptr;
        const char* at = text;
        for (; *at != 'e'; at++)
            if (*at != '.')
                digits[count++] = *at;
        at += at[1] == '+' ? 2 : 1;
        std::from_chars(at, end, power);
        power -= count - 1;
    }

    Bytes bytes() const { return {digits, static_cast<size_t>(count)}; }
};

std::string scientific(const Decimal& decimal) {
    std::string text(1, decimal.digits[0]);
    if (decimal.count > 1)
        text.append(1, '.').append(decimal.bytes().substr(1));
    int exponent = decimal.power + decimal.count - 1;
    text.append(exponent < 0 ? "e-" : "e+");
    return text + std::to_string(std::abs(exponent));
}

// Where Redis changes to scientific notation, which is earlier than one would think: a number of
// five digits before the point has it with seven behind.
std::string format_positive(double value) {
    Decimal decimal(value);
    int exponent = decimal.power + decimal.count - 1;
    if (decimal.power >= 0 && decimal.power < 8)
        return std::string(decimal.bytes()).append(static_cast<size_t>(decimal.power), '0');
    if (decimal.power >= 0 || (decimal.power <= -7 && std::abs(exponent) >= 4))
        return scientific(decimal);
    std::string text(decimal.bytes());
    if (exponent < 0)
        text.insert(0, static_cast<size_t>(-exponent), '0');
    text.insert(static_cast<size_t>(std::max(exponent, 0)) + 1, 1, '.');
    return text;
}

// What strtod makes of a text that is not empty; false if something is left.
bool read_with_strtod(Bytes text, double& value) {
    std::string terminated(text);
    char* stop = nullptr;
    value = std::strtod(terminated.c_str(), &stop);
    return stop == terminated.c_str() + terminated.size();
}

// The common case: a plain decimal number.
bool read_plainly(Bytes text, double& value) {
    const char* end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, value);
    return stop == end && error == std::errc();
}

}  // namespace

std::optional<double> parse_score(Bytes text) {
    if (text.empty() || std::isspace(static_cast<unsigned char>(text.front())))
        return std::nullopt;
    double value = 0;
    if (!read_plainly(text, value)) {
        errno = 0;
        if (!read_with_strtod(text, value))
            return std::nullopt;
        if (errno == ERANGE && (std::isinf(value) || value == 0))
            return std::nullopt;
    }
    if (std::isnan(value))
        return std::nullopt;
    return value;
}

std::optional<double> parse_score_bound(Bytes text) {
    text = text.substr(0, text.find('\0'));
    double value = 0;
    if (!text.empty() && !read_plainly(text, value) && !read_with_strtod(text, value))
        return std::nullopt;
    if (std::isnan(value))
        return std::nullopt;
    return value;
}

std::string format_score(double value) {
    constexpr double largest_integer = 4611686018427387904.0;
    if (std::isnan(value))
        return "nan";
    if (std::isinf(value))
        return value > 0 ? "inf" : "-inf";
    if (value == 0)
        return std::signbit(value) ? "-0" : "0";
    if (std::fabs(value) <= largest_integer && std::trunc(value) == value)
        return std::string(IntegerText(static_cast<int64_t>(value)).bytes());
    return value < 0 ? "-" + format_positive(-value) : format_positive(value);
}

}  // namespace core
