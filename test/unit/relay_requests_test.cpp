// What is sent to Redis, byte by byte, and what its errors mean.
#include "relay/requests.hpp"

#include <gtest/gtest.h>

#include "relay/backoff.hpp"
#include "relay/fill_script.hpp"
#include "relay/pattern.hpp"
#include "relay/replies.hpp"
#include "relay_fake_redis.hpp"

using relay::Field;
using relay::Lease;
using relay::Request;
using relay::Verdict;
using unit::command;

namespace {

const Lease lease = {"00000001000000000000000a", 60000};

std::string version_of(const std::string& key) {
    return command({"SET", key + ":version", "00000001000000000000000a", "PX", "60000"});
}

void expect(const Request& request, const std::vector<std::string>& commands) {
    std::string whole;
    for (const std::string& each : commands)
        whole += each;
    EXPECT_EQ(request.encoded, whole);
    EXPECT_EQ(request.replies, static_cast<int>(commands.size()));
}

TEST(RelayRequests, Invalidate) {
    Request request;
    relay::invalidate(request, "user:1");
    expect(request, {command({"UNLINK", "user:1"})});
    relay::invalidate(request, "user:1", lease);
    expect(request, {command({"MULTI"}), command({"UNLINK", "user:1"}), version_of("user:1"),
                     command({"EXEC"})});
}

TEST(RelayRequests, ARequestIsOverwrittenButForItsTicket) {
    Request request;
    request.ticket = 7;
    relay::invalidate(request, "user:1", lease);
    relay::invalidate(request, "user:2");
    expect(request, {command({"UNLINK", "user:2"})});
    EXPECT_EQ(request.ticket, 7u);
}

TEST(RelayRequests, Restore) {
    Request request;
    const std::string dump("\0\1x\r\n\0", 6);
    relay::restore(request, "k", dump, 0);
    expect(request, {command({"RESTORE", "k", "0", dump, "REPLACE", "ABSTTL"})});
    relay::restore(request, "k", dump, 1700000000123, lease);
    expect(request, {command({"MULTI"}),
                     command({"RESTORE", "k", "1700000000123", dump, "REPLACE", "ABSTTL"}),
                     version_of("k"), command({"EXEC"})});
}

TEST(RelayRequests, RefreshJson) {
    Request request;
    relay::refresh_json(request, "k", "{}", 0);
    expect(request, {command({"SET", "k", "{}"})});
    relay::refresh_json(request, "k", "{}", 1500);
    expect(request, {command({"SET", "k", "{}", "PX", "1500"})});
    relay::refresh_json(request, "k", "{}", 1500, lease);
    expect(request, {command({"MULTI"}), command({"SET", "k", "{}", "PX", "1500"}), version_of("k"),
                     command({"EXEC"})});
}

TEST(RelayRequests, RefreshHash) {
    Request request;
    std::vector<Field> fields = {{"id", "1"}, {"name", ""}};
    std::string set = command({"HSET", "k", "id", "1", "name", ""});
    relay::refresh_hash(request, "k", fields, 0);
    expect(request, {command({"MULTI"}), command({"UNLINK", "k"}), set, command({"EXEC"})});
    relay::refresh_hash(request, "k", fields, 20, lease);
    expect(request, {command({"MULTI"}), command({"UNLINK", "k"}), set,
                     command({"PEXPIRE", "k", "20"}), version_of("k"), command({"EXEC"})});
    relay::refresh_hash(request, "k", {}, 20);
    expect(request, {command({"UNLINK", "k"})});
}

TEST(RelayRequests, HoldAndPublish) {
    Request request;
    relay::hold(request, "user:*", lease);
    expect(request, {version_of("user:*")});
    relay::publish(request, "changes", "{\"key\":\"user:1\"}");
    expect(request, {command({"PUBLISH", "changes", "{\"key\":\"user:1\"}"})});
}

TEST(RelayRequests, KeysAreBytes) {
    Request request;
    std::string key("a\0\r\n\xff", 5);
    relay::invalidate(request, key);
    expect(request, {command({"UNLINK", key})});
    std::string large(100000, 'x');
    relay::invalidate(request, large);
    expect(request, {command({"UNLINK", large})});
}

TEST(RelayPattern, LiteralsAreEscaped) {
    EXPECT_EQ(relay::escape_glob("user:1"), "user:1");
    EXPECT_EQ(relay::escape_glob("a*b?c[d]e\\f"), "a\\*b\\?c\\[d\\]e\\\\f");
    EXPECT_EQ(relay::escape_glob(""), "");
}

void expect_meaning(const char* error, Verdict verdict, bool is_server_away) {
    relay::ErrorMeaning meaning = relay::meaning_of(error);
    EXPECT_EQ(meaning.verdict, verdict) << error;
    EXPECT_EQ(meaning.is_server_away, is_server_away) << error;
}

TEST(RelayReplies, SomeErrorsAreTheRequestsFault) {
    for (const char* error :
         {"ERR syntax error", "WRONGTYPE Operation against a key", "CROSSSLOT Keys in request",
          "MOVED 1 127.0.0.1:6379", "EXECABORT Transaction discarded because of previous errors.",
          "BUSYKEY Target key name already exists.", "OOMPH", "", "loading"})
        expect_meaning(error, Verdict::refused, false);
}

TEST(RelayReplies, SomeAreTheTargetsButOtherRequestsMayPass) {
    for (const char* error :
         {"OOM command not allowed", "NOPERM this user has no permissions", "TRYAGAIN", "OOM"})
        expect_meaning(error, Verdict::stalled, false);
}

TEST(RelayReplies, SomeMeanThatTheServerIsAway) {
    for (const char* error :
         {"LOADING Redis is loading", "READONLY You can't write", "NOAUTH Authentication required.",
          "MISCONF Redis is configured", "BUSY Redis is busy", "MASTERDOWN Link", "CLUSTERDOWN x",
          "NOREPLICAS Not enough", "DENIED Redis is running", "WRONGPASS invalid"})
        expect_meaning(error, Verdict::stalled, true);
}

TEST(RelayReplies, AnExecThatWasTurnedAwayHasItsCausesMeaning) {
    expect_meaning("EXECABORT Transaction discarded because of: OOM command not allowed",
                   Verdict::stalled, false);
    expect_meaning("EXECABORT Transaction discarded because of: LOADING Redis is loading",
                   Verdict::stalled, true);
    expect_meaning("EXECABORT Transaction discarded because of: ERR what", Verdict::refused, false);
}

TEST(RelayReplies, TextsBecomeFitForALog) {
    EXPECT_EQ(relay::readable("ERR\tno\nsuch\xff"), "ERR?no?such?");
    EXPECT_EQ(relay::readable("ERR 'secret', 'secret'", "secret"), "ERR '***', '***'");
    EXPECT_LE(relay::readable(std::string(100000, 'x')).size(), 300u);
}

TEST(RelayBackoff, DoublesToALimitWithJitter) {
    relay::Backoff backoff(1);
    int64_t span = relay::Backoff::shortest;
    for (int i = 0; i < 20; ++i) {
        int64_t wait = backoff.next();
        EXPECT_GE(wait, span / 2);
        EXPECT_LE(wait, span);
        span = std::min(2 * span, relay::Backoff::longest);
    }
    EXPECT_EQ(span, relay::Backoff::longest);
    backoff.begin_anew();
    EXPECT_LE(backoff.next(), relay::Backoff::shortest);
}

TEST(RelayBackoff, SeedsSpreadTheAttempts) {
    relay::Backoff one(1), other(2);
    bool differ = false;
    for (int i = 0; i < 10; ++i)
        differ |= one.next() != other.next();
    EXPECT_TRUE(differ);
}

}  // namespace
