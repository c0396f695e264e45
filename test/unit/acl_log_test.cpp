// What ACL LOG keeps.
#include "command/acl_log.hpp"

#include <gtest/gtest.h>

using command::AclLog;

namespace {

using Reason = AclLog::Reason;
using Context = AclLog::Context;

AclLog::Event denied(const std::string& command, const std::string& client = "id=1") {
    return {Reason::command, Context::toplevel, command, "alice", client};
}

TEST(AclLog, TheLatestComesFirst) {
    AclLog log;
    log.add(denied("get"), 1000);
    log.add(denied("set"), 2000);
    ASSERT_EQ(log.entries().size(), 2u);
    EXPECT_EQ(log.entries()[0].event.object, "set");
    EXPECT_EQ(log.entries()[0].id, 1);
    EXPECT_EQ(log.entries()[0].created_at, 2000);
    EXPECT_EQ(log.entries()[1].id, 0);
    log.reset();
    EXPECT_TRUE(log.entries().empty());
    log.add(denied("get"), 3000);
    EXPECT_EQ(log.entries()[0].id, 2) << "ids are not used again";
}

TEST(AclLog, EventsAlikeAreCounted) {
    AclLog log;
    log.add(denied("get"), 1000);
    log.add(denied("set"), 2000);
    log.add(denied("get", "id=2"), 61000);
    ASSERT_EQ(log.entries().size(), 2u);
    const AclLog::Entry& entry = log.entries()[0];
    EXPECT_EQ(entry.event.object, "get");
    EXPECT_EQ(entry.event.client, "id=2");
    EXPECT_EQ(entry.id, 0);
    EXPECT_EQ(entry.count, 2);
    EXPECT_EQ(entry.created_at, 1000);
    EXPECT_EQ(entry.updated_at, 61000);
    EXPECT_EQ(log.entries()[1].event.object, "set");
}

TEST(AclLog, EventsUnlikeAreNot) {
    AclLog log;
    log.add({Reason::command, Context::toplevel, "get", "alice", ""}, 1000);
    log.add({Reason::command, Context::multi, "get", "alice", ""}, 1000);
    log.add({Reason::auth, Context::toplevel, "get", "alice", ""}, 1000);
    log.add({Reason::command, Context::toplevel, "get", "bob", ""}, 1000);
    log.add({Reason::command, Context::toplevel, "mget", "alice", ""}, 1000);
    EXPECT_EQ(log.entries().size(), 5u);
    log.add({Reason::command, Context::toplevel, "mget", "alice", ""}, 61001);
    EXPECT_EQ(log.entries().size(), 6u) << "too long after";
}

TEST(AclLog, LooksBackAtFewAndKeepsNotMany) {
    AclLog log;
    log.add(denied("get"), 1000);
    for (int i = 0; i < 10; i++)
        log.add(denied(std::to_string(i)), 1000);
    log.add(denied("get"), 1000);
    EXPECT_EQ(log.entries().size(), 12u);
    for (int i = 0; i < 1000; i++)
        log.add(denied("x" + std::to_string(i)), 1000);
    EXPECT_EQ(log.entries().size(), AclLog::most_entries);
    EXPECT_EQ(log.entries().front().event.object, "x999");
}

}  // namespace
