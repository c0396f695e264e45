// CLIENT.
#include <algorithm>

#include "fake_door.hpp"

using core::Bytes;
using Client = unit::DoorSession;
using unit::ok;
using unit::syntax_error;

namespace {

constexpr const char* line =
    "id=1 addr=127.0.0.1:1001 laddr=127.0.0.1:6380 fd=-1 name= age=0 idle=0 flags=N db=0 sub=0 "
    "psub=0 ssub=0 multi=-1 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 "
    "omem=0 ";

}  // namespace

TEST_F(Client, HasAnId) {
    EXPECT_EQ(run("CLIENT ID"), integer(1));
}

TEST_F(Client, HasAName) {
    EXPECT_EQ(run("CLIENT GETNAME"), unit::null);
    EXPECT_EQ(run("CLIENT SETNAME me"), ok);
    EXPECT_EQ(run("CLIENT GETNAME"), bulk("me"));
    std::string refused =
        "-ERR Client names cannot contain spaces, newlines or special characters.\r\n";
    for (Bytes name : {"a b", "a\nb", "a\x7f", "\xc3\xa9"})
        EXPECT_EQ(run({"CLIENT", "SETNAME", name}), refused);
    EXPECT_EQ(run({"CLIENT", "SETNAME", Bytes("a\0", 2)}), refused);
    EXPECT_EQ(run("CLIENT GETNAME"), bulk("me"));
    EXPECT_EQ(run("CLIENT SETNAME ''"), ok);
    EXPECT_EQ(run("CLIENT GETNAME"), unit::null);
}

TEST_F(Client, TellsItsLibrary) {
    EXPECT_EQ(run("CLIENT SETINFO LIB-NAME redis-py"), ok);
    EXPECT_EQ(run("CLIENT SETINFO lib-ver 5.0"), ok);
    EXPECT_EQ(client.library_name, "redis-py");
    EXPECT_EQ(client.library_version, "5.0");
    EXPECT_EQ(run("CLIENT SETINFO lib-Name 'a b'"),
              "-ERR lib-Name cannot contain spaces, newlines or special characters.\r\n");
    EXPECT_EQ(run("CLIENT SETINFO lib x"), "-ERR Unrecognized option 'lib'\r\n");
    EXPECT_EQ(run("CLIENT SETINFO lib-name ''"), ok);
    EXPECT_EQ(client.library_name, "");
}

TEST_F(Client, DescribesANewConnection) {
    std::string expected(line);
    client.connected_at = client.last_used_at = store.clock;
    std::string info = run("CLIENT INFO");
    EXPECT_NE(info.find(expected + "tot-mem="), std::string::npos) << info;
    EXPECT_TRUE(
        info.ends_with(" events=r cmd=NULL user=alice redir=-1 resp=2 lib-name= "
                       "lib-ver=\n\r\n"))
        << info;
    client.protocol = 3;
    EXPECT_EQ(run("CLIENT INFO").substr(0, 1), "=");
}

TEST_F(Client, DescribesABusyConnection) {
    client.descriptor = 7;
    client.name = "me";
    client.connected_at = store.clock - 61'999;
    client.last_used_at = store.clock - 2'000;
    client.database = 3;
    client.is_queueing = true;
    client.queue = {{"SET", "k", "v"}, {"GET", "k"}};
    client.input_size = 10;
    client.input_capacity = 100;
    client.argument_size = 11;
    client.output_size = 5;
    client.output_capacity = 50;
    client.output_peak = 70;
    client.last_command = "client|info";
    client.library_name = "lib";
    client.library_version = "1";
    std::string multi_memory = std::to_string(5 * sizeof(std::string) + 9);
    std::string info = run("CLIENT INFO");
    EXPECT_NE(info.find("id=1 addr=127.0.0.1:1001 laddr=127.0.0.1:6380 fd=7 name=me age=61 idle=2 "
                        "flags=x db=3 sub=0 psub=0 ssub=0 multi=2 qbuf=10 qbuf-free=90 argv-mem=11 "
                        "multi-mem=" +
                        multi_memory + " rbs=50 rbp=70 obl=5 oll=0 omem=50 tot-mem="),
              std::string::npos)
        << info;
    EXPECT_TRUE(
        info.ends_with(" events=rw cmd=client|info user=alice redir=-1 resp=2 "
                       "lib-name=lib lib-ver=1\n\r\n"))
        << info;
}

TEST_F(Client, HasFlags) {
    client.is_monitor = client.is_queueing = client.is_blocked = client.shall_close = true;
    client.is_unix_socket = client.no_evict = client.no_touch = true;
    EXPECT_NE(run("CLIENT INFO").find(" flags=OxbcUeT "), std::string::npos);
}

TEST_F(Client, IsListedWithOthers) {
    clients.add().name = "second";
    clients.add().name = "third";
    std::string all = run("CLIENT LIST");
    EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 3 + 2);
    EXPECT_LT(all.find("id=1 "), all.find("id=2 "));
    EXPECT_LT(all.find("id=2 "), all.find("id=3 "));
    EXPECT_EQ(run("CLIENT LIST TYPE Normal"), all);
    for (const char* type : {"replica", "slave", "pubsub", "master"})
        EXPECT_EQ(run({"CLIENT", "LIST", "TYPE", type}), bulk(""));
}

TEST_F(Client, IsListedById) {
    clients.add();
    clients.add();
    std::string some = run("CLIENT LIST ID 3 9 1");
    EXPECT_LT(some.find("id=3 "), some.find("id=1 "));
    EXPECT_EQ(some.find("id=2 "), std::string::npos);
    EXPECT_EQ(run("CLIENT LIST ID x"), "-ERR Invalid client ID\r\n");
    EXPECT_EQ(run("CLIENT LIST ID 1 x"), "-ERR Invalid client ID\r\n");
    EXPECT_EQ(run("CLIENT LIST ID"), syntax_error);
    EXPECT_EQ(run("CLIENT LIST TYPE"), syntax_error);
    EXPECT_EQ(run("CLIENT LIST TYPE normal ID 1"), syntax_error);
    EXPECT_EQ(run("CLIENT LIST TYPE odd"), "-ERR Unknown client type 'odd'\r\n");
    EXPECT_EQ(run("CLIENT LIST odd"), syntax_error);
}

TEST_F(Client, HasSwitches) {
    EXPECT_EQ(run("CLIENT NO-EVICT on"), ok);
    EXPECT_TRUE(client.no_evict);
    EXPECT_EQ(run("CLIENT NO-TOUCH ON"), ok);
    EXPECT_TRUE(client.no_touch);
    EXPECT_EQ(run("CLIENT NO-EVICT OFF"), ok);
    EXPECT_EQ(run("CLIENT NO-TOUCH off"), ok);
    EXPECT_FALSE(client.no_evict || client.no_touch);
    EXPECT_EQ(run("CLIENT NO-EVICT maybe"), syntax_error);
    EXPECT_EQ(run("CLIENT NO-TOUCH maybe"), syntax_error);
}

// Replies

namespace {

class ClientReplies : public unit::DoorSession {
protected:
    // What is sent of the replies to commands.
    std::string sent(std::initializer_list<Bytes> lines) {
        std::string output;
        for (Bytes line : lines) {
            std::string reply = run(line);
            if (client.takes_reply())
                output += reply;
        }
        return output;
    }
};

}  // namespace

TEST_F(ClientReplies, AreSwitchedOffAndOn) {
    EXPECT_EQ(sent({"CLIENT REPLY OFF", "PING", "NOSUCH", "CLIENT REPLY ON", "PING b"}),
              ok + bulk("b"));
    EXPECT_EQ(sent({"CLIENT REPLY OFF", "PING", "RESET"}), "+RESET\r\n");
}

TEST_F(ClientReplies, AreSkippedOnce) {
    EXPECT_EQ(sent({"CLIENT REPLY SKIP", "PING a", "PING b"}), bulk("b"));
    EXPECT_EQ(sent({"CLIENT REPLY SKIP", "NOSUCH", "PING b"}), bulk("b"));
    EXPECT_EQ(sent({"CLIENT REPLY SKIP", "CLIENT REPLY SKIP", "PING b", "PING c"}), bulk("c"));
    EXPECT_EQ(sent({"CLIENT REPLY SKIP", "CLIENT REPLY ON", "PING b"}), ok + bulk("b"));
    EXPECT_EQ(sent({"CLIENT REPLY SKIP", "CLIENT REPLY ODD", "PING b"}), bulk("b"));
}

TEST_F(ClientReplies, StayOffWhenSkipped) {
    EXPECT_EQ(sent({"CLIENT REPLY OFF", "CLIENT REPLY SKIP", "PING", "PING"}), "");
    EXPECT_EQ(sent({"CLIENT REPLY ODD", "CLIENT REPLY ON", "CLIENT REPLY ODD"}), ok + syntax_error);
}

// Others

TEST_F(Client, KillsByAddress) {
    clients.add();
    EXPECT_EQ(run("CLIENT KILL 127.0.0.1:1002"), ok);
    EXPECT_EQ(clients.closed, std::set<int64_t>{2});
    EXPECT_EQ(run("CLIENT KILL 127.0.0.1:1002"), "-ERR No such client\r\n");
    EXPECT_EQ(run("CLIENT KILL ID"), "-ERR No such client\r\n");
    EXPECT_EQ(run("CLIENT KILL 127.0.0.1:1001"), ok);
    EXPECT_EQ(clients.closed.count(1), 1U);
}

TEST_F(Client, KillsWhatFitsAllFilters) {
    for (int i = 2; i <= 6; i++)
        clients.add().connected_at = store.clock - i * 10'000;
    clients.all[2].user = "bob";
    clients.all[3].local_address = "/tmp/socket:0";
    EXPECT_EQ(run("CLIENT KILL ID 2 USER bob"), integer(0));
    EXPECT_EQ(run("CLIENT KILL ID 2"), integer(1));
    EXPECT_EQ(run("CLIENT KILL USER bob"), integer(1));
    EXPECT_EQ(run("CLIENT KILL LADDR /tmp/socket:0"), integer(1));
    EXPECT_EQ(run("CLIENT KILL ADDR 127.0.0.1:1005 TYPE normal"), integer(1));
    EXPECT_EQ(clients.closed, (std::set<int64_t>{2, 3, 4, 5}));
    EXPECT_EQ(run("CLIENT KILL TYPE pubsub"), integer(0));
    client.connected_at = store.clock;
    EXPECT_EQ(run("CLIENT KILL MAXAGE 61 SKIPME no"), integer(0));
    EXPECT_EQ(run("CLIENT KILL MAXAGE 60 SKIPME no"), integer(1));
    EXPECT_EQ(run("CLIENT KILL MAXAGE 9223372036854775807 SKIPME no"), integer(0));
    EXPECT_EQ(run("CLIENT KILL TYPE normal SKIPME yes"), integer(0));
    EXPECT_EQ(run("CLIENT KILL TYPE normal SKIPME no"), integer(1));
    EXPECT_EQ(clients.closed, (std::set<int64_t>{1, 2, 3, 4, 5, 6}));
}

TEST_F(Client, KillsTheDefaultUser) {
    clients.add().user = "bob";
    EXPECT_EQ(run("CLIENT KILL USER default"), "-ERR No such user 'default'\r\n");
    server.settings["kv.default_role"] = "bob";
    EXPECT_EQ(run("CLIENT KILL USER default"), integer(1));
    EXPECT_EQ(clients.closed, std::set<int64_t>{2});
}

TEST_F(Client, KillsNobodyOnAnError) {
    for (const char* id : {"0", "-1", "x"})
        EXPECT_EQ(run({"CLIENT", "KILL", "ID", id}), "-ERR client-id should be greater than 0\r\n");
    EXPECT_EQ(run("CLIENT KILL TYPE odd"), "-ERR Unknown client type 'odd'\r\n");
    EXPECT_EQ(run("CLIENT KILL USER odd"), "-ERR No such user 'odd'\r\n");
    EXPECT_EQ(run("CLIENT KILL MAXAGE x"), "-ERR maxage is not an integer or out of range\r\n");
    EXPECT_EQ(run("CLIENT KILL MAXAGE 0"), "-ERR maxage should be greater than 0\r\n");
    for (const char* line : {"CLIENT KILL SKIPME odd", "CLIENT KILL odd x",
                             "CLIENT KILL SKIPME no ID", "CLIENT KILL SKIPME no TYPE"})
        EXPECT_EQ(run(line), syntax_error) << line;
    EXPECT_TRUE(clients.closed.empty());
}

TEST_F(Client, PausesOthers) {
    EXPECT_EQ(run("CLIENT PAUSE 100 write"), ok);
    EXPECT_EQ(clients.paused_until, store.clock + 100);
    EXPECT_TRUE(clients.pause_only_writes);
    EXPECT_EQ(run("CLIENT PAUSE 0 ALL"), ok);
    EXPECT_EQ(clients.paused_until, store.clock);
    EXPECT_FALSE(clients.pause_only_writes);
    EXPECT_EQ(run("CLIENT UNPAUSE"), ok);
    EXPECT_EQ(clients.paused_until, 0);
    EXPECT_EQ(run("CLIENT PAUSE x"), "-ERR timeout is not an integer or out of range\r\n");
    EXPECT_EQ(run("CLIENT PAUSE -1"), "-ERR timeout is negative\r\n");
    EXPECT_EQ(run("CLIENT PAUSE 9223372036854775807"), "-ERR timeout is out of range\r\n");
    EXPECT_EQ(run("CLIENT PAUSE 1 odd"), "-ERR CLIENT PAUSE mode must be WRITE or ALL\r\n");
    EXPECT_EQ(run("CLIENT pause 1 all x"),
              "-ERR unknown subcommand or wrong number of arguments for 'pause'. Try CLIENT "
              "HELP.\r\n");
    EXPECT_EQ(clients.paused_until, 0);
}

TEST_F(Client, UnblocksOthers) {
    clients.add();
    EXPECT_EQ(run("CLIENT UNBLOCK 2"), integer(0));
    clients.all[1].is_blocked = true;
    EXPECT_EQ(run("CLIENT UNBLOCK 9"), integer(0));
    EXPECT_EQ(run("CLIENT UNBLOCK 2 ERROR"), integer(1));
    EXPECT_TRUE(clients.unblocked_with_error);
    clients.all[1].is_blocked = true;
    EXPECT_EQ(run("CLIENT UNBLOCK 2 timeout"), integer(1));
    EXPECT_FALSE(clients.unblocked_with_error);
    EXPECT_EQ(run("CLIENT UNBLOCK x"), unit::not_an_integer);
    EXPECT_EQ(run("CLIENT UNBLOCK 2 odd"),
              "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR\r\n");
    EXPECT_EQ(run("CLIENT UNBLOCK 2 error x"),
              "-ERR unknown subcommand or wrong number of arguments for 'UNBLOCK'. Try CLIENT "
              "HELP.\r\n");
}

// Tracking

TEST_F(Client, IsNotTracked) {
    EXPECT_EQ(run("CLIENT TRACKING off"), ok);
    EXPECT_EQ(run("CLIENT TRACKING off REDIRECT 1 PREFIX a BCAST OPTIN OPTOUT NOLOOP"), ok);
    EXPECT_EQ(run("CLIENT TRACKING on"),
              "-ERR Client-side caching (CLIENT TRACKING) is not offered\r\n");
    EXPECT_EQ(run("CLIENT TRACKING odd"), syntax_error);
    EXPECT_EQ(run("CLIENT TRACKING on odd"), syntax_error);
    EXPECT_EQ(run("CLIENT TRACKING on PREFIX"), syntax_error);
    EXPECT_EQ(run("CLIENT TRACKING on REDIRECT x"), unit::not_an_integer);
    EXPECT_EQ(run("CLIENT CACHING yes"),
              "-ERR CLIENT CACHING can be called only when the client is in tracking mode with "
              "OPTIN or OPTOUT mode enabled\r\n");
    EXPECT_EQ(run("CLIENT GETREDIR"), integer(-1));
    EXPECT_EQ(run("CLIENT TRACKINGINFO"),
              "*6\r\n$5\r\nflags\r\n*1\r\n$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n"
              "$8\r\nprefixes\r\n*0\r\n");
    client.protocol = 3;
    EXPECT_EQ(run("CLIENT TRACKINGINFO"),
              "%3\r\n$5\r\nflags\r\n~1\r\n$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n"
              "$8\r\nprefixes\r\n*0\r\n");
}

TEST_F(Client, HelpsWithItself) {
    std::string help = run("CLIENT HELP");
    EXPECT_NE(help.find("+NO-TOUCH (ON|OFF)\r\n"), std::string::npos);
    EXPECT_TRUE(help.ends_with("+HELP\r\n+    Prints this help.\r\n"));
}
