// When keys expire.
#include "session.hpp"

namespace unit {

using Expiry = Session;

TEST_F(Expiry, IsToldInFourWays) {
    run("SET k v");
    EXPECT_EQ(run("EXPIRE k 10"), integer(1));
    EXPECT_EQ(run("PEXPIRETIME k"), integer(1700000010000));
    EXPECT_EQ(run("PEXPIRE k 10"), integer(1));
    EXPECT_EQ(run("PEXPIRETIME k"), integer(1700000000010));
    EXPECT_EQ(run("EXPIREAT k 1800000000"), integer(1));
    EXPECT_EQ(run("PEXPIRETIME k"), integer(1800000000000));
    EXPECT_EQ(run("PEXPIREAT k 1800000000001"), integer(1));
    EXPECT_EQ(run("PEXPIRETIME k"), integer(1800000000001));
    EXPECT_EQ(run("GET k"), bulk("v"));
}

TEST_F(Expiry, NeedsTheKey) {
    EXPECT_EQ(run("EXPIRE k 10"), integer(0));
    EXPECT_EQ(run("EXPIRE k -1"), integer(0));
    EXPECT_EQ(run("EXPIRE k 10 NX"), integer(0));
    EXPECT_EQ(run("PERSIST k"), integer(0));
}

TEST_F(Expiry, InThePastDeletes) {
    for (const char* command : {"EXPIRE k 0", "EXPIRE k -1", "PEXPIRE k -1", "EXPIREAT k 1",
                                "PEXPIREAT k 1", "PEXPIREAT k -9223372036854775808"}) {
        run("SET k v");
        EXPECT_EQ(run(command), integer(1)) << command;
        EXPECT_EQ(run("DBSIZE"), integer(0)) << command;
    }
}

TEST_F(Expiry, HasLimits) {
    EXPECT_EQ(run("EXPIRE k 9223372036854775807"),
              error("ERR invalid expire time in 'expire' command"));
    EXPECT_EQ(run("EXPIRE k -9223372036854775808"),
              error("ERR invalid expire time in 'expire' command"));
    EXPECT_EQ(run("EXPIRE k 9223372036854775"),
              error("ERR invalid expire time in 'expire' command"));
    EXPECT_EQ(run("PEXPIRE k 9223372036854775807"),
              error("ERR invalid expire time in 'pexpire' command"));
    EXPECT_EQ(run("EXPIREAT k 9223372036854775807"),
              error("ERR invalid expire time in 'expireat' command"));
    EXPECT_EQ(run("EXPIRE k abc"), not_an_integer);
}

TEST_F(Expiry, OfTheLastMomentIsStillAnExpiry) {
    run("SET k v");
    EXPECT_EQ(run("PEXPIREAT k 9223372036854775807"), integer(1));
    EXPECT_EQ(run("PEXPIRETIME k"), integer(9223372036854775806));
    EXPECT_EQ(run("PERSIST k"), integer(1));
}

TEST_F(Expiry, ChecksOptionsFirst) {
    std::string conflict =
        error("ERR NX and XX, GT or LT options at the same time are not compatible");
    EXPECT_EQ(run("EXPIRE k abc foo"), error("ERR Unsupported option foo"));
    EXPECT_EQ(run("EXPIRE k abc NX XX"), conflict);
    EXPECT_EQ(run("EXPIRE k 10 gt nx"), conflict);
    EXPECT_EQ(run("EXPIRE k 10 NX GT LT"), conflict);
    EXPECT_EQ(run("EXPIRE k 10 GT LT"),
              error("ERR GT and LT options at the same time are not compatible"));
    EXPECT_EQ(run("EXPIRE k abc NX"), not_an_integer);
}

TEST_F(Expiry, UnderAConditionOnThePresence) {
    run("SET k v");
    EXPECT_EQ(run("EXPIRE k 10 XX"), integer(0));
    EXPECT_EQ(run("EXPIRE k -1 XX"), integer(0));
    EXPECT_EQ(run("TTL k"), integer(-1));
    EXPECT_EQ(run("EXPIRE k 10 NX NX"), integer(1));
    EXPECT_EQ(run("EXPIRE k 20 NX"), integer(0));
    EXPECT_EQ(run("TTL k"), integer(10));
    EXPECT_EQ(run("EXPIRE k 20 XX"), integer(1));
    EXPECT_EQ(run("TTL k"), integer(20));
}

TEST_F(Expiry, UnderAConditionOnTheTime) {
    run("SET k v");
    EXPECT_EQ(run("EXPIRE k 100 GT"), integer(0));  // later than never
    EXPECT_EQ(run("EXPIRE k 100 XX LT"), integer(0));
    EXPECT_EQ(run("EXPIRE k 100 LT"), integer(1));
    EXPECT_EQ(run("EXPIRE k 100 LT"), integer(0));
    EXPECT_EQ(run("EXPIRE k 100 GT"), integer(0));
    EXPECT_EQ(run("EXPIRE k 101 LT"), integer(0));
    EXPECT_EQ(run("EXPIRE k 99 GT"), integer(0));
    EXPECT_EQ(run("TTL k"), integer(100));
    EXPECT_EQ(run("EXPIRE k 101 GT"), integer(1));
    EXPECT_EQ(run("EXPIRE k 99 LT"), integer(1));
    EXPECT_EQ(run("TTL k"), integer(99));
    EXPECT_EQ(run("EXPIRE k -1 GT"), integer(0));
    EXPECT_EQ(run("EXPIRE k -1 LT"), integer(1));
    EXPECT_EQ(run("EXISTS k"), integer(0));
}

TEST_F(Expiry, KeepsTheEncoding) {
    run("SET k 1");
    run("APPEND k 2");
    run("EXPIRE k 10");
    run("PERSIST k");
    EXPECT_EQ(run("OBJECT ENCODING k"), bulk("raw"));
}

TEST_F(Expiry, CanBeRemoved) {
    run("SET k v EX 10");
    EXPECT_EQ(run("PERSIST k"), integer(1));
    EXPECT_EQ(run("PERSIST k"), integer(0));
    EXPECT_EQ(run("TTL k"), integer(-1));
    EXPECT_EQ(run("GET k"), bulk("v"));
}

TEST_F(Expiry, IsToldOfEveryKey) {
    for (const char* command : {"TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"}) {
        EXPECT_EQ(run({command, "missing"}), integer(-2)) << command;
        run("SET k v");
        EXPECT_EQ(run({command, "k"}), integer(-1)) << command;
    }
}

TEST_F(Expiry, IsRoundedToSeconds) {
    run("SET k v PX 10499");
    EXPECT_EQ(run("TTL k"), integer(10));
    EXPECT_EQ(run("PTTL k"), integer(10499));
    EXPECT_EQ(run("EXPIRETIME k"), integer(1700000010));
    run("SET k v PX 10500");
    EXPECT_EQ(run("TTL k"), integer(11));
    EXPECT_EQ(run("EXPIRETIME k"), integer(1700000011));
    run("SET k v PX 499");
    EXPECT_EQ(run("TTL k"), integer(0));
}

}  // namespace unit
