#include "core/sha1.hpp"

#include <bit>
#include <string>

namespace core {

namespace {

constexpr size_t block_size = 64;
using State = std::array<uint32_t, 5>;

uint32_t word_at(const char* bytes) {
    uint32_t word = 0;
    for (int i = 0; i < 4; i++)
        word = word << 8 | static_cast<uint8_t>(bytes[i]);
    return word;
}

// The function and the constant of a round.
uint32_t mixed(int round, uint32_t b, uint32_t c, uint32_t d) {
    if (round < 20)
        return ((b & c) | (~b & d)) + 0x5A827999;
    if (round < 40)
        return (b ^ c ^ d) + 0x6ED9EBA1;
    if (round < 60)
        return ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC;
    return (b ^ c ^ d) + 0xCA62C1D6;
}

void add_block(State& state, const char* block) {
    std::array<uint32_t, 80> words{};
    for (size_t i = 0; i < 16; i++)
        words[i] = word_at(block + 4 * i);
    for (size_t i = 16; i < words.size(); i++)
        words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    auto [a, b, c, d, e] = state;
    for (int round = 0; round < 80; round++) {
        uint32_t next =
            std::rotl(a, 5) + mixed(round, b, c, d) + e + words[static_cast<size_t>(round)];
        e = d;
        d = c;
        c = std::rotl(b, 30);
        b = a;
        a = next;
    }
    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
}

// What is left behind the last whole block, a one bit, zeros, and the length in bits.
std::string last_blocks(Bytes bytes) {
    std::string tail(bytes.substr(bytes.size() / block_size * block_size));
    tail += '\x80';
    while (tail.size() % block_size != block_size - 8)
        tail += '\0';
    uint64_t bits = 8 * static_cast<uint64_t>(bytes.size());
    for (int shift = 56; shift >= 0; shift -= 8)
        tail += static_cast<char>(bits >> shift);
    return tail;
}

}  // namespace

Sha1 sha1(Bytes bytes) {
    State state = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    size_t whole = bytes.size() / block_size * block_size;
    for (size_t place = 0; place < whole; place += block_size)
        add_block(state, bytes.data() + place);
    std::string tail = last_blocks(bytes);
    for (size_t place = 0; place < tail.size(); place += block_size)
        add_block(state, tail.data() + place);
    Sha1 digest{};
    for (size_t i = 0; i < digest.size(); i++)
        digest[i] = static_cast<uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
    return digest;
}

}  // namespace core
