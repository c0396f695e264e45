// The codec of small lists, and the size that Redis's listpack would have.
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "core/listpack.hpp"
#include "core/packed_list.hpp"

using core::Bytes;
using core::PackedList;

namespace {

std::string pack(const std::vector<Bytes>& items) {
    std::string packed;
    PackedList().replace(0, 0, items, packed);
    return packed;
}

std::vector<Bytes> items_of(const PackedList& list) {
    std::vector<Bytes> items;
    list.walk(0, list.size(), [&](size_t index, Bytes item) {
        EXPECT_EQ(index, items.size());
        items.push_back(item);
        return true;
    });
    return items;
}

}  // namespace

TEST(PackedList, HoldsItems) {
    std::string packed = pack({"a", "", "bc"});
    EXPECT_EQ(packed, Bytes("\3\1a\0\2bc", 7));
    PackedList list(packed);
    EXPECT_EQ(list.size(), 3U);
    EXPECT_EQ(list.at(0), "a");
    EXPECT_EQ(list.at(1), "");
    EXPECT_EQ(list.at(2), "bc");
    EXPECT_EQ(items_of(list), (std::vector<Bytes>{"a", "", "bc"}));
    EXPECT_EQ(PackedList().size(), 0U);
    EXPECT_EQ(items_of(PackedList()), std::vector<Bytes>());
}

TEST(PackedList, WalksUntilToldToStop) {
    std::string packed = pack({"a", "b", "c", "d"});
    std::string visited;
    PackedList(packed).walk(1, 3, [&](size_t, Bytes item) {
        visited += item;
        return visited.size() < 2;
    });
    EXPECT_EQ(visited, "bc");
}

TEST(PackedList, ReplacesItems) {
    std::string packed = pack({"a", "b", "c"});
    PackedList list(packed);
    auto replaced = [&](size_t first, size_t count, const std::vector<Bytes>& items) {
        std::string output = "form";
        list.replace(first, count, items, output);
        std::string joined;
        for (Bytes item : items_of(PackedList(Bytes(output).substr(4))))
            joined += item;
        return joined;
    };
    EXPECT_EQ(replaced(0, 0, {"x", "y"}), "xyabc");
    EXPECT_EQ(replaced(3, 0, {"x"}), "abcx");
    EXPECT_EQ(replaced(1, 1, {"xyz"}), "axyzc");
    EXPECT_EQ(replaced(0, 3, {}), "");
    EXPECT_EQ(replaced(1, 2, {}), "a");
}

TEST(PackedList, HasLimits) {
    std::string long_item(255, 'x');
    std::string packed = pack(std::vector<Bytes>(255, long_item));
    EXPECT_EQ(PackedList(packed).at(254), long_item);
    EXPECT_THROW(pack(std::vector<Bytes>(256, "")), std::logic_error);
    long_item += 'x';
    EXPECT_THROW(pack({long_item}), std::logic_error);
}

TEST(PackedList, RaisesWhatIsDamaged) {
    EXPECT_THROW(PackedList(""), std::runtime_error);
    std::string packed = pack({"a", "bcd", "e"});
    for (size_t size = 1; size < packed.size(); size++) {
        std::string cut = packed.substr(0, size);  // so that reading past its end is seen
        cut.shrink_to_fit();
        PackedList list(cut);
        EXPECT_THROW(list.at(2), std::runtime_error) << size;
        EXPECT_THROW(items_of(list), std::runtime_error) << size;
        std::string output;
        EXPECT_THROW(list.replace(3, 0, {}, output), std::runtime_error) << size;
    }
}

// As redis-server's DUMP of a list shows it.
TEST(Listpack, KnowsTheSizeOfAnEntry) {
    using core::listpack_entry_size;
    EXPECT_EQ(listpack_entry_size(""), 2U);
    EXPECT_EQ(listpack_entry_size("abc"), 5U);
    EXPECT_EQ(listpack_entry_size("0"), 2U);
    EXPECT_EQ(listpack_entry_size("127"), 2U);
    EXPECT_EQ(listpack_entry_size("128"), 3U);
    EXPECT_EQ(listpack_entry_size("-1"), 3U);
    EXPECT_EQ(listpack_entry_size("-4096"), 3U);
    EXPECT_EQ(listpack_entry_size("4095"), 3U);
    EXPECT_EQ(listpack_entry_size("4096"), 4U);
    EXPECT_EQ(listpack_entry_size("-32768"), 4U);
    EXPECT_EQ(listpack_entry_size("32768"), 5U);
    EXPECT_EQ(listpack_entry_size("8388607"), 5U);
    EXPECT_EQ(listpack_entry_size("8388608"), 6U);
    EXPECT_EQ(listpack_entry_size("2147483647"), 6U);
    EXPECT_EQ(listpack_entry_size("2147483648"), 10U);
    EXPECT_EQ(listpack_entry_size("-9223372036854775808"), 10U);
    EXPECT_EQ(listpack_entry_size("007"), 5U);
    EXPECT_EQ(listpack_entry_size("9223372036854775808"), 21U);
    EXPECT_EQ(listpack_entry_size(std::string(63, 'x')), 65U);
    EXPECT_EQ(listpack_entry_size(std::string(64, 'x')), 67U);
    EXPECT_EQ(listpack_entry_size(std::string(125, 'x')), 128U);
    EXPECT_EQ(listpack_entry_size(std::string(126, 'x')), 130U);
    EXPECT_EQ(listpack_entry_size(std::string(4095, 'x')), 4099U);
    EXPECT_EQ(listpack_entry_size(std::string(4096, 'x')), 4103U);
}
