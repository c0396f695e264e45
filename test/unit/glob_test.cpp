#include "core/glob.hpp"

#include <gtest/gtest.h>

using core::Bytes;
using core::glob_matches;
using core::literal_prefix;

namespace {

struct Case {
    Bytes pattern;
    Bytes matching;
    Bytes other;  // does not match
};

const Case cases[] = {
    {"abc", "abc", "abd"},
    {"abc", "abc", "abcd"},
    {"a?c", "a*c", "ac"},
    {"?", "\xFF", ""},
    {"a*", "a", "ba"},
    {"*a", "a", "ab"},
    {"a*c", "abcc", "abcd"},
    {"*a*b*", "xxaxxbxx", "xxbxxaxx"},
    {"a**b", "ab", "a"},
    {"*?", "a", ""},
    {"h[ae]llo", "hallo", "hillo"},
    {"h[^e]llo", "hallo", "hello"},
    {"[a-c]", "a", "`"},
    {"[a-c]", "c", "d"},
    {"[c-a]", "b", "d"},
    {"[^a-c]", "d", "b"},
    {"[a-cx]", "x", "y"},
    {"[\xF0-\xFF]", "\xF8", "a"},
    {"[z-\xFF]", "\xF8", "a"},
    {"\\*", "*", "a"},
    {"a\\bc", "abc", "a\\bc"},
    {"a\\", "a\\", "a"},
    {"[\\]]", "]", "\\"},
    {"[\\^]", "^", "a"},
    {"[a^]", "^", "b"},
    {"[\\a-c]", "-", "b"},  // what is escaped begins no range
    {"*[0-9]?x", "a12x", "a1x"},
    // Classes that lack something.
    {"[a", "a", "b"},
    {"[^a", "b", "a"},
    {"[^", "x", ""},
    {"[^]", "x", ""},
    {"[a-", "-", "b"},
    {"[a-]", "]", "-"},  // a range from a to the bracket, and no end
    {"[\\", "\\", "a"},
    {"[\\a", "a", "\\"},
};

}  // namespace

TEST(Glob, TellsMatchesFromOthers) {
    for (const Case& row : cases) {
        EXPECT_TRUE(glob_matches(row.pattern, row.matching)) << row.pattern << row.matching;
        EXPECT_FALSE(glob_matches(row.pattern, row.other)) << row.pattern << row.other;
    }
}

TEST(Glob, MatchesNothingWithAnEmptyClass) {
    for (Bytes text : {"]", "a", "[]", "[]a]", "a]"})
        EXPECT_FALSE(glob_matches("[]", text)) << text;
    EXPECT_FALSE(glob_matches("[]a]", "a"));
    EXPECT_FALSE(glob_matches("[", "["));
}

TEST(Glob, MatchesTheEmptyTextWithTheEmptyPatternOnly) {
    EXPECT_TRUE(glob_matches("", ""));
    EXPECT_FALSE(glob_matches("*", ""));
    EXPECT_FALSE(glob_matches("**", ""));
    EXPECT_FALSE(glob_matches("", "a"));
}

TEST(Glob, TreatsNulAsAnyByte) {
    EXPECT_TRUE(glob_matches(Bytes("a\0*", 3), Bytes("a\0b", 3)));
    EXPECT_FALSE(glob_matches(Bytes("a\0", 2), "a"));
}

// Takes hours if each star tries every length.
TEST(Glob, DoesNotBlowUp) {
    std::string pattern;
    for (int i = 0; i < 50; i++)
        pattern += "a*";
    std::string text(5000, 'a');
    EXPECT_TRUE(glob_matches(pattern, text));
    EXPECT_FALSE(glob_matches(pattern + "b", text));
}

TEST(LiteralPrefix, EndsAtTheFirstSpecialByte) {
    EXPECT_EQ(literal_prefix(""), "");
    EXPECT_EQ(literal_prefix("user:1"), "user:1");
    EXPECT_EQ(literal_prefix("user:*"), "user:");
    EXPECT_EQ(literal_prefix("user?"), "user");
    EXPECT_EQ(literal_prefix("user[12]"), "user");
    EXPECT_EQ(literal_prefix("*"), "");
    EXPECT_EQ(literal_prefix("a\\*b*"), "a*b");
    EXPECT_EQ(literal_prefix("a\\"), "a\\");
    EXPECT_EQ(literal_prefix("a]*"), "a]");
}
