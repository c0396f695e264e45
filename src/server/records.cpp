#include "server/records.hpp"

#include "command/monitor.hpp"
#include "pg/settings_server.hpp"
#include "server/transaction.hpp"

namespace server {

void Records::configure() {
    const pg::settings::Server& settings = pg::settings::server();
    slower_than_ = settings.slowlog_log_slower_than;
    slow_log_.configure(slower_than_, static_cast<size_t>(settings.slowlog_max_len));
    latency_.configure(settings.latency_monitor_threshold);
}

void Records::ran(const Session& session, int database, const command::Command& command,
                  std::span<const Bytes> arguments, Bytes error) {
    Clock::time_point now = Clock::now();
    int64_t nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(now - last_).count();
    last_ = now;
    figures_.count_call(command.id, static_cast<uint64_t>(nanoseconds), error);

    int64_t microseconds = nanoseconds / 1000;
    if (slower_than_ >= 0 && microseconds >= slower_than_)
        slow_log_.add(command::shown_arguments(command, arguments), microseconds,
                      transaction::milliseconds(), session.client.address, session.client.name);
    if (latency_.is_on())
        latency_.add((command.flags & command::FAST) != 0 ? "fast-command" : "command",
                     microseconds / 1000, transaction::milliseconds());
    if (has_monitors() && command::is_monitored(command))
        lines_.push_back(command::monitor_line(session.client, database,
                                               command::shown_arguments(command, arguments),
                                               transaction::milliseconds() * 1000));
}

}  // namespace server
