#include "server/records.hpp"

#include "command/monitor.hpp"
#include "pg/settings_server.hpp"
#include "server/transaction.hpp"

namespace server {

namespace {

int64_t nanoseconds_of(Records::Clock::duration duration) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
}

int64_t milliseconds_of(Records::Clock::duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

void Records::configure() {
    const pg::settings::Server& settings = pg::settings::server();
    slower_than_ = settings.slowlog_log_slower_than;
    slow_log_.configure(slower_than_, static_cast<size_t>(settings.slowlog_max_len));
    latency_.configure(settings.latency_monitor_threshold);
}

void Records::turn_ran() {
    last_ = Clock::now();
}

void Records::turn_ended(bool was_flushed) {
    figures_.turns++;
    figures_.commits++;
    figures_.flushes += was_flushed;
    if (!latency_.is_on())
        return;
    Clock::time_point now = Clock::now();
    int64_t time = transaction::milliseconds();
    latency_.add("commit", milliseconds_of(now - last_), time);
    latency_.add("turn", milliseconds_of(now - began_), time);
}

void Records::turn_was_undone() {
    figures_.rollbacks++;
    lines_.clear();
}

void Records::ran(const Session& session, const command::Command& command,
                  std::span<const Bytes> arguments, Bytes error) {
    Clock::time_point now = Clock::now();
    note(session, command, arguments, error, nanoseconds_of(now - last_));
    last_ = now;
}

void Records::ran_in_helper(const Session& session, std::span<const Bytes> arguments) {
    core::Result<const command::Command*> command = command::resolve(arguments);
    if (command)
        note(session, **command, arguments, {}, nanoseconds_of(Clock::now() - session.given_at));
}

void Records::note(const Session& session, const command::Command& command,
                   std::span<const Bytes> arguments, Bytes error, int64_t nanoseconds) {
    figures_.count_call(command.id, static_cast<uint64_t>(nanoseconds), error);

    int64_t microseconds = nanoseconds / 1000;
    bool is_slow = slower_than_ >= 0 && microseconds >= slower_than_;
    if (is_slow && (command.flags & command::SKIP_SLOWLOG) == 0)
        slow_log_.add(command::shown_arguments(command, arguments), microseconds,
                      transaction::milliseconds(), session.client.address, session.client.name);
    if (latency_.is_on())
        latency_.add((command.flags & command::FAST) != 0 ? "fast-command" : "command",
                     microseconds / 1000, transaction::milliseconds());
    if (has_monitors() && command::is_monitored(command))
        lines_.push_back(command::monitor_line(session.client, session.client.database,
                                               command::shown_arguments(command, arguments),
                                               transaction::microseconds()));
}

}  // namespace server
