#include "command/digest.hpp"

#include <cstdio>
#include <vector>

#include "type/any.hpp"
#include "type/hash.hpp"
#include "type/zset.hpp"

namespace command {

namespace {

using core::Bytes;
using core::Sha1;
using store::Entry;
using store::Type;

// In any order the same.
void add(Sha1& digest, Bytes bytes) {
    Sha1 hash = core::sha1(bytes);
    for (size_t i = 0; i < digest.size(); i++)
        digest[i] ^= hash[i];
}

Bytes bytes_of(const Sha1& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// In another order another.
void mix(Sha1& digest, Bytes bytes) {
    add(digest, bytes);
    digest = core::sha1(bytes_of(digest));
}

void mix(Sha1& digest, uint32_t number) {
    const char bytes[] = {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
                          static_cast<char>(number >> 8), static_cast<char>(number)};
    mix(digest, Bytes(bytes, sizeof(bytes)));
}

// Redis's number of a type.
uint32_t number_of(Type type) {
    switch (type) {
        case Type::list:
            return 1;
        case Type::set:
            return 2;
        case Type::zset:
            return 3;
        case Type::hash:
            return 4;
        default:
            return 0;
    }
}

void add_two(Sha1& digest, Bytes first, Bytes second) {
    Sha1 element{};
    mix(element, first);
    mix(element, second);
    add(digest, bytes_of(element));
}

void add_hash(store::Store& store, Sha1& digest, Entry& entry) {
    type::Hash hash(store);
    (void)hash.view(entry);
    hash.walk([&](Bytes field, Bytes value) {
        add_two(digest, field, value);
        return true;
    });
}

void add_zset(Sha1& digest, Entry& entry) {
    type::ZSet zset;
    (void)zset.open(entry);
    zset.range(store::Gap::begin(), store::Gap::end(), store::Direction::forward,
               [&](Bytes name, double score) {
                   char text[32];
                   snprintf(text, sizeof(text), "%.17g", score);
                   add_two(digest, name, text);
                   return true;
               });
}

void add_value(store::Store& store, Sha1& digest, Entry& entry) {
    mix(digest, number_of(entry.type));
    switch (entry.type) {
        case Type::string:
            mix(digest, entry.value());
            break;
        case Type::hash:
            add_hash(store, digest, entry);
            break;
        case Type::zset:
            add_zset(digest, entry);
            break;
        default:
            (void)type::walk_values(store, entry, [&](Bytes value) {
                if (entry.type == Type::list)
                    mix(digest, value);
                else
                    add(digest, value);
                return true;
            });
    }
    if (entry.expires_at != store::never)
        add(digest, "!!expire!!");
}

}  // namespace

Sha1 digest_of_value(store::Store& store, const store::Place& place) {
    Sha1 digest{};
    Entry entry;
    if (store.read(place, entry))
        add_value(store, digest, entry);
    return digest;
}

Sha1 digest_of_everything(store::Store& store) {
    Sha1 digest{};
    for (int database = 0; database < store::database_count; database++) {
        std::vector<std::string> keys;
        store.keys(database, "", [&](Bytes key) { keys.emplace_back(key); });
        if (!keys.empty())
            mix(digest, static_cast<uint32_t>(database));
        for (const std::string& key : keys) {
            store.check_interrupts();
            Sha1 pair{};
            Entry entry;
            if (!store.read({database, key}, entry))
                continue;
            mix(pair, key);
            add_value(store, pair, entry);
            add(digest, bytes_of(pair));
        }
    }
    return digest;
}

std::string hexadecimal(const Sha1& digest) {
    std::string text;
    for (uint8_t byte : digest) {
        char digits[3];
        snprintf(digits, sizeof(digits), "%02x", byte);
        text += digits;
    }
    return text;
}

}  // namespace command
