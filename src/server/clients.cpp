// The server's clients, as the commands about them see them.
#include "command/client_text.hpp"
#include "server/server.hpp"

#include "server/transaction.hpp"

namespace server {

Session& Server::session_of(const command::Client& client) {
    return *sessions_.at(client.id);
}

void Server::walk(core::FunctionRef<void(command::Client&)> visit) {
    for (auto& [id, session] : sessions_) {
        const Connection& connection = session->connection;
        session->client.input_size = session->client.input_capacity = connection.input().size();
        session->client.output_size = connection.unsent();
        session->client.output_capacity = session->connection.output().capacity();
        session->client.output_peak =
            std::max(session->client.output_peak, session->client.output_capacity);
        visit(session->client);
    }
}

// One whose commands this turn runs is closed after it.
void Server::close(command::Client& client) {
    client.shall_close = true;
    Session* session = &session_of(client);
    if (std::find(running_.begin(), running_.end(), session) == running_.end())
        session->connection.close();
}

void Server::pause(bool only_writes, int64_t until) {
    dispatch_.pause(only_writes, until);
}

void Server::unpause() {
    for (Session* session : parked_)
        if (session->wait == Wait::time && session->resume_at == dispatch_.paused_until())
            session->resume_at = 0;
    dispatch_.pause(false, 0);
}

// Not one that waits for another transaction, as any session of PostgreSQL may: only a command that
// waits by itself can be ended with a reply.
bool Server::unblock(command::Client& client, bool with_error) {
    if (!client.wait)
        return false;
    Session& session = session_of(client);
    session.resume_at = 0;
    client.wait->until = 0;
    session.is_unblocked_with_error = with_error;
    return true;
}

core::Status Server::login(command::Client& client, Bytes user, Bytes password) {
    Session& session = session_of(client);
    std::string address =
        client.is_unix_socket ? std::string() : client.address.substr(0, client.address.rfind(':'));
    Login::Result result = login_.attempt(user, password, address, session.seat);
    switch (result.outcome) {
        case Login::Outcome::welcome:
            client.user = session.seat.role().name;
            session.roles_epoch = roles_epoch();
            session.reader.set_authenticated(true);
            return {};
        case Login::Outcome::later:
            session.resume_at = transaction::milliseconds() + result.wait;
            throw Later();
        default:
            dispatch_.acl_log().add(
                {command::AclLog::Reason::auth, command::AclLog::Context::toplevel,
                 client.last_command == "hello" ? "HELLO" : "AUTH", std::string(user),
                 command::client_line(client, transaction::milliseconds())},
                transaction::milliseconds());
            return core::ErrorCode::wrong_password;
    }
}

void Server::log_out(command::Client& client) {
    Session& session = session_of(client);
    session.seat = Seat();
    session.roles_epoch = Session::never;
    client.user.clear();
}

}  // namespace server
