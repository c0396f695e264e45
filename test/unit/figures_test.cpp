// What the server counts and keeps, and INFO, SLOWLOG and LATENCY, which tell it.
#include "command/monitor.hpp"
#include "core/latency_histogram.hpp"
#include "fake_door.hpp"

using command::Figures;
using command::Id;
using command::LatencyMonitor;
using command::SlowLog;
using core::Bytes;
using core::LatencyHistogram;
using FiguresSession = unit::DoorSession;

namespace {

constexpr int64_t second = 1000;

std::vector<std::pair<uint64_t, uint64_t>> doubling(const LatencyHistogram& histogram) {
    std::vector<std::pair<uint64_t, uint64_t>> found;
    histogram.walk_doubling(
        [&](uint64_t nanoseconds, uint64_t count) { found.emplace_back(nanoseconds, count); });
    return found;
}

}  // namespace

TEST(LatencyHistogram, TellsTheGreatestTimeOfABucket) {
    for (auto [time, told] : {std::pair<uint64_t, uint64_t>{0, 0},
                              {200, 200},
                              {255, 255},
                              {256, 257},
                              {7000, 7007},
                              {100'000, 100'351},
                              {765'000, 765'951},
                              {1'000'000'000, 1'002'438'655}}) {
        LatencyHistogram histogram;
        histogram.add(time);
        EXPECT_EQ(histogram.percentile(50), told);
        EXPECT_EQ(histogram.percentile(99.9), told);
    }
}

TEST(LatencyHistogram, CountsFromTheLeast) {
    LatencyHistogram histogram;
    EXPECT_EQ(histogram.percentile(50), 0U);
    for (uint64_t time = 1; time <= 100; time++)
        histogram.add(time);
    EXPECT_EQ(histogram.total(), 100U);
    EXPECT_EQ(histogram.percentile(50), 50U);
    EXPECT_EQ(histogram.percentile(99), 99U);
    EXPECT_EQ(histogram.percentile(99.9), 100U);
    EXPECT_EQ(histogram.percentile(100), 100U);
}

TEST(LatencyHistogram, TakesTheLongestForLonger) {
    LatencyHistogram histogram;
    histogram.add(UINT64_MAX);
    LatencyHistogram longest;
    longest.add(LatencyHistogram::longest);
    EXPECT_EQ(histogram.percentile(50), longest.percentile(50));
}

TEST(LatencyHistogram, DoublesItsSteps) {
    LatencyHistogram histogram;
    EXPECT_TRUE(doubling(histogram).empty());
    for (uint64_t time : {500, 900, 3000, 20'000, 30'000})
        histogram.add(time);
    std::vector<std::pair<uint64_t, uint64_t>> expected = {{1031, 2}, {4127, 3}, {33'023, 5}};
    EXPECT_EQ(doubling(histogram), expected);
}

TEST(Rate, IsTheMeanOfTheLastSamples) {
    command::Rate rate;
    uint64_t total = 0;
    int64_t now = 5 * second;
    rate.sample(total, now);
    for (int i = 0; i < 16; i++)
        rate.sample(total += 25, now += 50);
    EXPECT_DOUBLE_EQ(rate.per_second(), 500);
    for (int i = 0; i < 8; i++)
        rate.sample(total, now += 50);
    EXPECT_DOUBLE_EQ(rate.per_second(), 250);
    rate.sample(0, now += 50);  // begun anew
    EXPECT_DOUBLE_EQ(rate.per_second(), 250);
}

TEST(Figures, CountCalls) {
    Figures figures;
    figures.count_call(Id::get, 2500, "");
    figures.count_call(Id::get, 1500, "WRONGTYPE Operation against");
    figures.count_rejected(Id::get, "ERR wrong number");
    figures.count_error("ERR unknown command");
    EXPECT_EQ(figures.commands, 2U);
    EXPECT_EQ(figures.of(Id::get).calls, 2U);
    EXPECT_EQ(figures.of(Id::get).microseconds, 3U);
    EXPECT_EQ(figures.of(Id::get).failed, 1U);
    EXPECT_EQ(figures.of(Id::get).rejected, 1U);
    EXPECT_EQ(figures.error_replies, 3U);
    EXPECT_EQ(figures.errors["ERR"], 2U);
    EXPECT_EQ(figures.errors["WRONGTYPE"], 1U);
}

TEST(Figures, BeginAnewButForWhatIs) {
    Figures figures;
    figures.run_id = "abc";
    figures.blocked_clients = 3;
    figures.turns = 7;
    figures.count_call(Id::get, 2500, "ERR no");
    figures.reset();
    EXPECT_EQ(figures.run_id, "abc");
    EXPECT_EQ(figures.blocked_clients, 3);
    EXPECT_EQ(figures.turns, 0U);
    EXPECT_EQ(figures.of(Id::get).calls, 0U);
    EXPECT_TRUE(figures.errors.empty());
}

TEST(SlowLog, KeepsTheLatest) {
    SlowLog log;
    log.configure(1000, 2);
    std::vector<Bytes> arguments = {"get", "k"};
    log.add(arguments, 999, 5 * second, "a:1", "");
    for (int64_t i = 0; i < 3; i++)
        log.add(arguments, 1000 + i, 5 * second, "a:1", "me");
    ASSERT_EQ(log.entries().size(), 2U);
    EXPECT_EQ(log.entries()[0].id, 2);
    EXPECT_EQ(log.entries()[0].microseconds, 1002);
    EXPECT_EQ(log.entries()[0].time, 5);
    EXPECT_EQ(log.entries()[1].id, 1);
    log.reset();
    EXPECT_TRUE(log.entries().empty());
    log.add(arguments, 5000, 5 * second, "a:1", "me");
    EXPECT_EQ(log.entries()[0].id, 3);
}

TEST(SlowLog, MayKeepNothingOrAll) {
    std::vector<Bytes> arguments = {"get"};
    SlowLog log;
    log.configure(0, 1);
    log.add(arguments, 0, 0, "", "");
    EXPECT_EQ(log.entries().size(), 1U);
    log.configure(0, 0);
    EXPECT_TRUE(log.entries().empty());
    log.add(arguments, 0, 0, "", "");
    EXPECT_TRUE(log.entries().empty());
    log.configure(-1, 10);
    log.add(arguments, 1'000'000, 0, "", "");
    EXPECT_TRUE(log.entries().empty());
}

TEST(SlowLog, TrimsArguments) {
    SlowLog log;
    log.configure(0, 10);
    std::string longest(128, 'x');
    std::string too_long(131, 'x');
    std::vector<Bytes> arguments(40, "a");
    arguments[1] = longest;
    arguments[2] = too_long;
    log.add(arguments, 1, 0, "", "");
    const auto& kept = log.entries()[0].arguments;
    ASSERT_EQ(kept.size(), 32U);
    EXPECT_EQ(kept[1], longest);
    EXPECT_EQ(kept[2], longest + "... (3 more bytes)");
    EXPECT_EQ(kept[30], "a");
    EXPECT_EQ(kept[31], "... (9 more arguments)");
    log.add(std::span<const Bytes>(arguments).first(32), 1, 0, "", "");
    EXPECT_EQ(log.entries()[0].arguments.back(), "a");
}

TEST(LatencyMonitor, KeepsTheMostOfASecond) {
    LatencyMonitor monitor;
    monitor.add("command", 5000, second);
    EXPECT_TRUE(monitor.events().empty());
    monitor.configure(100);
    monitor.add("command", 99, second);
    monitor.add("command", 100, second);
    monitor.add("command", 300, second + 999);
    monitor.add("command", 200, second + 500);
    monitor.add("command", 150, 2 * second);
    const auto& event = monitor.events().find("command")->second;
    ASSERT_EQ(event.samples.size(), 2U);
    EXPECT_EQ(event.samples[0].milliseconds, 300);
    EXPECT_EQ(event.samples[1].time, 2);
    EXPECT_EQ(event.longest, 300);
    for (int64_t i = 3; i < 200; i++)
        monitor.add("command", 101, i * second);
    EXPECT_EQ(event.samples.size(), 160U);
    EXPECT_EQ(event.longest, 300);
    EXPECT_FALSE(monitor.reset("turn"));
    EXPECT_TRUE(monitor.reset("command"));
    EXPECT_TRUE(monitor.events().empty());
}

TEST_F(FiguresSession, TellsTheSlowLog) {
    server.slow.configure(0, 100);
    for (int i = 0; i < 12; i++)
        server.slow.add(std::vector<Bytes>{"get", "k"}, i, 7 * second, "127.0.0.1:1", "me");
    EXPECT_EQ(run("SLOWLOG LEN"), integer(12));
    EXPECT_EQ(run("SLOWLOG GET 1"), "*1\r\n*6\r\n:11\r\n:7\r\n:11\r\n" + strings({"get", "k"}) +
                                        bulk("127.0.0.1:1") + bulk("me"));
    EXPECT_TRUE(run("SLOWLOG GET").starts_with("*10\r\n"));
    EXPECT_TRUE(run("SLOWLOG GET -1").starts_with("*12\r\n"));
    EXPECT_TRUE(run("SLOWLOG GET 100").starts_with("*12\r\n"));
    EXPECT_EQ(run("SLOWLOG GET -2"), "-ERR count should be greater than or equal to -1\r\n");
    EXPECT_EQ(run("SLOWLOG GET x"), "-ERR count should be greater than or equal to -1\r\n");
    EXPECT_EQ(run("SLOWLOG RESET"), unit::ok);
    EXPECT_EQ(run("SLOWLOG LEN"), integer(0));
}

TEST_F(FiguresSession, TellsLatencies) {
    server.moments.configure(1);
    server.moments.add("commit", 10, 3 * second);
    server.moments.add("commit", 20, 4 * second);
    server.moments.add("turn", 30, 4 * second);
    EXPECT_EQ(run("LATENCY LATEST"), "*2\r\n*4\r\n" + bulk("commit") + integer(4) + integer(20) +
                                         integer(20) + "*4\r\n" + bulk("turn") + integer(4) +
                                         integer(30) + integer(30));
    EXPECT_EQ(run("LATENCY HISTORY commit"), "*2\r\n*2\r\n:3\r\n:10\r\n*2\r\n:4\r\n:20\r\n");
    EXPECT_EQ(run("LATENCY HISTORY nosuch"), strings({}));
    EXPECT_EQ(run("LATENCY GRAPH nosuch"), "-ERR No samples available for event 'nosuch'\r\n");
    store.clock = 6 * second;
    EXPECT_EQ(run("LATENCY GRAPH commit"),
              bulk("commit - high 20 ms, low 10 ms (all time high 20 ms)\n" + std::string(80, '-') +
                   "\n #\n |\n |\n_|\n\n32\nss\n"));
    EXPECT_NE(
        run("LATENCY DOCTOR").find("commit: 2 slow moments, 15 ms on average, 20 ms at worst"),
        std::string::npos);
    EXPECT_EQ(run("LATENCY RESET turn nosuch"), integer(1));
    EXPECT_EQ(run("LATENCY RESET"), integer(1));
    EXPECT_EQ(run("LATENCY LATEST"), strings({}));
}

TEST_F(FiguresSession, TellsHistograms) {
    server.counted.count_call(Id::get, 3000, "");
    server.counted.count_call(Id::slowlog_len, 500, "");
    EXPECT_EQ(run("LATENCY HISTOGRAM GET set nosuch"),
              "*2\r\n" + bulk("get") + "*4\r\n" + bulk("calls") + integer(1) +
                  bulk("histogram_usec") + "*2\r\n:4\r\n:1\r\n");
    EXPECT_NE(run("LATENCY HISTOGRAM slowlog").find("slowlog|len"), std::string::npos);
    EXPECT_TRUE(run("LATENCY HISTOGRAM").starts_with("*4\r\n"));
}

TEST_F(FiguresSession, MakesAMonitor) {
    EXPECT_EQ(run("MONITOR"), unit::ok);
    EXPECT_TRUE(client.is_monitor);
}

TEST(Monitor, ShowsCallsAsRedisDoes) {
    command::Client client;
    client.address = "127.0.0.1:5";
    std::vector<Bytes> arguments = {"set", "a\"b\\", Bytes("\x01\n\0\xff~", 5)};
    EXPECT_EQ(command::monitor_line(client, 3, arguments, 1'700'000'000'000'042),
              R"(1700000000.000042 [3 127.0.0.1:5] "set" "a\"b\\" "\x01\n\x00\xff~")");
    client.is_unix_socket = true;
    client.local_address = "/tmp/kv";
    EXPECT_EQ(command::monitor_line(client, 0, {}, 0), "0.000000 [0 unix:/tmp/kv]");
}

TEST(Monitor, KeepsSecrets) {
    auto shown = [](std::vector<Bytes> arguments) {
        std::string text;
        for (Bytes argument : command::shown_arguments(*command::find_called(arguments), arguments))
            text += std::string(argument) + " ";
        return text;
    };
    EXPECT_EQ(shown({"auth", "me", "secret"}), "auth (redacted) (redacted) ");
    EXPECT_EQ(shown({"hello", "3", "setname", "x", "Auth", "me", "secret"}),
              "hello 3 setname x Auth (redacted) (redacted) ");
    EXPECT_EQ(shown({"hello", "3", "auth", "me"}), "hello 3 auth me ");
    EXPECT_EQ(shown({"get", "auth"}), "get auth ");
    EXPECT_TRUE(command::is_monitored(*command::find("get")));
    EXPECT_FALSE(command::is_monitored(*command::find("slowlog|get")));
}

TEST_F(FiguresSession, InformsInSections) {
    server.told = {{"server", "pg_kv_version", "1.0"},
                   {"keyspace", "db3", "keys=5,expires=0,avg_ttl=0"}};
    server.settings["kv.port"] = "6380";
    std::string text = run("INFO");
    for (const char* line :
         {"# Server\r\nredis_version:7.2.4\r\n", "\r\npg_kv_version:1.0\r\n",
          "\r\ntcp_port:6380\r\n", "\r\n\r\n# Clients\r\nconnected_clients:1\r\n",
          "\r\n# Cluster\r\ncluster_enabled:0\r\n",
          "\r\n# Keyspace\r\ndb3:keys=5,expires=0,avg_ttl=0\r\n"})
        EXPECT_NE(text.find(line), std::string::npos) << line;
    EXPECT_EQ(text.find("# Commandstats"), std::string::npos);
    EXPECT_NE(run("INFO everything").find("# Commandstats"), std::string::npos);
    EXPECT_EQ(run("INFO CLUSTER"), bulk("# Cluster\r\ncluster_enabled:0\r\n"));
    EXPECT_EQ(run("INFO keyspace cluster nosuch"),
              bulk("# Cluster\r\ncluster_enabled:0\r\n\r\n"
                   "# Keyspace\r\ndb3:keys=5,expires=0,avg_ttl=0\r\n"));
    EXPECT_EQ(run("INFO nosuch"), bulk(""));
}

TEST_F(FiguresSession, InformsOfWhatWasCounted) {
    server.counted.count_call(Id::get, 7000, "");
    server.counted.count_call(Id::get, 9000, "ERR no");
    server.counted.count_rejected(Id::set, "OOM no");
    server.counted.connections = 4;
    EXPECT_EQ(run("INFO commandstats"),
              bulk("# Commandstats\r\n"
                   "cmdstat_get:calls=2,usec=16,usec_per_call=8.00,rejected_calls=0,failed_calls=1"
                   "\r\n"
                   "cmdstat_set:calls=0,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0"
                   "\r\n"));
    EXPECT_EQ(run("INFO errorstats"),
              bulk("# Errorstats\r\nerrorstat_ERR:count=1\r\nerrorstat_OOM:count=1\r\n"));
    EXPECT_EQ(run("INFO latencystats"),
              bulk("# Latencystats\r\n"
                   "latency_percentiles_usec_get:p50=7.007,p99=9.023,p99.9=9.023\r\n"));
    std::string text = run("INFO stats");
    EXPECT_NE(text.find("\r\ntotal_connections_received:4\r\ntotal_commands_processed:2\r\n"),
              std::string::npos);
}

TEST_F(FiguresSession, InformsOfReplication) {
    server.told = {{"replication", "role", "master"},
                   {"replication", "connected_slaves", "1"},
                   {"replication", "slave0", "ip=10.0.0.2,port=5,state=online,offset=7,lag=0"},
                   {"replication", "master_repl_offset", "9"}};
    std::string text = run("INFO replication");
    EXPECT_NE(text.find("# Replication\r\nrole:master\r\nconnected_slaves:1\r\n"
                        "slave0:ip=10.0.0.2,port=5,state=online,offset=7,lag=0\r\n"),
              std::string::npos);
    EXPECT_NE(text.find("\r\nmaster_repl_offset:9\r\n"), std::string::npos);
}
