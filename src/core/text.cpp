#include "core/text.hpp"

#include <algorithm>

namespace core {

std::string to_lower(Bytes text) {
    std::string lower(text);
    for (char& letter : lower)
        letter = to_lower(letter);
    return lower;
}

std::string to_upper(Bytes text) {
    std::string upper(text);
    for (char& letter : upper)
        letter = to_upper(letter);
    return upper;
}

bool equals_ignoring_case(Bytes left, Bytes right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return to_lower(a) == to_lower(b); });
}

Bytes until_nul(Bytes text) {
    return text.substr(0, text.find('\0'));
}

}  // namespace core
