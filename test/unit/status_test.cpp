#include "core/status.hpp"

#include <set>

#include <gtest/gtest.h>

using core::ErrorCode;
using core::Result;
using core::Status;

namespace {

constexpr ErrorCode every_error[] = {
#define ERROR_ROW(name, ...) ErrorCode::name,
#include "core/errors.def"
#undef ERROR_ROW
};

}  // namespace

TEST(Status, IsASuccessByDefault) {
    Status status;
    EXPECT_TRUE(status.ok());
    EXPECT_TRUE(status);
}

TEST(Status, CarriesAnError) {
    Status status = ErrorCode::wrong_type;
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::wrong_type);
    EXPECT_EQ(status.error().reply(),
              "WRONGTYPE Operation against a key holding the wrong kind of value");
}

TEST(Status, PutsTheSubjectIntoTheText) {
    Status status(ErrorCode::wrong_arity, "get");
    EXPECT_EQ(status.error().message(), "wrong number of arguments for 'get' command");
    Status odd(ErrorCode::unsupported_option, "%s");
    EXPECT_EQ(odd.error().message(), "Unsupported option %s");
}

TEST(Status, LeavesAFunctionEarly) {
    auto function = [](bool fail) -> Status {
        RETURN_IF_ERROR(fail ? Status(ErrorCode::syntax) : Status());
        return ErrorCode::overflow;
    };
    EXPECT_EQ(function(true).error().code, ErrorCode::syntax);
    EXPECT_EQ(function(false).error().code, ErrorCode::overflow);
}

TEST(Result, HoldsAValueOrAnError) {
    Result<int> value = 7;
    ASSERT_TRUE(value.ok());
    EXPECT_EQ(*value, 7);
    Result<int> failure = ErrorCode::syntax;
    ASSERT_FALSE(failure.ok());
    EXPECT_EQ(std::move(failure).status().error().code, ErrorCode::syntax);
}

TEST(Errors, AreSound) {
    std::set<std::string> texts;
    for (ErrorCode code : every_error) {
        core::Error error{code, "", ""};
        core::Bytes prefix = error.prefix();
        core::Bytes sqlstate = error.sqlstate();
        EXPECT_EQ(prefix.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), core::Bytes::npos)
            << prefix;
        EXPECT_FALSE(prefix.empty());
        EXPECT_EQ(sqlstate.size(), 5U) << sqlstate;
        EXPECT_EQ(sqlstate.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                  core::Bytes::npos)
            << sqlstate;
        EXPECT_NE(sqlstate, "00000");
        EXPECT_TRUE(texts.insert(error.reply()).second) << error.reply();
    }
}
