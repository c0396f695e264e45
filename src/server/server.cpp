#include "server/server.hpp"

#include <sys/resource.h>

#include "pg/guard.hpp"
#include "pg/settings_server.hpp"
#include "server/inquiries.hpp"
#include "server/transaction.hpp"

extern "C" {
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "storage/procarray.h"
}

namespace server {

namespace {

// How often those are looked at who wait for another transaction.
constexpr int blocked_interval = 5;  // ms
// How often idle clients and slow readers are looked for, and the rates of INFO taken.
constexpr int look_interval = 100;  // ms

std::string random_hexadecimal(size_t size) {
    std::string bytes(size, '\0');
    if (!pg_strong_random(bytes.data(), size))
        throw std::runtime_error("could not generate a random number");
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (char byte : bytes) {
        text += digits[static_cast<uint8_t>(byte) >> 4];
        text += digits[byte & 15];
    }
    return text;
}

// Null: one too many, which is being closed.
Session* session_of(Connection& connection) {
    return static_cast<Session*>(connection.user);
}

}  // namespace

Server::Server()
    : network_(*this),
      dispatch_(store_, login_, records_, *this, *this),
      turns_(dispatch_, store_, records_, *this) {
    pg::call(rights::watch);
    command::Figures& figures = records_.figures();
    figures.started_at = transaction::milliseconds();
    figures.executable = my_exec_path;
    figures.run_id = random_hexadecimal(20);
}

int Server::work() {
    now_ = transaction::milliseconds();
    network_.poll();
    lane_.poll();
    wake_parked();
    release_held();
    if (!ready_.empty())
        run_turn();
    look_at_clock();
    inquiries::answer(*this, records_.slow_log());
    int pause = pause_length();
    if (pause != 0 && is_reported_busy_)
        pgstat_report_activity(STATE_IDLE, nullptr);
    is_reported_busy_ = pause == 0;
    return pause;
}

void Server::run_turn() {
    running_.swap(ready_);
    for (Session* session : running_)
        session->is_ready = false;
    login_.begin_turn();
    report_activity();
    turns_.run(running_);
    show_monitors();
    for (Session* session : running_)
        go_on(*session);
    running_.clear();
}

// For pg_stat_activity.
void Server::report_activity() {
    char text[64];
    if (running_.size() == 1)
        strlcpy(text, "commands of a client", sizeof(text));
    else
        snprintf(text, sizeof(text), "commands of %zu clients", running_.size());
    pgstat_report_activity(STATE_RUNNING, text);
    is_reported_busy_ = true;
}

// After a turn.
void Server::go_on(Session& session) {
    if (session.wait != Wait::nothing)
        return;
    if (session.client.shall_close || (session.has_ended && !session.has_more)) {
        session.seat = Seat();  // another may have it before the last bytes are sent
        if (session.connection.unsent() == 0 && session.has_ended)
            session.connection.close();
        else
            session.connection.close_after_sending();
    } else if (session.has_more) {
        make_ready(session);
    }
    if (session.client.is_monitor != session.is_shown_commands) {
        session.is_shown_commands = session.client.is_monitor;
        session.is_shown_commands ? records_.add_monitor() : records_.remove_monitor();
    }
}

void Server::show_monitors() {
    std::vector<std::string> lines = records_.take_lines();
    if (lines.empty())
        return;
    for (auto& [id, session] : sessions_) {
        if (!session->is_shown_commands)
            continue;
        resp::Writer writer(session->connection.output());
        for (const std::string& line : lines)
            writer.status(line);
        session->connection.flush();
    }
}

// What is done now and then.
void Server::look_at_clock() {
    int64 now = transaction::milliseconds();
    if (now < next_look_)
        return;
    next_look_ = now + look_interval;
    flusher_.leave_if_idle();
    command::Figures& figures = records_.figures();
    figures.sample(now);
    figures.blocked_clients = static_cast<int64_t>(parked_.size());
    figures.helpers = static_cast<int64_t>(lane_.size());
    figures.busy_helpers = static_cast<int64_t>(lane_.busy());
    figures.queued_commands = static_cast<int64_t>(lane_.queued());
    const pg::settings::Server& settings = pg::settings::server();
    const core::OutputBufferLimit& limit =
        settings.output_buffer_limits.of(core::ClientClass::normal);
    for (auto& [id, session] : sessions_) {
        bool is_idle = settings.timeout > 0 && session->wait == Wait::nothing &&
                       !session->client.is_monitor &&
                       now - session->client.last_used_at > settings.timeout * int64{1000};
        bool reads_too_slowly = session->reads_too_slowly(limit, now);
        figures.output_buffer_closes += reads_too_slowly;
        if (is_idle || reads_too_slowly)
            session->connection.close();
    }
}

// Each client takes a file descriptor; PostgreSQL needs some for its tables.
void Server::limit_clients() {
    constexpr rlim_t others = 128;
    const auto wanted = static_cast<rlim_t>(pg::settings::server().max_clients);
    const rlim_t own = static_cast<rlim_t>(max_files_per_process) + others;
    rlimit limit;
    most_clients_ = wanted;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    if (limit.rlim_cur < wanted + own) {
        limit.rlim_cur = std::min(limit.rlim_max, wanted + own);
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= wanted + own)
        return;
    most_clients_ = limit.rlim_cur > own ? limit.rlim_cur - own : 1;
    failed("only " + std::to_string(most_clients_) +
           " clients can connect, since the process may open no more files");
}

void Server::apply_settings() {
    limit_clients();
    records_.configure();
    for (auto& [id, session] : sessions_)
        session->reader.set_bulk_limit(pg::settings::server().max_bulk_length);
}

void Server::shut_down() {
    network_.stop_accepting();
    network_.close_all();
}

int Server::pause_length() const {
    if (!ready_.empty())
        return 0;
    int pause = network_.timeout();
    if (!sessions_.empty() && (pause < 0 || pause > look_interval))
        pause = look_interval;
    auto at_most = [&pause](int64 limit) {
        if (pause < 0 || limit < pause)
            pause = static_cast<int>(std::max<int64>(limit, 0));
    };
    for (const Session* session : parked_) {
        if (session->wait == Wait::transaction)
            at_most(blocked_interval);
        else if (session->wait == Wait::time)
            at_most(session->resume_at - transaction::milliseconds());
    }
    return pause;
}

// Those who wait

void Server::parked(Session& session) {
    session.client.is_blocked = session.wait == Wait::transaction;
    if (session.wait == Wait::helper)
        give_to_helper(session);
    else
        parked_.push_back(&session);
}

void Server::give_to_helper(Session& session) {
    std::vector<Bytes> arguments;
    bool is_given = session.reader.next(session.connection.input(), arguments) ==
                        resp::RequestReader::Outcome::request &&
                    lane_.give(session, arguments);
    if (is_given) {
        session.given_at = Records::Clock::now();
        return;
    }
    session.reader.rewind();
    session.wait = Wait::nothing;
    session.is_unlimited = true;
    session.has_more = true;
}

void Server::answered(Session& session, Bytes reply) {
    session.connection.output().append(reply);
    session.connection.flush();
}

void Server::finished(Session& session) {
    session.wait = Wait::nothing;
    std::vector<Bytes> arguments;
    session.reader.put_back();
    if (session.reader.next(session.connection.input(), arguments) ==
        resp::RequestReader::Outcome::request)
        records_.ran_in_helper(session, arguments);
    turns_.keep(session);
    session.connection.flush();
    make_ready(session);
}

bool Server::is_over(const Session& session, int64 now) const {
    switch (session.wait) {
        case Wait::transaction:
            // A table's lock has no transaction that is known: it is tried again.
            return !TransactionIdIsValid(session.blocker) ||
                   !TransactionIdIsInProgress(session.blocker);
        case Wait::time:
            return session.resume_at <= now;
        default:
            return false;
    }
}

bool Server::has_waited_too_long(const Session& session, int64 now) const {
    int limit = pg::settings::server().command_timeout;
    return limit > 0 && session.wait == Wait::transaction && now - session.blocked_since > limit;
}

void Server::wake_parked() {
    if (parked_.empty())
        return;
    int64 now = now_;
    std::erase_if(parked_, [&](Session* session) {
        bool is_late = has_waited_too_long(*session, now);
        if (!is_late && !is_over(*session, now))
            return false;
        session->wait = Wait::nothing;
        session->client.is_blocked = false;
        if (is_late) {
            session->client.leave_multi();
            turns_.refuse(*session,
                          "ERR canceling the command due to kv.command_timeout: another "
                          "transaction holds the key");
        }
        make_ready(*session);
        return true;
    });
}

void Server::make_ready(Session& session) {
    if (session.is_ready || session.wait != Wait::nothing)
        return;
    session.is_ready = true;
    ready_.push_back(&session);
}

// Connections

// Who has gone may be among the sessions a moment longer, and does not count.
bool Server::is_full() const {
    if (sessions_.size() < most_clients_)
        return false;
    auto present = std::count_if(sessions_.begin(), sessions_.end(), [](const auto& entry) {
        const Session& session = *entry.second;
        return !session.has_ended && !session.connection.is_closing();
    });
    return static_cast<size_t>(present) >= most_clients_;
}

void Server::opened(Connection& connection) {
    command::Figures& figures = records_.figures();
    if (is_full()) {
        figures.rejected_connections++;
        resp::Writer(connection.output()).error("ERR max number of clients reached");
        connection.close_after_sending();
        return;
    }
    figures.connections++;
    auto session = std::make_unique<Session>(connection);
    command::Client& client = session->client;
    client.id = ++last_id_;
    client.address = connection.peer_address();
    client.local_address = connection.local_address();
    client.descriptor = connection.descriptor();
    client.is_unix_socket = connection.is_unix_socket();
    client.is_tls = connection.is_tls();
    client.connected_at = client.last_used_at = transaction::milliseconds();
    session->reader.set_bulk_limit(pg::settings::server().max_bulk_length);
    connection.user = session.get();
    sessions_.emplace(client.id, std::move(session));
}

void Server::received(Connection& connection) {
    if (Session* session = server::session_of(connection)) {
        records_.figures().reads++;
        session->client.last_used_at = now_;
        make_ready(*session);
    }
}

void Server::ended(Connection& connection) {
    Session* session = server::session_of(connection);
    if (!session)
        return;
    session->has_ended = true;
    if (connection.input().empty() && session->wait == Wait::nothing)
        session->seat = Seat();  // another may have it at once
    make_ready(*session);
}

void Server::closed(Connection& connection) {
    Session* session = server::session_of(connection);
    if (!session)
        return;
    if (session->is_shown_commands)
        records_.remove_monitor();
    std::erase(ready_, session);
    std::erase(parked_, session);
    std::erase(held_, session);
    lane_.cancel(*session);
    sessions_.erase(session->client.id);
}

void Server::failed(const std::string& what) {
    pg::call([&what] { ereport(LOG, (errmsg("%s", what.c_str()))); });
}

void Server::replied(Session& session, XLogRecPtr unflushed) {
    size_t size = session.connection.output().size();
    if (size > 0) {
        records_.figures().bytes_out += size;
        records_.figures().writes++;
    }
    if (unflushed > flusher_.wanted())
        flusher_.flush(unflushed);
    // What was read may not be on disk yet either.
    if (size > 0 && session.wait == Wait::nothing && flusher_.flushed() < flusher_.wanted()) {
        session.wait = Wait::disk;
        session.unflushed = flusher_.wanted();
        held_.push_back(&session);
    } else {
        session.connection.flush();
    }
}

bool Server::may_flush_later() {
    bool is_busy = flusher_.flushed() < flusher_.wanted();
    return (is_busy || !ready_.empty() || network_.has_news()) && flusher_.is_ready();
}

// Sends what was held back until it was on disk.
void Server::release_held() {
    if (held_.empty())
        return;
    XLogRecPtr flushed = flusher_.flushed();
    std::erase_if(held_, [&](Session* session) {
        if (session->unflushed > flushed)
            return false;
        session->wait = Wait::nothing;
        session->connection.flush();
        if (!session->connection.input().empty())
            session->has_more = true;
        go_on(*session);
        return true;
    });
}

}  // namespace server
