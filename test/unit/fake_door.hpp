// The Redis protocol's door in memory: clients and settings that a test arranges and looks at.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "command/door.hpp"
#include "command/figures.hpp"
#include "command/latency_monitor.hpp"
#include "command/slowlog.hpp"
#include "core/number.hpp"
#include "session.hpp"

namespace unit {

class FakeClients final : public command::Clients {
public:
    // Clients of ids 1, 2, ... that came from port 1001, 1002, ...
    command::Client& add() {
        command::Client& client = all.emplace_back();
        client.id = static_cast<int64_t>(all.size());
        client.address = "127.0.0.1:" + std::to_string(1000 + client.id);
        client.local_address = "127.0.0.1:6380";
        client.user = "alice";
        return client;
    }

    void walk(FunctionRef<void(command::Client&)> visit) override {
        for (command::Client& client : all)
            if (closed.count(client.id) == 0)
                visit(client);
    }
    void close(command::Client& client) override { closed.insert(client.id); }
    void pause(bool only_writes, int64_t until) override {
        pause_only_writes = only_writes;
        paused_until = until;
    }
    void unpause() override { paused_until = 0; }
    bool unblock(command::Client& client, bool with_error) override {
        unblocked_with_error = with_error;
        return std::exchange(client.is_blocked, false);
    }
    Status login(command::Client& client, Bytes user, Bytes password) override {
        auto found = passwords.find(std::string(user));
        if (found == passwords.end() || found->second != password)
            return core::ErrorCode::wrong_password;
        client.user = user == "default" ? "bob" : user;
        return {};
    }
    void log_out(command::Client& client) override { client.user.clear(); }

    std::deque<command::Client> all;
    std::set<int64_t> closed;
    int64_t paused_until = 0;
    bool pause_only_writes = false;
    bool unblocked_with_error = false;
    std::map<std::string, std::string> passwords = {{"alice", "wonder"}, {"default", "builder"}};
};

class FakeServer final : public command::Server {
public:
    std::optional<std::string> setting(const char* name) override {
        auto found = settings.find(name);
        return found == settings.end() ? std::nullopt : std::optional(found->second);
    }
    Status set_setting(const char* name, Bytes value) override {
        if (name == refused)
            return {core::ErrorCode::setting_refused, "the server is tired"};
        settings[name] = value;
        changes.push_back(std::string(name) + "=" + std::string(value));
        return {};
    }
    Status write_settings() override {
        writes++;
        return {};
    }
    std::map<std::string, std::string, std::less<>>& remembered() override { return remembered_; }
    void reset_statistics() override { resets++; }
    std::vector<Fact> facts(Bytes section) override {
        std::vector<Fact> found;
        for (const Fact& fact : told)
            if (section.empty() || fact.section == section)
                found.push_back(fact);
        return found;
    }
    command::Figures& figures() override { return counted; }
    command::SlowLog& slow_log() override { return slow; }
    command::LatencyMonitor& latency() override { return moments; }
    void request_checkpoint() override { checkpoints++; }
    void flush() override { flushes++; }

    std::map<std::string, std::string> settings = {{"in_hot_standby", "off"}};
    std::string refused;  // the setting that cannot be changed
    std::vector<std::string> changes;
    int writes = 0;
    int resets = 0;
    std::vector<Fact> told;
    command::Figures counted;
    command::SlowLog slow;
    command::LatencyMonitor moments;
    int checkpoints = 0;
    int flushes = 0;

private:
    std::map<std::string, std::string, std::less<>> remembered_;
};

class FakeRoles final : public command::Roles {
public:
    std::vector<Role> all() override { return roles; }
    std::optional<Role> find(Bytes name) override {
        for (const Role& role : roles)
            if (role.name == name)
                return role;
        return std::nullopt;
    }
    bool may_run(const Role& role, const command::Command&) override { return role.may_write; }
    void fill_with_random(std::span<uint8_t> bytes) override {
        for (uint8_t& byte : bytes)
            byte = static_cast<uint8_t>(++random_);
    }
    command::AclLog& log() override { return log_; }

    std::vector<Role> roles = {{1, "alice", true, true, true, true},
                               {2, "bob", true, false, true, false}};

private:
    int random_ = 0;
    command::AclLog log_;
};

struct FakeDoor {
    FakeClients clients;
    FakeServer server;
    FakeRoles roles;
    command::Door door{clients.add(), clients, server, &roles};
};

// A session whose commands come over the protocol, from the client of id 1.
class DoorSession : public Session {
protected:
    DoorSession() { door = &fake.door; }

    FakeDoor fake;
    command::Client& client = fake.door.client;
    FakeClients& clients = fake.clients;
    FakeServer& server = fake.server;
};

}  // namespace unit
