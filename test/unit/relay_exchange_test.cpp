// Requests and replies over a connection that may be lost at any moment.
#include <gtest/gtest.h>

#include "relay_fake_redis.hpp"

using relay::Limits;
using relay::Request;
using unit::command;
using unit::RelayFixture;
using State = relay::Connection::State;

namespace {

class RelayExchange : public testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(relay.become_ready()) << relay.connection.problem(); }

    // Sends "a", "b", ... with tickets 1, 2, ..., and waits until the last one has arrived.
    void send(int count) {
        std::string last;
        for (int i = 0; i < count; ++i) {
            last = std::string(1, static_cast<char>('a' + i));
            relay.invalidate(i + 1, last);
        }
        ASSERT_TRUE(relay.hears(command({"UNLINK", last})));
    }

    void send_leased() {
        Request request;
        request.ticket = 1;
        relay::invalidate(request, "a", {"1", 1000});
        relay.connection.send(request);
        ASSERT_TRUE(relay.hears(command({"EXEC"})));
    }

    void forget(uint64_t ticket, bool spare_versions = false) {
        relay.connection.forget({ticket, "user:*", spare_versions});
    }

    static std::string scan(const std::string& cursor) {
        return command({"SCAN", cursor, "MATCH", "user:*", "COUNT", "1000"});
    }

    RelayFixture relay;
};

TEST_F(RelayExchange, OutcomesComeInTheOrderOfSending) {
    send(3);
    EXPECT_EQ(relay.connection.in_flight(), 3u);
    relay.redis.say(":1\r\n-WRONGTYPE no\r\n:0\r\n");
    EXPECT_TRUE(relay.brings("1 done, 2 refused WRONGTYPE no, 3 done"));
    EXPECT_EQ(relay.connection.in_flight(), 0u);
    EXPECT_EQ(relay.connection.wake_at(), relay::Connection::never);
}

TEST_F(RelayExchange, WhatOthersMayPassLeavesTheConnection) {
    send(2);
    relay.redis.say("-OOM no memory\r\n:1\r\n");
    EXPECT_TRUE(relay.brings("1 stalled OOM no memory, 2 done"));
    EXPECT_EQ(relay.connection.state(), State::ready);
}

TEST_F(RelayExchange, AServerThatIsAwayIsLeft) {
    send(3);
    relay.redis.say(":1\r\n-READONLY no\r\n:1\r\n");
    ASSERT_TRUE(relay.is_in(State::waiting));
    EXPECT_EQ(relay.outcomes(), "1 done, 2 stalled READONLY no, 3 stalled READONLY no");
    EXPECT_EQ(relay.connection.problem(), "READONLY no");
}

TEST_F(RelayExchange, TransactionsAreDoneWhenTheyAreExecuted) {
    send_leased();
    relay.redis.say("+OK\r\n+QUEUED\r\n+QUEUED\r\n");
    relay.pump_a_while();
    EXPECT_EQ(relay.outcomes(), "");
    relay.redis.say("*2\r\n:1\r\n+OK\r\n");
    EXPECT_TRUE(relay.brings("1 done"));
}

TEST_F(RelayExchange, OfATransactionTheWorstCounts) {
    send_leased();
    relay.redis.say("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n-WRONGTYPE a\r\n+OK\r\n");
    EXPECT_TRUE(relay.brings("1 refused WRONGTYPE a"));
}

TEST_F(RelayExchange, AnAbortedTransactionIsRefusedForItsFirstError) {
    send_leased();
    relay.redis.say("+OK\r\n-ERR wrong number\r\n+QUEUED\r\n-EXECABORT discarded\r\n");
    EXPECT_TRUE(relay.brings("1 refused ERR wrong number"));
}

TEST_F(RelayExchange, AnAbortedTransactionIsStalledIfWhatWasQueuedWas) {
    send_leased();
    relay.redis.say("+OK\r\n+QUEUED\r\n-OOM no memory\r\n-EXECABORT discarded\r\n");
    EXPECT_TRUE(relay.brings("1 stalled OOM no memory"));
    EXPECT_EQ(relay.connection.state(), State::ready);
}

TEST_F(RelayExchange, WithoutAReplyTheConnectionIsDropped) {
    send(2);
    EXPECT_EQ(relay.connection.wake_at(), relay.now + 10000);
    relay.now += 9000;
    relay.redis.say(":1\r\n");
    ASSERT_TRUE(relay.brings("1 done"));
    EXPECT_EQ(relay.connection.wake_at(), relay.now + 10000) << "since the last reply";
    relay.now += 10000;
    ASSERT_TRUE(relay.is_in(State::waiting));
    EXPECT_EQ(relay.outcomes(), "1 done, 2 stalled no reply within 10 s");
}

TEST_F(RelayExchange, LateRepliesAreNotTakenForAnothers) {
    send(1);
    relay.now += 10000;
    ASSERT_TRUE(relay.is_in(State::waiting));
    relay.redis.say("-ERR late\r\n");  // into the connection that was dropped
    relay.now = relay.connection.wake_at();
    ASSERT_TRUE(relay.become_ready());
    relay.invalidate(2, "b");
    ASSERT_TRUE(relay.hears(command({"UNLINK", "b"})));
    relay.redis.say(":1\r\n");
    EXPECT_TRUE(relay.brings("1 stalled no reply within 10 s, 2 done"));
}

TEST_F(RelayExchange, AServerThatDiesInMidReplyHasDoneNothing) {
    send_leased();
    relay.redis.say("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n");
    relay.redis.hang_up();
    ASSERT_TRUE(relay.is_in(State::waiting));
    EXPECT_EQ(relay.outcomes(), "1 stalled Server closed the connection");
}

TEST_F(RelayExchange, RepliesBeforeTheEndCount) {
    send(3);
    relay.redis.say(":1\r\n:1\r\n:");
    relay.redis.hang_up();
    ASSERT_TRUE(relay.is_in(State::waiting));
    EXPECT_EQ(relay.outcomes(), "1 done, 2 done, 3 stalled Server closed the connection");
}

TEST_F(RelayExchange, GarbageDropsTheConnection) {
    send(1);
    relay.redis.say("what?\r\n");
    ASSERT_TRUE(relay.is_in(State::waiting));
    EXPECT_EQ(relay.outcomes(), "1 stalled Protocol error, got \"w\" as reply type byte");
}

TEST_F(RelayExchange, AReplyToNothingDropsTheConnection) {
    relay.redis.say("+OK\r\n");
    ASSERT_TRUE(relay.is_in(State::waiting));
    EXPECT_EQ(relay.connection.problem(), "Redis sent a reply to nothing");
}

TEST_F(RelayExchange, RepliesMayComeByteByByte) {
    send_leased();
    for (char byte : std::string("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n+OK\r\n")) {
        relay.redis.say(std::string(1, byte));
        relay.connection.advance(relay.now);
    }
    EXPECT_TRUE(relay.brings("1 done"));
}

TEST_F(RelayExchange, ABoundedNumberIsOnItsWay) {
    uint64_t sent = 0;
    while (relay.connection.has_room())
        relay.invalidate(++sent, "a");
    EXPECT_EQ(sent, Limits().in_flight);
    std::string replies;
    for (uint64_t i = 0; i < sent; ++i)
        replies += ":1\r\n";
    // It answers what it has heard, all at once.
    size_t size = sent * command({"UNLINK", "a"}).size();
    ASSERT_TRUE(relay.pump([&] { return relay.redis.heard().size() == size; }));
    relay.redis.say(replies);
    ASSERT_TRUE(relay.pump([&] { return relay.connection.has_room(); }));
    relay.pump_a_while();
    uint64_t expected = 0;
    for (relay::Outcome outcome; relay.connection.next(outcome);) {
        ASSERT_EQ(outcome.ticket, ++expected);
        ASSERT_EQ(outcome.verdict, relay::Verdict::done);
    }
    EXPECT_EQ(expected, sent);
}

TEST_F(RelayExchange, AHalfWrittenRequestWasNotDone) {
    // More than the buffers of both sides take while nobody listens.
    std::string value(64 * 1024 * 1024, 'x');
    Request request;
    request.ticket = 1;
    relay::refresh_json(request, "large", value, 0);
    relay.connection.send(request);
    EXPECT_FALSE(relay.connection.has_room()) << "more bytes than may wait";
    relay.pump_a_while();
    EXPECT_TRUE(relay.connection.wants_write());
    EXPECT_EQ(relay.outcomes(), "");
    relay.redis.hang_up();
    ASSERT_TRUE(relay.is_in(State::waiting));
    EXPECT_TRUE(relay.outcomes().starts_with("1 stalled ")) << relay.outcomes();

    relay.now = relay.connection.wake_at();
    ASSERT_TRUE(relay.become_ready()) << "nothing of it is left";
    relay.invalidate(2, "b");
    relay.pump_a_while();
    EXPECT_EQ(relay.redis.heard(), command({"UNLINK", "b"}));
}

TEST_F(RelayExchange, ALargeRequestArrivesWhole) {
    std::string value(8 * 1024 * 1024, 'x');
    Request request;
    request.ticket = 1;
    relay::refresh_json(request, "large", value, 0);
    relay.connection.send(request);
    relay.invalidate(2, "b");
    ASSERT_TRUE(relay.pump([&] {
        return relay.redis.heard().size() ==
               request.encoded.size() + command({"UNLINK", "b"}).size();
    }));
    EXPECT_TRUE(relay.redis.heard() == request.encoded + command({"UNLINK", "b"}));
}

// Patterns
// -----------------------------------------------------------------------------------------

TEST_F(RelayExchange, APatternIsForgottenOverSeveralCursors) {
    forget(1);
    ASSERT_TRUE(relay.hears(scan("0")));
    relay.invalidate(2, "b");
    ASSERT_TRUE(relay.hears(command({"UNLINK", "b"})));
    relay.redis.forget();
    relay.redis.say("*2\r\n$2\r\n17\r\n*2\r\n$6\r\nuser:1\r\n$6\r\nuser:2\r\n:1\r\n");
    ASSERT_TRUE(relay.hears(scan("17")));
    EXPECT_EQ(relay.redis.heard(), command({"UNLINK", "user:1", "user:2"}) + scan("17"));
    EXPECT_TRUE(relay.brings("2 done"));

    relay.redis.forget();
    relay.redis.say(":2\r\n*2\r\n$1\r\n9\r\n*0\r\n");
    ASSERT_TRUE(relay.hears(scan("9")));
    EXPECT_EQ(relay.redis.heard(), scan("9")) << "nothing to remove";
    relay.redis.say("*2\r\n$1\r\n0\r\n*1\r\n$6\r\nuser:3\r\n");
    ASSERT_TRUE(relay.hears(command({"UNLINK", "user:3"})));
    EXPECT_EQ(relay.outcomes(), "2 done") << "not before the last is removed";
    relay.redis.say(":1\r\n");
    EXPECT_TRUE(relay.brings("2 done, 1 done"));
    EXPECT_EQ(relay.connection.in_flight(), 0u);
}

TEST_F(RelayExchange, PatternsComeOneAfterTheOther) {
    forget(1);
    forget(2);
    ASSERT_TRUE(relay.hears(scan("0")));
    relay.pump_a_while();
    EXPECT_EQ(relay.redis.heard(), scan("0")) << "one SCAN at a time";
    relay.redis.forget();
    relay.redis.say("*2\r\n$1\r\n0\r\n*0\r\n");
    ASSERT_TRUE(relay.hears(scan("0")));
    EXPECT_EQ(relay.outcomes(), "1 done");
    relay.redis.say("*2\r\n$1\r\n0\r\n*0\r\n");
    EXPECT_TRUE(relay.brings("1 done, 2 done"));
}

TEST_F(RelayExchange, VersionsAreSparedOnRequest) {
    forget(1, true);
    ASSERT_TRUE(relay.hears(scan("0")));
    relay.redis.forget();
    relay.redis.say("*2\r\n$1\r\n0\r\n*2\r\n$14\r\nuser:1:version\r\n$6\r\nuser:1\r\n");
    ASSERT_TRUE(relay.hears("user:1"));
    EXPECT_EQ(relay.redis.heard(), command({"UNLINK", "user:1"}));
}

TEST_F(RelayExchange, APatternThatIsRefusedEnds) {
    forget(1);
    forget(2);
    ASSERT_TRUE(relay.hears(scan("0")));
    relay.redis.say("-ERR unknown command SCAN\r\n");
    ASSERT_TRUE(relay.brings("1 refused ERR unknown command SCAN"));
    relay.redis.forget();
    relay.redis.say("*2\r\n$1\r\n5\r\n*1\r\n$6\r\nuser:3\r\n");
    ASSERT_TRUE(relay.hears(scan("5")));
    relay.redis.say("-NOPERM no UNLINK\r\n*2\r\n$1\r\n6\r\n*1\r\n$6\r\nuser:4\r\n");
    EXPECT_TRUE(relay.brings("1 refused ERR unknown command SCAN, 2 stalled NOPERM no UNLINK"));
}

TEST_F(RelayExchange, PatternsAreStalledWithTheConnection) {
    forget(1);
    forget(2);
    relay.invalidate(3, "b");
    ASSERT_TRUE(relay.hears(command({"UNLINK", "b"})));
    relay.redis.hang_up();
    ASSERT_TRUE(relay.is_in(State::waiting));
    std::string stalled = " stalled Server closed the connection";
    EXPECT_EQ(relay.outcomes(), "3" + stalled + ", 1" + stalled + ", 2" + stalled);
}

TEST_F(RelayExchange, WhatIsNoReplyToScanDropsTheConnection) {
    for (const char* reply : {"+OK\r\n", "*0\r\n", "*2\r\n:0\r\n*0\r\n",
                              "*2\r\n$1\r\n0\r\n$1\r\n0\r\n", "*2\r\n$1\r\n0\r\n*1\r\n:5\r\n"}) {
        RelayFixture fresh;
        ASSERT_TRUE(fresh.become_ready());
        fresh.connection.forget({1, "user:*", false});
        ASSERT_TRUE(fresh.hears(scan("0")));
        fresh.redis.say(reply);
        ASSERT_TRUE(fresh.is_in(State::waiting)) << reply;
        EXPECT_EQ(fresh.outcomes(), "1 stalled Redis sent a reply to SCAN that is none");
    }
}

}  // namespace
