#include "relay/pattern.hpp"

namespace relay {

std::string escape_glob(Bytes literal) {
    constexpr Bytes special = "*?[]\\";
    std::string glob;
    glob.reserve(literal.size());
    for (char letter : literal) {
        if (special.find(letter) != Bytes::npos)
            glob += '\\';
        glob += letter;
    }
    return glob;
}

}  // namespace relay
