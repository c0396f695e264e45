// Against a real Redis on a Unix socket, where there is one.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "relay/fill_script.hpp"
#include "relay_fake_redis.hpp"

using relay::Lease;
using relay::Outcome;
using relay::Request;
using relay::Verdict;
using unit::command;
using State = relay::Connection::State;

namespace {

const std::string old_version = "000000010000000000000001";
const std::string relay_version = "000000010000000000000002";
const std::string new_version = "000000010000000000000003";

// One server for all, each test in a database of its own.
class RelayRedis : public testing::Test {
protected:
    static void SetUpTestSuite() {
        char name[] = "/tmp/relay_redis_XXXXXX";
        folder = mkdtemp(name);
        server = fork();
        if (server == 0) {
            execlp("redis-server", "redis-server", "--port", "0", "--save", "", "--unixsocket",
                   socket_path().c_str(), "--logfile", "/dev/null", "--dir", folder.c_str(),
                   static_cast<char*>(nullptr));
            _exit(127);
        }
    }
    static void TearDownTestSuite() {
        kill(server, SIGTERM);
        waitpid(server, nullptr, 0);
        std::filesystem::remove_all(folder);
    }
    static std::string socket_path() { return folder + "/redis.sock"; }
    static relay::Target target() {
        relay::Target target;
        target.host = socket_path();
        target.database = ++databases;
        return target;
    }

    void SetUp() override {
        if (std::system("command -v redis-server >/dev/null") != 0)
            GTEST_SKIP() << "there is no redis-server";
        ASSERT_TRUE(relay.pump([&] {
            relay.connection.try_now();
            return relay.connection.state() == State::ready;
        })) << relay.connection.problem();
    }

    // The outcome's problem.
    std::string run(const Request& request) {
        relay.connection.send(request);
        return outcome();
    }
    std::string run(const std::vector<std::string>& words) { return run({1, command(words), 1}); }
    std::string outcome() {
        Outcome outcome;
        EXPECT_TRUE(relay.pump([&] { return relay.connection.next(outcome); }));
        EXPECT_EQ(outcome.verdict == Verdict::done, outcome.problem.empty());
        return outcome.problem;
    }

    void fill(const std::string& value, const std::string& version) {
        EXPECT_EQ(run({"EVAL", std::string(relay::fill_script()), "3", "user:1", "user:1:version",
                       "user:*:version", value, version, "60000"}),
                  "");
    }
    // What stands in the key.
    void expect(const std::string& key, const std::string& value) {
        EXPECT_EQ(run({"EVAL",
                       "return redis.error_reply('ERR ' .. (redis.call('GET', KEYS[1]) or 'none'))",
                       "1", key})
                      .substr(0, value.size() + 4),
                  "ERR " + value);
    }

    static inline std::string folder;
    static inline pid_t server = 0;
    static inline int databases = 0;
    unit::RelayFixture relay{target()};
    Request request;
};

TEST_F(RelayRedis, AStaleFillLosesAndAFreshOneWins) {
    fill("first", old_version);
    expect("user:1", "first");
    relay::invalidate(request, "user:1", {relay_version, 60000});
    EXPECT_EQ(run(request), "");
    fill("stale", old_version);
    expect("user:1", "none");
    fill("fresh", new_version);
    expect("user:1", "fresh");
}

TEST_F(RelayRedis, AStaleFillDoesNotUndoARefresh) {
    relay::refresh_json(request, "user:1", "refreshed", 60000, {relay_version, 60000});
    EXPECT_EQ(run(request), "");
    fill("stale", old_version);
    expect("user:1", "refreshed");
}

TEST_F(RelayRedis, APatternsVersionTurnsStaleFillsAway) {
    relay::hold(request, "user:*", {relay_version, 60000});
    EXPECT_EQ(run(request), "");
    relay.connection.forget({1, "user:*", true});
    EXPECT_EQ(outcome(), "");
    fill("stale", old_version);
    expect("user:1", "none");
    fill("fresh", new_version);
    expect("user:1", "fresh");
}

TEST_F(RelayRedis, AHashIsReplacedWhole) {
    std::vector<relay::Field> fields = {{"id", "1"}, {"name", "x"}};
    EXPECT_EQ(run({"SET", "user:1", "of another type"}), "");
    relay::refresh_hash(request, "user:1", fields, 60000, {relay_version, 60000});
    EXPECT_EQ(run(request), "");
    EXPECT_EQ(run({"EVAL", "return redis.call('HLEN', KEYS[1]) == 2 or redis.error_reply('ERR no')",
                   "1", "user:1"}),
              "");
    EXPECT_TRUE(run({"GET", "user:1"}).starts_with("WRONGTYPE "));
}

TEST_F(RelayRedis, APatternTakesThousandsOfKeysAndNoOthers) {
    EXPECT_EQ(run({"EVAL",
                   "for i = 1, 5000 do redis.call('SET', 'a*:' .. i, 1) end "
                   "redis.call('SET', 'ab:1', 'stays')",
                   "0"}),
              "");
    relay.connection.forget({1, relay::escape_glob("a*:") + "*", false});
    EXPECT_EQ(outcome(), "");
    expect("ab:1", "stays");
    EXPECT_EQ(run({"EVAL", "return redis.call('DBSIZE') == 1 or redis.error_reply('ERR no')", "0"}),
              "");
}

TEST_F(RelayRedis, ALongPipelineIsDoneInOrder) {
    constexpr uint64_t count = 50000;
    uint64_t sent = 0, answered = 0;
    EXPECT_TRUE(relay.pump([&] {
        for (; sent < count && relay.connection.has_room(); ++sent)
            relay.invalidate(sent + 1, "user:" + std::to_string(sent));
        for (Outcome outcome; relay.connection.next(outcome);) {
            EXPECT_EQ(outcome.ticket, ++answered);
            EXPECT_EQ(outcome.verdict, Verdict::done);
        }
        return answered == count;
    }));
}

}  // namespace
