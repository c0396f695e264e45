// The connection: PING, ECHO, QUIT, RESET, SELECT, AUTH, HELLO, and the gate before all commands.
#include "command/gate.hpp"
#include "fake_door.hpp"

using core::Bytes;
using Connection = unit::DoorSession;

namespace {

constexpr const char* wrong_password =
    "-WRONGPASS invalid username-password pair or user is disabled.\r\n";

}  // namespace

TEST_F(Connection, Pings) {
    EXPECT_EQ(run("PING"), "+PONG\r\n");
    EXPECT_EQ(run("PING hello"), bulk("hello"));
    EXPECT_EQ(run("PING ''"), bulk(""));
    EXPECT_EQ(run("PING a b"), "-ERR wrong number of arguments for 'ping' command\r\n");
}

TEST_F(Connection, Echoes) {
    EXPECT_EQ(run({"ECHO", Bytes("a\0b", 3)}), bulk(Bytes("a\0b", 3)));
}

TEST_F(Connection, QuitsOnceItWasAnswered) {
    EXPECT_EQ(run("QUIT now"), unit::ok);
    EXPECT_TRUE(client.shall_close);
    EXPECT_TRUE(clients.closed.empty());
}

TEST_F(Connection, SelectsADatabase) {
    EXPECT_EQ(run("SELECT 15"), unit::ok);
    EXPECT_EQ(client.database, 15);
    EXPECT_EQ(run("SELECT 16"), "-ERR DB index is out of range\r\n");
    EXPECT_EQ(run("SELECT -1"), "-ERR DB index is out of range\r\n");
    EXPECT_EQ(run("SELECT a"), unit::not_an_integer);
    EXPECT_EQ(client.database, 15);
    run("SET k v");
    EXPECT_EQ(store.databases[15].count("k"), 1U);
}

TEST_F(Connection, ResetsAllButTheLibrary) {
    client.protocol = 3;
    client.database = 4;
    client.name = "me";
    client.library_name = "lib";
    client.replies = command::Client::Replies::off;
    client.no_evict = client.no_touch = client.is_monitor = true;
    client.is_queueing = client.queue_is_broken = true;
    client.queue = {{"PING"}};
    client.watched = {{0, "k", true, 1}};
    EXPECT_EQ(run("RESET"), "+RESET\r\n");
    EXPECT_TRUE(client.takes_reply());
    EXPECT_EQ(client.protocol, 2);
    EXPECT_EQ(client.database, 0);
    EXPECT_EQ(client.name, "");
    EXPECT_EQ(client.library_name, "lib");
    EXPECT_EQ(client.user, "");
    EXPECT_FALSE(client.no_evict || client.no_touch || client.is_monitor);
    EXPECT_FALSE(client.is_queueing || client.queue_is_broken);
    EXPECT_TRUE(client.queue.empty() && client.watched.empty());
}

TEST_F(Connection, LogsIn) {
    client.user = "";
    EXPECT_EQ(run("AUTH alice wrong"), wrong_password);
    EXPECT_EQ(run("AUTH nobody wonder"), wrong_password);
    EXPECT_EQ(client.user, "");
    EXPECT_EQ(run("AUTH alice wonder"), unit::ok);
    EXPECT_EQ(client.user, "alice");
    EXPECT_EQ(run("AUTH alice wrong"), wrong_password);
    EXPECT_EQ(client.user, "alice");
    EXPECT_EQ(run("AUTH a b c"), unit::syntax_error);
}

TEST_F(Connection, LogsInAsTheDefaultUserIfThereIsOne) {
    EXPECT_EQ(run("AUTH builder"),
              "-ERR AUTH <password> called without any password configured for the default user. "
              "Are you sure your configuration is correct?\r\n");
    server.settings["kv.default_role"] = "bob";
    EXPECT_EQ(run("AUTH wrong"), wrong_password);
    EXPECT_EQ(run("AUTH builder"), unit::ok);
    EXPECT_EQ(client.user, "bob");
}

TEST_F(Connection, TellsWhatTheServerIs) {
    EXPECT_EQ(run("HELLO"),
              "*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.4\r\n"
              "$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n"
              "$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n");
    server.settings["in_hot_standby"] = "on";
    EXPECT_NE(run("HELLO").find("$4\r\nrole\r\n$7\r\nreplica\r\n"), std::string::npos);
}

TEST_F(Connection, AnswersInTheVersionThatIsAskedFor) {
    EXPECT_EQ(run("HELLO 3").substr(0, 4), "%7\r\n");
    EXPECT_EQ(client.protocol, 3);
    EXPECT_EQ(run("GET missing"), "_\r\n");
    EXPECT_EQ(run("HELLO").substr(0, 4), "%7\r\n");
    EXPECT_EQ(run("HELLO 2").substr(0, 5), "*14\r\n");
    client.protocol = 3;
    EXPECT_EQ(run("RESET"), "+RESET\r\n");
    EXPECT_EQ(run("GET missing"), "-NOAUTH Authentication required.\r\n");
}

TEST_F(Connection, GreetsWithNameAndPassword) {
    client.user = "";
    EXPECT_EQ(run("HELLO 3 SETNAME me AUTH alice wonder").substr(0, 4), "%7\r\n");
    EXPECT_EQ(client.user, "alice");
    EXPECT_EQ(client.name, "me");
    EXPECT_EQ(run("HELLO 3 SETNAME ''").substr(0, 4), "%7\r\n");
    EXPECT_EQ(client.name, "");
}

TEST_F(Connection, GreetsWithErrorsThatChangeNothing) {
    EXPECT_EQ(run("HELLO x"), "-ERR Protocol version is not an integer or out of range\r\n");
    for (const char* line : {"HELLO 1", "HELLO 4"})
        EXPECT_EQ(run(line), "-NOPROTO unsupported protocol version\r\n");
    EXPECT_EQ(run("HELLO 3 auth a"), "-ERR Syntax error in HELLO option 'auth'\r\n");
    EXPECT_EQ(run("HELLO 3 setname"), "-ERR Syntax error in HELLO option 'setname'\r\n");
    EXPECT_EQ(run("HELLO 3 setname 'a b'"),
              "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
    EXPECT_EQ(run("HELLO 3 SETNAME me AUTH alice wrong"), wrong_password);
    client.user = "";
    EXPECT_EQ(run("HELLO 3 SETNAME me"),
              "-NOAUTH HELLO must be called with the client already authenticated, otherwise the "
              "HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and "
              "select the RESP protocol version at the same time\r\n");
    EXPECT_EQ(client.name, "");
    EXPECT_EQ(client.protocol, 2);
}

namespace {

// What the gate says, in the words of the protocol; empty if the command may come in.
std::string gate(const command::Client& client, std::initializer_list<Bytes> arguments) {
    auto admitted = command::admit(client, {arguments.begin(), arguments.size()});
    return admitted ? "" : std::move(admitted).status().error().reply();
}

}  // namespace

TEST(Gate, LetsInOnlyWhoIsLoggedIn) {
    command::Client client;
    EXPECT_EQ(gate(client, {"get", "k"}), "NOAUTH Authentication required.");
    EXPECT_EQ(gate(client, {"ping"}), "NOAUTH Authentication required.");
    EXPECT_EQ(gate(client, {"client", "id"}), "NOAUTH Authentication required.");
    for (Bytes name : {"hello", "quit", "reset"})
        EXPECT_EQ(gate(client, {name}), "") << name;
    EXPECT_EQ(gate(client, {"auth", "password"}), "");
    client.user = "alice";
    EXPECT_EQ(gate(client, {"get", "k"}), "");
}

TEST(Gate, TellsUnknownCommandsAndWrongAritiesFirst) {
    command::Client client;
    EXPECT_EQ(gate(client, {"nosuch", "k"}),
              "ERR unknown command 'nosuch', with args beginning with: 'k' ");
    EXPECT_EQ(gate(client, {"client", "nosuch"}),
              "ERR unknown subcommand 'nosuch'. Try CLIENT HELP.");
    EXPECT_EQ(gate(client, {"get"}), "ERR wrong number of arguments for 'get' command");
}

TEST(Gate, NamesWhoMayNotAndWhat) {
    command::Client client;
    client.user = "alice";
    EXPECT_EQ(command::no_permission(client.user, *command::find("client|list")).error().reply(),
              "NOPERM User alice has no permissions to run the 'client|list' command");
}
