#include "command/signature.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

using command::Kind;
using command::parse_signature;

TEST(Signature, MayBeEmpty) {
    EXPECT_TRUE(parse_signature("").empty());
}

TEST(Signature, TellsNamesKindsAndTokens) {
    auto parameters = parse_signature("key key, ex integer? EX, nx flag NX, =LEN, keys key...");
    ASSERT_EQ(parameters.size(), 5U);

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

    EXPECT_EQ(parameters[4].kind, Kind::key);
    EXPECT_TRUE(parameters[4].variadic);
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
        {"a pair...", Kind::pair},
    };
    for (const auto& [signature, kind] : kinds)
        EXPECT_EQ(parse_signature(signature).at(0).kind, kind) << signature;
}

TEST(Signature, RefusesUnknownKinds) {
    EXPECT_THROW(parse_signature("key kee"), std::logic_error);
    EXPECT_THROW(parse_signature("key"), std::logic_error);
}
