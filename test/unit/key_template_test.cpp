#include "watch/key_template.hpp"

#include <gtest/gtest.h>

#include "core/glob.hpp"

using watch::KeyTemplate;

namespace {

KeyTemplate parse(core::Bytes text) {
    std::string problem;
    auto parsed = KeyTemplate::parse(text, &problem);
    EXPECT_TRUE(parsed) << text << ": " << problem;
    return parsed.value_or(KeyTemplate());
}

std::string problem_of(core::Bytes text) {
    std::string problem;
    EXPECT_FALSE(KeyTemplate::parse(text, &problem)) << text;
    return problem;
}

TEST(KeyTemplate, NamesColumnsOnceInTheirOrder) {
    KeyTemplate key = parse("{b}:{a}:{b}");
    EXPECT_EQ(key.columns(), (std::vector<std::string>{"b", "a"}));
    ASSERT_EQ(key.pieces().size(), 5U);
    EXPECT_EQ(key.pieces()[4].column, 0);
    EXPECT_EQ(key.pieces()[3].literal, ":");
}

TEST(KeyTemplate, TakesNamesAsTheyAre) {
    EXPECT_EQ(parse("{my \"col\"}").columns(), std::vector<std::string>{"my \"col\""});
    EXPECT_EQ(parse("{a{b}").columns(), std::vector<std::string>{"a{b"});
    EXPECT_EQ(parse("{ä ö}").columns(), std::vector<std::string>{"ä ö"});
}

TEST(KeyTemplate, DoublesBraces) {
    KeyTemplate key = parse("{{{a}}}{{}}");
    EXPECT_EQ(key.columns(), std::vector<std::string>{"a"});
    EXPECT_EQ(key.pattern(), "{*}{}");
    EXPECT_TRUE(parse("").columns().empty());
}

TEST(KeyTemplate, SaysWhatIsWrong) {
    EXPECT_EQ(problem_of("a:{b"), "there is a { without a }");
    EXPECT_EQ(problem_of("a:b}"), "there is a } without a {");
    EXPECT_EQ(problem_of("a:{}"), "{} names no column");
    EXPECT_EQ(problem_of("{"), "there is a { without a }");
    EXPECT_EQ(problem_of("{a}}"), "there is a } without a {");
}

TEST(KeyTemplate, IsWrittenWithOtherNames) {
    for (core::Bytes text : {"u:{id}", "{{x}}{a b}-{c}{a b}", "plain", "{{{id}}}"})
        EXPECT_EQ(parse(text).with_columns(parse(text).columns()), text);
    EXPECT_EQ(parse("{a}:{b}:{a}").with_columns({"c", "d"}), "{c}:{d}:{c}");
}

TEST(KeyTemplate, HasAPatternThatMatchesItsKeys) {
    struct Case {
        core::Bytes text;
        core::Bytes pattern;
        core::Bytes key;
        core::Bytes other;
    };
    const Case cases[] = {
        {"user:{id}", "user:*", "user:1", "users:1"},
        {"{a}{b}", "*", "12", ""},
        {"{a}:{b}", "*:*", "1:2", "12"},
        {"a*b?[c]\\{d}", "a\\*b\\?\\[c\\]\\\\*", "a*b?[c]\\x", "aXb?[c]\\x"},
        {"all", "all", "all", "al"},
        {"[^a-z]{id}", "\\[\\^a\\-z\\]*", "[^a-z]1", "b1"},
    };
    for (const Case& one : cases) {
        std::string pattern = parse(one.text).pattern();
        EXPECT_EQ(pattern, one.pattern);
        EXPECT_TRUE(core::glob_matches(pattern, one.key)) << pattern;
        EXPECT_FALSE(core::glob_matches(pattern, one.other)) << pattern;
    }
}

TEST(KeyTemplate, KnowsLiterals) {
    EXPECT_TRUE(parse("a{b}").has_literals());
    EXPECT_FALSE(parse("{a}{b}").has_literals());
}

}  // namespace
