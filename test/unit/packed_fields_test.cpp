#include "core/packed_fields.hpp"

#include <map>
#include <random>
#include <stdexcept>

#include <gtest/gtest.h>

using core::Bytes;
using core::PackedFields;
using Shape = PackedFields::Shape;

namespace {

std::vector<std::string> names_of(const PackedFields& fields) {
    std::vector<std::string> names;
    PackedFields::Entry entry;
    for (auto at = fields.begin(); at.next(entry);)
        names.emplace_back(entry.name);
    return names;
}

bool is_corrupt(Bytes bytes, Shape shape) {
    try {
        PackedFields fields(shape);
        fields.view(bytes);
        names_of(fields);
        return false;
    } catch (const std::runtime_error&) {
        return true;
    }
}

}  // namespace

TEST(PackedFields, AreEmptyAtFirst) {
    PackedFields fields(Shape::pairs);
    EXPECT_EQ(fields.count(), 0U);
    EXPECT_EQ(fields.bytes(), Bytes("\0\0", 2));
    EXPECT_FALSE(fields.find("").has_value());
}

TEST(PackedFields, KeepPairsInTheirOrder) {
    PackedFields fields(Shape::pairs);
    fields.append({"b", "22"});
    fields.append({"", ""});
    fields.append({"a", "1"});
    EXPECT_EQ(fields.bytes(), Bytes("\0\3\1b\002"
                                    "22\0\0\1a\1"
                                    "1",
                                    13));
    EXPECT_EQ(fields.find("b")->value, "22");
    EXPECT_EQ(fields.find("")->value, "");
    EXPECT_EQ(fields.find("a")->value, "1");
    EXPECT_FALSE(fields.find("2").has_value());
    EXPECT_EQ(fields.at(1).name, "");
    EXPECT_THROW(fields.at(3), std::logic_error);
}

TEST(PackedFields, KeepNamesAlone) {
    PackedFields fields(Shape::names);
    fields.append({"b", ""});
    fields.append({"a", ""});
    EXPECT_EQ(fields.bytes(), Bytes("\0\2\1b\1a", 6));
    EXPECT_EQ(fields.find("a")->value, "");
    EXPECT_EQ(fields.entry_size({"abc", ""}), 4U);
}

TEST(PackedFields, Change) {
    PackedFields fields(Shape::pairs);
    for (const char* name : {"a", "b", "c"})
        fields.append({name, "1"});
    fields.replace_value(*fields.find("b"), "a longer value");
    fields.erase(*fields.find("a"));
    EXPECT_EQ(names_of(fields), (std::vector<std::string>{"b", "c"}));
    EXPECT_EQ(fields.find("b")->value, "a longer value");
    EXPECT_EQ(fields.find("c")->value, "1");
}

TEST(PackedFields, LeaveAloneWhatTheyView) {
    std::string bytes("\0\1\1a", 4);
    PackedFields fields(Shape::names);
    fields.view(bytes);
    EXPECT_EQ(fields.bytes().data(), bytes.data());
    fields.append({"b", ""});
    EXPECT_EQ(fields.count(), 2U);
    EXPECT_EQ(bytes, std::string("\0\1\1a", 4));
}

TEST(PackedFields, HaveLimits) {
    PackedFields fields(Shape::names);
    std::string longest(PackedFields::max_text_size, 'x');
    fields.append({longest, ""});
    EXPECT_EQ(fields.find(longest)->name, longest);
    EXPECT_THROW(PackedFields(Shape::names).append({longest + "x", ""}), std::logic_error);
    for (size_t i = 1; i < PackedFields::max_count; i++)
        fields.append({std::to_string(i), ""});
    EXPECT_EQ(fields.count(), PackedFields::max_count);
    EXPECT_THROW(fields.append({"one more", ""}), std::logic_error);
}

TEST(PackedFields, RefuseWhatIsCorrupt) {
    EXPECT_FALSE(is_corrupt(Bytes("\0\1\1a", 4), Shape::names));
    EXPECT_FALSE(is_corrupt(Bytes("\0\1\1a\0", 5), Shape::pairs));
    for (Shape shape : {Shape::names, Shape::pairs}) {
        EXPECT_TRUE(is_corrupt("", shape));
        EXPECT_TRUE(is_corrupt(Bytes("\0", 1), shape));
        EXPECT_TRUE(is_corrupt(Bytes("\1\0", 2), shape));
        EXPECT_TRUE(is_corrupt(Bytes("\0\1", 2), shape));
        EXPECT_TRUE(is_corrupt(Bytes("\0\1\2a", 4), shape));
        EXPECT_TRUE(is_corrupt(Bytes("\0\1\xff", 3), shape));
        EXPECT_TRUE(is_corrupt(Bytes("\0\0\0", 3), shape));
    }
    EXPECT_TRUE(is_corrupt(Bytes("\0\1\1a", 4), Shape::pairs));
    EXPECT_TRUE(is_corrupt(Bytes("\0\1\1a\2b", 6), Shape::pairs));
}
