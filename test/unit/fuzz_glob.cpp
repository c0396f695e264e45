// Compares the matcher with one that tries every length at every star, over tables of bytes.
#include <bitset>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "core/glob.hpp"

namespace {

using core::Bytes;

struct Item {
    bool star = false;
    std::bitset<256> bytes;
};

size_t number(char byte) {
    return static_cast<unsigned char>(byte);
}

// Reads the class behind the bracket before i; moves i behind the class.
Item read_class(Bytes pattern, size_t& i) {
    Item item;
    bool negated = i < pattern.size() && pattern[i] == '^';
    if (negated)
        i++;
    for (; i < pattern.size() && pattern[i] != ']'; i++) {
        if (pattern[i] == '\\' && i + 1 < pattern.size()) {
            item.bytes.set(number(pattern[++i]));
        } else if (i + 2 < pattern.size() && pattern[i + 1] == '-') {
            size_t low = number(pattern[i]);
            size_t high = number(pattern[i + 2]);
            if (low > high)
                std::swap(low, high);
            for (size_t byte = low; byte <= high; byte++)
                item.bytes.set(byte);
            i += 2;
        } else {
            item.bytes.set(number(pattern[i]));
        }
    }
    i++;
    if (negated)
        item.bytes.flip();
    return item;
}

std::vector<Item> read_pattern(Bytes pattern) {
    std::vector<Item> items;
    for (size_t i = 0; i < pattern.size();) {
        char byte = pattern[i++];
        Item item;
        if (byte == '*') {
            item.star = true;
        } else if (byte == '?') {
            item.bytes.set();
        } else if (byte == '[') {
            item = read_class(pattern, i);
        } else {
            if (byte == '\\' && i < pattern.size())
                byte = pattern[i++];
            item.bytes.set(number(byte));
        }
        items.push_back(item);
    }
    return items;
}

bool matches(Bytes pattern, Bytes text) {
    if (text.empty())
        return pattern.empty();
    // reached[i]: the items so far match the first i bytes.
    std::vector<bool> reached(text.size() + 1);
    reached[0] = true;
    for (const Item& item : read_pattern(pattern)) {
        std::vector<bool> next(text.size() + 1);
        for (size_t i = 0; i <= text.size(); i++) {
            if (item.star)
                next[i] = reached[i] || (i > 0 && next[i - 1]);
            else
                next[i] = i > 0 && reached[i - 1] && item.bytes.test(number(text[i - 1]));
        }
        reached = next;
    }
    return reached[text.size()];
}

}  // namespace

// The first byte tells how many of the others are the pattern.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0)
        return 0;
    Bytes input(reinterpret_cast<const char*>(data) + 1, size - 1);
    size_t length = std::min<size_t>(data[0] % 32, input.size());
    Bytes pattern = input.substr(0, length);
    Bytes text = input.substr(length);
    bool matched = core::glob_matches(pattern, text);
    if (matched != matches(pattern, text))
        std::abort();
    if (matched && !text.starts_with(core::literal_prefix(pattern)))
        std::abort();
    return 0;
}
