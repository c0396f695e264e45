// A connection comes about, is refused, is lost, and comes about again.
#include "relay/connection.hpp"

#include <gtest/gtest.h>

#include "relay_fake_redis.hpp"

using relay::Connection;
using relay::Limits;
using relay::Target;
using unit::command;
using unit::RelayFixture;
using State = relay::Connection::State;

namespace {

Target target_with(const std::string& username, const std::string& password, int database = 0) {
    Target target;
    target.username = username;
    target.password = password;
    target.database = database;
    return target;
}

// Greets, and is answered this; then waits with this problem.
void expect_refusal(RelayFixture& relay, const std::string& answer, const std::string& problem) {
    ASSERT_TRUE(relay.takes_client());
    ASSERT_TRUE(relay.hears(command({"PING"})));
    relay.redis.say(answer);
    ASSERT_TRUE(relay.is_in(State::waiting));
    EXPECT_EQ(relay.connection.problem(), problem);
}

// Ends the backoff by the clock.
void come_back(RelayFixture& relay) {
    ASSERT_EQ(relay.connection.state(), State::waiting);
    int64_t wait = relay.connection.wake_at() - relay.now;
    EXPECT_GT(wait, 0);
    EXPECT_LE(wait, relay::Backoff::longest);
    relay.now += wait;
    EXPECT_TRUE(relay.is_in(State::greeting));
}

TEST(RelayConnection, ConnectsOnlyWhenAdvanced) {
    RelayFixture relay;
    EXPECT_EQ(relay.connection.state(), State::waiting);
    EXPECT_EQ(relay.connection.socket(), -1);
    EXPECT_FALSE(relay.connection.has_room());
    EXPECT_LE(relay.connection.wake_at(), relay.now);
    relay.invalidate(1, "a");
    EXPECT_TRUE(relay.brings("1 stalled not connected yet"));
}

TEST(RelayConnection, GreetsAndIsReady) {
    RelayFixture relay;
    ASSERT_TRUE(relay.become_ready());
    EXPECT_EQ(relay.connection.problem(), "");
    EXPECT_TRUE(relay.connection.has_room());
    EXPECT_TRUE(relay.connection.wants_read());
    EXPECT_FALSE(relay.connection.wants_write());
    EXPECT_EQ(relay.connection.wake_at(), Connection::never);
    EXPECT_EQ(relay.connection.attempts(), 1u);
}

TEST(RelayConnection, GreetsWithUserAndDatabase) {
    RelayFixture relay(target_with("app", "secret", 3));
    ASSERT_TRUE(relay.takes_client());
    ASSERT_TRUE(relay.hears(command({"PING"})));
    EXPECT_EQ(relay.redis.heard(),
              command({"AUTH", "app", "secret"}) + command({"SELECT", "3"}) + unit::greeting);
    relay.redis.say("+OK\r\n+OK\r\n+OK\r\n");
    relay.pump_a_while();
    EXPECT_EQ(relay.connection.state(), State::greeting) << "one reply is missing";
    relay.redis.say("+PONG\r\n");
    EXPECT_TRUE(relay.is_in(State::ready));
}

TEST(RelayConnection, LocalhostAndNamesAreFound) {
    for (const char* host : {"localhost", "LOCALHOST"}) {  // the other one by the resolver
        Target target;
        target.host = host;
        RelayFixture relay(target);
        EXPECT_TRUE(relay.become_ready()) << host << ": " << relay.connection.problem();
    }
}

TEST(RelayConnection, ANameWithoutAddressIsAProblem) {
    Target target;
    target.host = "no-such-host.invalid";
    RelayFixture relay(target);
    relay.pump_a_while();
    relay.now += 10000;  // where no name server answers either
    ASSERT_TRUE(relay.is_in(State::waiting));
    EXPECT_TRUE(
        relay.connection.problem().starts_with("could not connect to no-such-host.invalid port "))
        << relay.connection.problem();
}

TEST(RelayConnection, AMissingUnixSocketIsAProblem) {
    Target target;
    target.host = "/nowhere/redis.sock";
    RelayFixture relay(target);
    relay.connection.advance(relay.now);
    EXPECT_EQ(relay.connection.state(), State::waiting);
    EXPECT_EQ(relay.connection.problem(),
              "could not connect to /nowhere/redis.sock: No such file or directory");
}

TEST(RelayConnection, NobodyListens) {
    RelayFixture relay;
    relay.redis.stop_listening();
    relay.connection.advance(relay.now);
    ASSERT_TRUE(relay.is_in(State::waiting));
    EXPECT_EQ(relay.connection.problem(), "could not connect to 127.0.0.1 port " +
                                              std::to_string(relay.redis.port()) +
                                              ": Connection refused");
    EXPECT_EQ(relay.connection.socket(), -1);
}

TEST(RelayConnection, TlsNeedsAHiredisThatHasIt) {
#if !__has_include(<hiredis/hiredis_ssl.h>)
    Target target;
    target.tls = true;
    RelayFixture relay(target);
    ASSERT_TRUE(relay.pump([&] { return !relay.connection.problem().empty(); }));
    EXPECT_NE(relay.connection.problem().find(
                  "this pg_kv was built with a hiredis without TLS (1.0 or later is needed)"),
              std::string::npos);
#endif
}

TEST(RelayConnection, RefusalsOfTheGreetingAreTold) {
    for (const char* error : {"WRONGPASS invalid username-password pair", "NOPERM no permissions",
                              "ERR AUTH <password> called without any password configured"}) {
        RelayFixture relay(target_with("", "secret"));
        expect_refusal(relay, std::string("-") + error + "\r\n", error);
    }
    for (const char* error : {"NOAUTH Authentication required.", "LOADING Redis is loading",
                              "ERR max number of clients reached", "DENIED protected mode"}) {
        RelayFixture relay;
        expect_refusal(relay, std::string("+OK\r\n-") + error + "\r\n", error);
    }
    RelayFixture relay(target_with("", "", 99));
    expect_refusal(relay, "-ERR DB index is out of range\r\n", "ERR DB index is out of range");
}

TEST(RelayConnection, NarrowRightsDoNotMatterInCourtesies) {
    RelayFixture relay;
    ASSERT_TRUE(relay.takes_client());
    ASSERT_TRUE(relay.hears(unit::greeting));
    relay.redis.say("-ERR unknown command 'CLIENT'\r\n-NOPERM no permissions to run 'ping'\r\n");
    EXPECT_TRUE(relay.is_in(State::ready));
}

TEST(RelayConnection, ThePasswordIsNotRepeated) {
    RelayFixture relay(target_with("", "secret"));
    expect_refusal(relay, "-ERR unknown command `AUTH`, with args beginning with: `secret`,\r\n",
                   "ERR unknown command `AUTH`");
    RelayFixture other(target_with("", "secret"));
    expect_refusal(other, "-ERR what is secret?\r\n", "ERR what is ***?");
}

TEST(RelayConnection, AWrongPasswordIsCorrectedLater) {
    RelayFixture relay(target_with("", "secret"));
    expect_refusal(relay, "-WRONGPASS no\r\n", "WRONGPASS no");
    come_back(relay);
    EXPECT_EQ(relay.connection.problem(), "WRONGPASS no") << "until it is ready";
    ASSERT_TRUE(relay.takes_client());
    ASSERT_TRUE(relay.hears(command({"PING"})));
    relay.redis.say("+OK\r\n" + unit::welcome);
    ASSERT_TRUE(relay.is_in(State::ready));
    EXPECT_EQ(relay.connection.problem(), "");
    EXPECT_EQ(relay.connection.attempts(), 2u);
}

TEST(RelayConnection, TheBackoffGrowsAndBeginsAnewAfterWork) {
    RelayFixture relay;
    int64_t wait = 0;
    for (int i = 0; i < 12; ++i) {
        expect_refusal(relay, "-LOADING x\r\n", "LOADING x");
        wait = relay.connection.wake_at() - relay.now;
        relay.now += wait;
    }
    EXPECT_GE(wait, relay::Backoff::longest / 2);

    ASSERT_TRUE(relay.become_ready());
    relay.redis.hang_up();
    ASSERT_TRUE(relay.is_in(State::waiting));
    wait = relay.connection.wake_at() - relay.now;
    EXPECT_GE(wait, relay::Backoff::longest / 2) << "it has done nothing for us";

    relay.now += wait;
    ASSERT_TRUE(relay.become_ready());
    relay.invalidate(1, "a");
    ASSERT_TRUE(relay.hears(command({"UNLINK", "a"})));
    relay.redis.say(":1\r\n");
    ASSERT_TRUE(relay.brings("1 done"));
    relay.redis.hang_up();
    ASSERT_TRUE(relay.is_in(State::waiting));
    EXPECT_LE(relay.connection.wake_at() - relay.now, relay::Backoff::shortest);
}

TEST(RelayConnection, ALongQuietTimeIsASuccessToo) {
    RelayFixture relay;
    for (int i = 0; i < 5; ++i) {
        expect_refusal(relay, "-LOADING x\r\n", "LOADING x");
        relay.now = relay.connection.wake_at();
    }
    ASSERT_TRUE(relay.become_ready());
    relay.now += 300'000;
    relay.pump_a_while();
    ASSERT_EQ(relay.connection.state(), State::ready) << "nothing was due";
    relay.redis.hang_up();
    ASSERT_TRUE(relay.is_in(State::waiting));
    EXPECT_EQ(relay.connection.problem(), "Server closed the connection");
    EXPECT_LE(relay.connection.wake_at() - relay.now, relay::Backoff::shortest);
}

TEST(RelayConnection, WhoHasReasonToHopeTriesAtOnce) {
    RelayFixture relay;
    for (int i = 0; i < 5; ++i) {
        expect_refusal(relay, "-LOADING x\r\n", "LOADING x");
        relay.connection.try_now();
        EXPECT_LE(relay.connection.wake_at(), relay.now);
    }
    EXPECT_TRUE(relay.become_ready());
}

TEST(RelayConnection, AGreetingWithoutAnswerTimesOut) {
    RelayFixture relay;
    ASSERT_TRUE(relay.takes_client());
    ASSERT_TRUE(relay.hears(unit::greeting));
    EXPECT_EQ(relay.connection.wake_at(), relay.now + 10000);
    relay.now += 9999;
    relay.pump_a_while();
    EXPECT_EQ(relay.connection.state(), State::greeting);
    relay.now += 1;
    EXPECT_TRUE(relay.is_in(State::waiting));
    EXPECT_EQ(relay.connection.problem(), "no reply within 10 s");
}

TEST(RelayConnection, RepliesMayComeByteByByte) {
    RelayFixture relay;
    ASSERT_TRUE(relay.takes_client());
    ASSERT_TRUE(relay.hears(unit::greeting));
    for (char byte : unit::welcome) {
        relay.redis.say(std::string(1, byte));
        relay.pump_a_while();
    }
    EXPECT_TRUE(relay.is_in(State::ready));
}

TEST(RelayConnection, GarbageInsteadOfAGreeting) {
    RelayFixture relay;
    expect_refusal(relay, "HTTP/1.1 400 Bad Request\r\n\r\n",
                   "Protocol error, got \"H\" as reply type byte");
}

TEST(RelayConnection, CloseStallsWhatIsOnItsWayAndConnectsAgain) {
    RelayFixture relay;
    ASSERT_TRUE(relay.become_ready());
    relay.invalidate(1, "a");
    relay.connection.advance(relay.now);
    relay.connection.close();
    EXPECT_EQ(relay.connection.socket(), -1);
    EXPECT_EQ(relay.outcomes(), "1 stalled the connection was closed");
    EXPECT_TRUE(relay.become_ready());
}

}  // namespace
