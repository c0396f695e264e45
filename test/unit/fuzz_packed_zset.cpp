// Whatever the bytes, reading them ends, within them; and what is packed is found again, in order.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/packed_zset.hpp"

using core::Bytes;
using core::PackedZSet;
using core::ScoredName;

static std::vector<std::string> names(const PackedZSet& packed, bool forward) {
    std::vector<std::string> names;
    auto visit = [&](const PackedZSet::Member& member) {
        names.emplace_back(member.name);
        return true;
    };
    if (forward)
        packed.forward(visit);
    else
        packed.backward(visit);
    return names;
}

static void read_all(Bytes bytes) {
    try {
        PackedZSet packed(bytes);
        std::vector<std::string> forward = names(packed, true);
        std::vector<std::string> backward = names(packed, false);
        std::reverse(backward.begin(), backward.end());
        if (forward != backward || forward.size() != packed.size())
            std::abort();
        for (const std::string& name : forward)
            if (!packed.find(name))
                std::abort();
    } catch (const std::runtime_error&) {}
}

// Takes the bytes as orders to set and erase members of one letter.
static void change(Bytes orders) {
    std::string value(PackedZSet::header_size, '\0');
    std::map<std::string, double> model;
    while (orders.size() >= 2) {
        std::string name(1, orders[0]);
        double score = orders[1] / 2;
        auto member = PackedZSet(value).find(name);
        if (member.has_value() != model.contains(name))
            std::abort();
        if (member)
            PackedZSet::erase(value, *member);
        model.erase(name);
        if (orders[1] % 2 == 0 && model.size() < 255) {
            PackedZSet::insert(value, {score, name});
            model[name] = score;
        }
        orders.remove_prefix(2);
    }
    std::vector<ScoredName> sorted;
    for (const auto& [name, score] : model)
        sorted.push_back({score, name});
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::string> expected;
    for (const ScoredName& member : sorted)
        expected.emplace_back(member.name);
    if (names(PackedZSet(value), true) != expected)
        std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string bytes(reinterpret_cast<const char*>(data), size);
    read_all(bytes);
    change(bytes);
    return 0;
}
