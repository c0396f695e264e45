#include "core/lcs.hpp"

#include <tuple>

#include <gtest/gtest.h>

using core::Bytes;
using core::CommonSubsequence;

namespace {

using Ranges = std::vector<std::tuple<size_t, size_t, size_t>>;

struct Found {
    size_t length;
    std::string text;
    Ranges matches;
};

Found find(Bytes first, Bytes second) {
    CommonSubsequence common(first, second, [] {});
    Ranges matches;
    for (const auto& match : common.matches())
        matches.emplace_back(match.first, match.second, match.length);
    return {common.length(), common.text(), matches};
}

}  // namespace

TEST(CommonSubsequence, FindsTheLongest) {
    Found found = find("ohmytext", "mynewtext");
    EXPECT_EQ(found.length, 6U);
    EXPECT_EQ(found.text, "mytext");
    EXPECT_EQ(found.matches, (Ranges{{4, 5, 4}, {2, 0, 2}}));
}

TEST(CommonSubsequence, KnowsEqualAndForeignStrings) {
    EXPECT_EQ(find("abc", "abc").matches, (Ranges{{0, 0, 3}}));
    EXPECT_EQ(find("abc", "xyz").length, 0U);
    EXPECT_EQ(find("abc", "xyz").matches, Ranges());
    EXPECT_EQ(find("", "abc").text, "");
    EXPECT_EQ(find("abc", "").matches, Ranges());
    EXPECT_EQ(find("", "").length, 0U);
}

// What redis-server 7.0 answers where several subsequences are longest.
TEST(CommonSubsequence, BreaksTiesAsRedisDoes) {
    EXPECT_EQ(find("ab", "ba").text, "b");
    EXPECT_EQ(find("ab", "ba").matches, (Ranges{{1, 0, 1}}));
    EXPECT_EQ(find("abcabba", "cbabac").text, "cbba");
    EXPECT_EQ(find("abcabba", "cbabac").matches, (Ranges{{5, 3, 2}, {4, 1, 1}, {2, 0, 1}}));
    EXPECT_EQ(find("aaxaa", "aayaa").text, "aaaa");
    EXPECT_EQ(find("aaxaa", "aayaa").matches, (Ranges{{3, 3, 2}, {0, 0, 2}}));
    EXPECT_EQ(find("abab", "baba").text, "bab");
    EXPECT_EQ(find("abab", "baba").matches, (Ranges{{1, 0, 3}}));
    EXPECT_EQ(find("xaybzc", "cbaabc").text, "abc");
    EXPECT_EQ(find("xaybzc", "cbaabc").matches, (Ranges{{5, 5, 1}, {3, 4, 1}, {1, 2, 1}}));
    EXPECT_EQ(find("aab", "azb").text, "ab");
    EXPECT_EQ(find("aab", "azb").matches, (Ranges{{2, 2, 1}, {1, 0, 1}}));
    EXPECT_EQ(find("11223", "21312").text, "112");
    EXPECT_EQ(find("11223", "21312").matches, (Ranges{{3, 4, 1}, {1, 3, 1}, {0, 1, 1}}));
}

TEST(CommonSubsequence, ReportsItsProgress) {
    int reports = 0;
    CommonSubsequence common("abcdef", "xyz", [&] { reports++; });
    EXPECT_GT(reports, 0);
}

TEST(CommonSubsequence, HasTheLimitOfRedis) {
    std::string longest(11584, 'a');  // 11585 * 11585 * 4 < 2 ^ 29
    EXPECT_TRUE(CommonSubsequence::fits(longest, longest));
    EXPECT_FALSE(CommonSubsequence::fits(longest, longest + "a"));
    EXPECT_TRUE(CommonSubsequence::fits(Bytes(longest).substr(0, 8191), std::string(16383, 'a')));
    EXPECT_TRUE(CommonSubsequence::fits("", longest));
}
