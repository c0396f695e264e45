// Names and options of commands, which come in any case. Letters are ASCII's, whatever the locale.
#pragma once

#include <string>

#include "core/bytes.hpp"

namespace core {

constexpr char to_lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

constexpr char to_upper(char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}

std::string to_lower(Bytes text);
std::string to_upper(Bytes text);
bool equals_ignoring_case(Bytes left, Bytes right);

// What Redis's error texts show of an argument they quote.
Bytes until_nul(Bytes text);

}  // namespace core
