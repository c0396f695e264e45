#include "core/score.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace core {

std::optional<double> parse_score(Bytes text) {
    std::string terminated(text);
    if (terminated.empty() || std::isspace(static_cast<unsigned char>(terminated.front())))
        return std::nullopt;
    char* end;
    double value = std::strtod(terminated.c_str(), &end);
    if (end != terminated.c_str() + terminated.size() || std::isnan(value))
        return std::nullopt;
    return value;
}

std::string format_score(double value) {
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (std::strtod(text, nullptr) == value)
            break;
    }
    return text;
}

}  // namespace core
