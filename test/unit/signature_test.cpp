#include "command/signature.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

using command::Kind;
using command::parse_signature;

TEST(Signature, MayBeEmpty) {
    EXPECT_TRUE(parse_signature("").parameters.empty());
    EXPECT_EQ(parse_signature("").size, 0);
}

TEST(Signature, TellsNamesKindsAndTokens) {
    auto parameters = parse_signature("key key, ex integer? EX, nx flag NX, =LEN").parameters;
    ASSERT_EQ(parameters.size(), 4U);

    EXPECT_EQ(parameters[0].name, "key");
    EXPECT_EQ(parameters[0].kind, Kind::key);
    EXPECT_EQ(parameters[0].token, "");
    EXPECT_FALSE(parameters[0].optional);
    EXPECT_FALSE(parameters[0].variadic);

    EXPECT_EQ(parameters[1].name, "ex");
    EXPECT_EQ(parameters[1].kind, Kind::integer);
    EXPECT_EQ(parameters[1].token, "EX");
    EXPECT_TRUE(parameters[1].optional);

    EXPECT_EQ(parameters[2].kind, Kind::flag);
    EXPECT_TRUE(parameters[2].optional);

    EXPECT_EQ(parameters[3].name, "");
    EXPECT_EQ(parameters[3].kind, Kind::token);
    EXPECT_EQ(parameters[3].token, "LEN");
    EXPECT_FALSE(parameters[3].optional);
}

TEST(Signature, KnowsEveryKind) {
    const std::pair<const char*, Kind> kinds[] = {
        {"a key", Kind::key},
        {"a value", Kind::value},
        {"a word", Kind::word},
        {"a integer", Kind::integer},
        {"a interval", Kind::interval},
        {"a flag A", Kind::flag},
        {"a timestamp", Kind::timestamp},
        {"a real", Kind::real},
        {"a pair...", Kind::pair},
        {"a scored", Kind::scored},
        {"a keys", Kind::keys},
        {"a reals", Kind::reals},
        {"a words", Kind::words},
        {"a limit", Kind::limit},
    };
    for (const auto& [signature, kind] : kinds)
        EXPECT_EQ(parse_signature(signature).parameters.at(0).kind, kind) << signature;
}

TEST(Signature, FlagsAndLimitsMayBeLeftOut) {
    EXPECT_TRUE(parse_signature("rev flag REV").parameters.at(0).optional);
    EXPECT_TRUE(parse_signature("slice limit").parameters.at(0).optional);
    EXPECT_FALSE(parse_signature("keys keys").parameters.at(0).optional);
    EXPECT_TRUE(parse_signature("weights reals? WEIGHTS").parameters.at(0).optional);
}

TEST(Signature, PutsRequiredSqlParametersFirst) {
    auto signature = parse_signature(
        "key key, before flag BEFORE, =WITH, pivot value, slice limit, element value AT");
    const int positions[] = {0, 3, -1, 1, 4, 2};
    ASSERT_EQ(signature.parameters.size(), std::size(positions));
    for (size_t i = 0; i < std::size(positions); i++)
        EXPECT_EQ(signature.parameters[i].position, positions[i]) << i;
    EXPECT_EQ(signature.size, 6);
    EXPECT_EQ(signature.variadic(), nullptr);

    std::string names;
    for (const command::Parameter* parameter : signature.sql_order())
        names += std::string(parameter->name) + " ";
    EXPECT_EQ(names, "key pivot element before slice ");
}

TEST(Signature, ScoredTakesTwoSqlParameters) {
    auto signature = parse_signature("key key, nx flag NX, members scored");
    EXPECT_EQ(signature.parameters[2].position, 1);
    EXPECT_EQ(signature.parameters[1].position, 3);
    EXPECT_EQ(signature.size, 4);
}

TEST(Signature, MayBeVariadicBehindOtherParameters) {
    auto signature = parse_signature("key key, fields pair...");
    ASSERT_NE(signature.variadic(), nullptr);
    EXPECT_EQ(signature.variadic()->name, "fields");
    EXPECT_EQ(signature.variadic()->position, 1);
    EXPECT_EQ(signature.size, 2);
    // In the function VARIADIC is last, wherever it stands among the command's arguments.
    EXPECT_EQ(parse_signature("keys key..., timeout real").variadic()->position, 1);
}

TEST(Signature, NamesTheTwoParametersOfAKind) {
    auto names = [](const char* signature, bool arrays) {
        auto parsed = parse_signature(signature);
        auto [first, second] = command::two_names(parsed.parameters.at(0), arrays);
        return std::string(first) + " " + std::string(second);
    };
    EXPECT_EQ(names("pairs pair...", true), "keys values");
    EXPECT_EQ(names("fields pair...", true), "fields values");
    EXPECT_EQ(names("members scored", false), "score member");
    EXPECT_EQ(names("members scored", true), "scores members");
    EXPECT_EQ(names("slice limit", false), "offset count");
    EXPECT_THROW(names("key key", false), std::logic_error);
}

TEST(Signature, RefusesWhatIsNoSignature) {
    EXPECT_THROW(parse_signature("key kee"), std::logic_error);
    EXPECT_THROW(parse_signature("key"), std::logic_error);
    EXPECT_THROW(parse_signature("pairs pair"), std::logic_error);
    EXPECT_THROW(parse_signature("counts integer..."), std::logic_error);
    EXPECT_THROW(parse_signature("keys key..., values value..."), std::logic_error);
    EXPECT_THROW(parse_signature("nx flag NX, keys key..."), std::logic_error);
}
