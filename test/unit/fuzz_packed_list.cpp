// A packed list is read to its end or found damaged, and what was read can be written again.
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/packed_list.hpp"

using core::Bytes;
using core::PackedList;

static void check(Bytes packed, size_t first, size_t count) {
    PackedList list(packed);
    std::vector<Bytes> items;
    list.walk(0, list.size(), [&](size_t, Bytes item) {
        items.push_back(item);
        return true;
    });
    for (size_t index = 0; index < items.size(); index++)
        if (list.at(index) != items[index])
            std::abort();
    std::string again;
    PackedList().replace(0, 0, items, again);
    if (!packed.starts_with(again))
        std::abort();

    first %= items.size() + 1;
    count %= items.size() - first + 1;
    std::string cut;
    list.replace(first, count, {}, cut);
    if (PackedList(cut).size() != items.size() - count)
        std::abort();
}

// The first two bytes tell what is cut out.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2)
        return 0;
    try {
        check(Bytes(reinterpret_cast<const char*>(data) + 2, size - 2), data[0], data[1]);
    } catch (const std::runtime_error&) {
        return 0;  // it is damaged
    }
    return 0;
}
