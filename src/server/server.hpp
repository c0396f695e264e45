// The server's work: reads what came, runs it in turns, sends the replies, and looks after those
// who wait. One object in the server's process.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "server/flusher.hpp"
#include "server/lane.hpp"
#include "server/network.hpp"
#include "server/turn.hpp"

namespace server {

class Server final : NetworkEvents, TurnEvents, LaneEvents, command::Clients, command::Server {
public:
    Server();

    // Listens where the settings say, or tells why not.
    std::optional<std::string> listen();
    // Readable when there is work.
    int descriptor() const { return network_.descriptor(); }
    // Does what can be done without waiting. Returns after how many milliseconds it is to be called
    // again even if nothing happens; 0: at once; -1: never.
    int work();
    // Sends what is to be sent and closes.
    void shut_down();

private:
    using Ready = std::vector<Session*>;

    // NetworkEvents
    void opened(Connection& connection) override;
    void received(Connection& connection) override;
    void ended(Connection& connection) override;
    void closed(Connection& connection) override;
    void failed(const std::string& what) override;

    // TurnEvents
    void parked(Session& session) override;
    void replied(Session& session, XLogRecPtr unflushed) override;
    bool may_flush_later() override;

    // LaneEvents
    void answered(Session& session, Bytes reply) override;
    void finished(Session& session) override;

    // command::Clients
    void walk(core::FunctionRef<void(command::Client&)> visit) override;
    void close(command::Client& client) override;
    void pause(bool only_writes, int64_t until) override;
    void unpause() override;
    bool unblock(command::Client& client, bool with_error) override;
    core::Status login(command::Client& client, Bytes user, Bytes password) override;
    void log_out(command::Client& client) override;

    // command::Server
    std::optional<std::string> setting(const char* name) override;
    core::Status set_setting(const char* name, Bytes value) override;
    core::Status write_settings() override;
    std::map<std::string, std::string, std::less<>>& remembered() override { return remembered_; }
    void reset_statistics() override;
    std::vector<Fact> facts(Bytes section) override;
    command::Figures& figures() override { return records_.figures(); }
    command::SlowLog& slow_log() override { return records_.slow_log(); }
    command::LatencyMonitor& latency() override { return records_.latency(); }
    void request_checkpoint() override;
    void flush() override;

    void make_ready(Session& session);
    void give_to_helper(Session& session);
    void wake_parked();
    void release_held();
    bool has_waited_too_long(const Session& session, int64 now) const;
    bool is_over(const Session& session, int64 now) const;
    void run_turn();
    void report_activity();
    void go_on(Session& session);
    void show_monitors();
    void look_at_clock();
    void limit_clients();
    bool is_full() const;
    void apply_settings();
    int pause_length() const;
    Session& session_of(const command::Client& client);

    Network network_;
    store::TurnStore store_;
    Login login_;
    Records records_;
    Dispatch dispatch_;
    Turns turns_;
    Lane lane_{*this};
    Flusher flusher_;
    std::map<int64, std::unique_ptr<Session>> sessions_;
    int64 last_id_ = 0;
    int64 now_ = 0;  // when work() began, in milliseconds since 1970
    int64 next_look_ = 0;
    size_t most_clients_ = 0;
    bool is_reported_busy_ = true;
    std::map<std::string, std::string, std::less<>> remembered_;
    std::set<std::string> changed_settings_;
    Ready ready_;
    Ready running_;
    Ready parked_;
    Ready held_;  // until the WAL is flushed
};

}  // namespace server
