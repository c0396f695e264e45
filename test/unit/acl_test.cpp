// ACL over roles that the test makes up. What is said of Redis was asked of a real one.
#include <set>

#include "fake_door.hpp"

namespace {

using command::AclLog;
using unit::null;
using unit::ok;

class SomeRoles final : public command::Roles {
public:
    std::vector<Role> all() override { return roles; }
    std::optional<Role> find(core::Bytes name) override {
        for (const Role& role : roles)
            if (role.name == name)
                return role;
        return {};
    }
    bool may_run(const Role& role, const command::Command& command) override {
        return (commands[role.name].count(command.name) != 0) != inverted.count(role.name);
    }
    void fill_with_random(std::span<uint8_t> bytes) override {
        for (size_t i = 0; i < bytes.size(); i++)
            bytes[i] = static_cast<uint8_t>(i * 37 + 0xa5);
    }
    AclLog& log() override { return log_; }

    std::vector<Role> roles = {{1, "alice", true, true, true, true},
                               {2, "bob", true, false, true, false},
                               {3, "carol", false, true, false, false},
                               {4, "dan", true, true, true, true}};
    std::map<std::string, std::set<std::string>> commands = {{"bob", {"get", "object|encoding"}},
                                                             {"dan", {"flushall"}}};
    std::set<std::string> inverted = {"alice", "dan"};  // may run all but what is listed

private:
    AclLog log_;
};

class Acl : public unit::DoorSession {
protected:
    Acl() { fake.door.roles = &roles; }

    static std::string unknown_or_wrong(const char* subcommand) {
        return error("ERR unknown subcommand or wrong number of arguments for '" +
                     std::string(subcommand) + "'. Try ACL HELP.");
    }

    SomeRoles roles;
};

TEST_F(Acl, WhoAmI) {
    client.user = "alice";
    EXPECT_EQ(run("ACL WHOAMI"), bulk("alice"));
}

TEST_F(Acl, Users) {
    EXPECT_EQ(run("ACL USERS"), strings({"alice", "bob", "carol", "dan"}));
}

TEST_F(Acl, List) {
    EXPECT_EQ(run("ACL LIST"),
              strings({"user alice on sanitize-payload ~* &* +@all",
                       "user bob on nopass sanitize-payload %R~* &* -@all +get +object|encoding",
                       "user carol off sanitize-payload &* -@all",
                       "user dan on sanitize-payload ~* &* +@all -flushall"}));
}

TEST_F(Acl, GetUser) {
    EXPECT_EQ(run("ACL GETUSER bob"),
              "*12\r\n" + bulk("flags") + strings({"on", "nopass", "sanitize-payload"}) +
                  bulk("passwords") + "*0\r\n" + bulk("commands") +
                  bulk("-@all +get +object|encoding") + bulk("keys") + bulk("%R~*") +
                  bulk("channels") + bulk("&*") + bulk("selectors") + "*0\r\n");
    EXPECT_EQ(run("ACL GETUSER nobody"), null);
    client.protocol = 3;
    EXPECT_EQ(run("ACL GETUSER carol").substr(0, 24), "%6\r\n$5\r\nflags\r\n~2\r\n$3\r\no");
}

TEST_F(Acl, DryRun) {
    EXPECT_EQ(run("ACL DRYRUN bob GET key"), ok);
    EXPECT_EQ(run("ACL DRYRUN bob SET key value"),
              bulk("User bob has no permissions to run the 'set' command"));
    EXPECT_EQ(run("ACL DRYRUN bob object freq key"),
              bulk("User bob has no permissions to run the 'object|freq' command"));
    EXPECT_EQ(run("ACL DRYRUN bob GET"), error("ERR wrong number of arguments for 'get' command"));
    EXPECT_EQ(run("ACL DRYRUN bob NOSUCH x"), error("ERR Command 'NOSUCH' not found"));
    EXPECT_EQ(run("ACL DRYRUN bobby GET x"), error("ERR User 'bobby' not found"));
}

TEST_F(Acl, CategoriesAsRedisHasThem) {
    EXPECT_EQ(
        run("ACL CAT"),
        strings({"keyspace",   "read",        "write",    "set",         "sortedset", "list",
                 "hash",       "string",      "bitmap",   "hyperloglog", "geo",       "stream",
                 "pubsub",     "admin",       "fast",     "slow",        "blocking",  "dangerous",
                 "connection", "transaction", "scripting"}));
    EXPECT_EQ(run("ACL CAT bitmap"), "*0\r\n");
    EXPECT_EQ(run("ACL CAT nosuch"), error("ERR Unknown category 'nosuch'"));
    EXPECT_EQ(run("ACL CAT set extra"), unknown_or_wrong("CAT"));
    std::string hashes = run("ACL CAT Hash");
    EXPECT_NE(hashes.find("hgetall"), std::string::npos);
    EXPECT_EQ(hashes.find("lpush"), std::string::npos);
    std::string admin = run("ACL CAT admin");
    EXPECT_NE(admin.find("acl|getuser"), std::string::npos);
    EXPECT_EQ(admin.find("acl|whoami"), std::string::npos);
}

TEST_F(Acl, GenPass) {
    EXPECT_EQ(run("ACL GENPASS").size(), 5 + 64 + 2u);
    EXPECT_EQ(run("ACL GENPASS 5").size(), 4 + 2 + 2u) << "digits have four bits";
    EXPECT_EQ(run("ACL GENPASS 1").size(), 4 + 1 + 2u);
    EXPECT_EQ(run("ACL GENPASS 8"), bulk("5a"));
    EXPECT_EQ(run("ACL GENPASS 4096").size(), 7 + 1024 + 2u);
    std::string wrong = error(
        "ERR ACL GENPASS argument must be the number of bits for the output password, a positive "
        "number up to 4096");
    EXPECT_EQ(run("ACL GENPASS 0"), wrong);
    EXPECT_EQ(run("ACL GENPASS 4097"), wrong);
    EXPECT_EQ(run("ACL GENPASS -1"), wrong);
    EXPECT_EQ(run("ACL GENPASS x"), unit::not_an_integer);
    EXPECT_EQ(run("ACL GENPASS 8 8"), unknown_or_wrong("GENPASS"));
}

TEST_F(Acl, Log) {
    int64_t now = store.clock;
    EXPECT_EQ(run("ACL LOG"), "*0\r\n");
    roles.log().add({AclLog::Reason::auth, AclLog::Context::toplevel, "AUTH", "eve", "id=3"},
                    now - 4000);
    roles.log().add({AclLog::Reason::command, AclLog::Context::multi, "set", "bob", "id=4"},
                    now - 1500);
    std::string latest = "*20\r\n" + bulk("count") + integer(1) + bulk("reason") + bulk("command") +
                         bulk("context") + bulk("multi") + bulk("object") + bulk("set") +
                         bulk("username") + bulk("bob") + bulk("age-seconds") + bulk("1.5") +
                         bulk("client-info") + bulk("id=4") + bulk("entry-id") + integer(1) +
                         bulk("timestamp-created") + integer(now - 1500) +
                         bulk("timestamp-last-updated") + integer(now - 1500);
    EXPECT_EQ(run("ACL LOG 1"), "*1\r\n" + latest);
    std::string both = run("ACL LOG");
    EXPECT_EQ(both.substr(0, 4 + latest.size()), "*2\r\n" + latest);
    EXPECT_NE(both.find("auth"), std::string::npos);
    EXPECT_EQ(run("ACL LOG -1"), "*0\r\n");
    EXPECT_EQ(run("ACL LOG x"), unit::not_an_integer);
    EXPECT_EQ(run("ACL LOG 1 2"), unknown_or_wrong("LOG"));
    EXPECT_EQ(run("ACL LOG reset"), ok);
    EXPECT_EQ(run("ACL LOG"), "*0\r\n");
}

TEST_F(Acl, UsersAreMadeInSql) {
    server.settings["kv.client_role"] = "redis_users";
    EXPECT_EQ(run("ACL SETUSER eve on >secret"),
              error("ERR users are roles of PostgreSQL. In SQL: CREATE ROLE eve LOGIN PASSWORD "
                    "'...'; GRANT redis_users TO eve; SELECT kv.grant_write('eve')"));
    EXPECT_EQ(run("ACL DELUSER eve"), error("ERR users are roles of PostgreSQL. In SQL: DROP ROLE "
                                            "eve, or REVOKE redis_users FROM eve"));
    EXPECT_EQ(run({"ACL", "DELUSER", "e'; --"}),
              error("ERR users are roles of PostgreSQL. In SQL: DROP ROLE name, or REVOKE "
                    "redis_users FROM name"));
    std::string kept =
        error("ERR users are roles of PostgreSQL, which keeps them: there is no ACL file");
    EXPECT_EQ(run("ACL LOAD"), kept);
    EXPECT_EQ(run("ACL SAVE"), kept);
}

TEST_F(Acl, Help) {
    EXPECT_EQ(run("ACL HELP").substr(0, 5), "*29\r\n");
    EXPECT_EQ(run("ACL"), error("ERR wrong number of arguments for 'acl' command"));
    EXPECT_EQ(run("ACL nosuch"), error("ERR unknown subcommand 'nosuch'. Try ACL HELP."));
}

}  // namespace
