#include "core/glob.hpp"

#include <algorithm>

namespace core {

namespace {

// Bytes compare as unsigned numbers, also where char is signed.
unsigned char number(char byte) {
    return static_cast<unsigned char>(byte);
}

// Whether the class at the front of the pattern, behind its opening bracket, has the byte. Cuts
// the class off the pattern.
bool take_class(Bytes& pattern, char byte) {
    bool negated = pattern.starts_with('^');
    if (negated)
        pattern.remove_prefix(1);
    bool found = false;
    while (!pattern.empty() && pattern.front() != ']') {
        size_t taken = 1;
        if (pattern.front() == '\\' && pattern.size() >= 2) {
            found |= pattern[1] == byte;
            taken = 2;
        } else if (pattern.size() >= 3 && pattern[1] == '-') {
            auto [low, high] = std::minmax({number(pattern[0]), number(pattern[2])});
            found |= number(byte) >= low && number(byte) <= high;
            taken = 3;
        } else {
            found |= pattern.front() == byte;
        }
        pattern.remove_prefix(taken);
    }
    if (!pattern.empty())
        pattern.remove_prefix(1);
    return found != negated;
}

// Whether the byte matches the item at the front of the pattern, which is not a star. Cuts the
// item off the pattern.
bool take_item(Bytes& pattern, char byte) {
    char item = pattern.front();
    pattern.remove_prefix(1);
    if (item == '?')
        return true;
    if (item == '[')
        return take_class(pattern, byte);
    if (item == '\\' && !pattern.empty()) {
        item = pattern.front();
        pattern.remove_prefix(1);
    }
    return item == byte;
}

}  // namespace

bool glob_matches(Bytes pattern, Bytes text) {
    if (text.empty())
        return pattern.empty();

    // On a mismatch the last star takes one byte more. Earlier stars need not be tried again: the
    // last one reaches whatever they could. So the time is at most the product of the lengths.
    bool starred = false;
    Bytes pattern_after_star, text_after_star;
    while (!text.empty()) {
        if (pattern.starts_with('*')) {
            pattern.remove_prefix(1);
            if (pattern.empty())
                return true;
            starred = true;
            pattern_after_star = pattern;
            text_after_star = text;
        } else if (!pattern.empty() && take_item(pattern, text.front())) {
            text.remove_prefix(1);
        } else if (starred) {
            text_after_star.remove_prefix(1);
            text = text_after_star;
            pattern = pattern_after_star;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*') == Bytes::npos;
}

std::string literal_prefix(Bytes pattern) {
    std::string prefix;
    for (size_t i = 0; i < pattern.size(); i++) {
        char byte = pattern[i];
        if (byte == '*' || byte == '?' || byte == '[')
            break;
        if (byte == '\\' && i + 1 < pattern.size())
            byte = pattern[++i];
        prefix += byte;
    }
    return prefix;
}

}  // namespace core
