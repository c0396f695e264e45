#include "server/network.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "server/endpoint.hpp"

namespace server {

namespace {

constexpr size_t scratch_size = 64 * 1024;
constexpr uint64_t tick_interval = 100;  // milliseconds
constexpr uint64_t report_interval = 10'000;

// Whether the machine lacks the address, or the whole family.
bool is_unavailable(const std::system_error& error) {
    int code = error.code().value();
    return code == EADDRNOTAVAIL || code == EAFNOSUPPORT;
}

std::unique_ptr<TlsContext> make_tls_context(const NetworkOptions& options) {
    if (!options.tls_port)
        return nullptr;
    return std::make_unique<TlsContext>(options.tls.value_or(TlsOptions()));
}

}  // namespace

Network::Network(NetworkEvents& events) : events_(events), scratch_(scratch_size) {}

Network::~Network() = default;

// Listening --------------------------------------------------------------------------------------

std::optional<std::string> Network::listen(const NetworkOptions& options) {
    try {
        listen_anew(options);
        return std::nullopt;
    } catch (const std::exception& error) {
        return error.what();
    }
}

// An address that is no longer wanted is given up first, as it may stand in the way of one that is.
void Network::listen_anew(const NetworkOptions& options) {
    std::unique_ptr<TlsContext> tls = make_tls_context(options);
    std::vector<Endpoint> endpoints = Endpoint::of(options);

    auto is_wanted = [&](const std::unique_ptr<Listener>& listener) {
        return std::any_of(endpoints.begin(), endpoints.end(), [&](const Endpoint& endpoint) {
            const auto& places = endpoint.places;
            return std::find(places.begin(), places.end(), listener->place()) != places.end();
        });
    };
    auto unwanted = std::stable_partition(listeners_.begin(), listeners_.end(), is_wanted);
    std::vector<Listener::Place> given_up;
    for (auto listener = unwanted; listener != listeners_.end(); ++listener)
        given_up.push_back((*listener)->place());
    listeners_.erase(unwanted, listeners_.end());

    size_t kept = listeners_.size();
    try {
        for (const Endpoint& endpoint : endpoints)
            listen_at(endpoint, options);
        for (const auto& listener : listeners_)
            listener->configure(options);
        options_ = options;
    } catch (...) {
        listeners_.resize(kept);
        listen_again(given_up);
        throw;
    }
    tls_ = std::move(tls);
}

void Network::listen_at(const Endpoint& endpoint, const NetworkOptions& options) {
    bool listens = endpoint.may_fail;
    std::optional<std::system_error> failure;
    for (const Listener::Place& place : endpoint.places) {
        try {
            if (!listens_at(place))
                listeners_.push_back(std::make_unique<Listener>(*this, place, options));
            listens = true;
        } catch (const std::system_error& error) {
            if (!is_unavailable(error))
                throw;
            failure = error;
        }
    }
    if (!listens && failure)
        throw std::system_error(*failure);
}

void Network::listen_again(const std::vector<Listener::Place>& places) {
    for (const Listener::Place& place : places) {
        try {
            listeners_.push_back(std::make_unique<Listener>(*this, place, options_));
        } catch (const std::exception& error) {
            report(error.what());
        }
    }
}

bool Network::listens_at(const Listener::Place& place) const {
    return std::any_of(listeners_.begin(), listeners_.end(),
                       [&](const auto& listener) { return listener->place() == place; });
}

std::vector<std::string> Network::addresses(bool tls) const {
    std::vector<std::string> texts;
    for (const auto& listener : listeners_)
        if (listener->place().tls == tls)
            texts.push_back(listener->address());
    return texts;
}

void Network::stop_accepting() {
    listeners_.clear();
}

// From libuv's callbacks
// ---------------------------------------------------------------------------

void Network::accepted(Socket socket, const Address& peer, const Listener& listener) noexcept {
    try {
        const TlsContext* tls = listener.place().tls ? tls_.get() : nullptr;
        std::unique_ptr<Connection> connection(
            new Connection(*this, std::move(socket), peer, listener, tls));
        connection->index_ = connections_.size();
        connections_.push_back(std::move(connection));
        tell(*connections_.back(), &Connection::News::opened);
    } catch (const std::exception& error) {
        report(error.what());
    }
}

void Network::accept_failed(const Listener& listener, int error) noexcept {
    need_ticks();
    if (loop_.now() < next_report_)
        return;
    next_report_ = loop_.now() + report_interval;
    report("could not accept a connection on " + listener.address() + ": " +
           std::generic_category().message(error));
}

// Listeners that failed try again, and what takes too long ends.
void Network::tick() noexcept {
    for (const auto& listener : listeners_)
        if (listener->is_paused())
            listener->resume();
    bool needed = false;
    for (const auto& connection : connections_) {
        connection->check_deadline(loop_.now());
        needed = needed || connection->has_deadline();
    }
    if (!needed)
        timer_.stop();
}

void Network::need_ticks() {
    timer_.start(tick_interval);
}

void Network::report(const std::string& failure) noexcept {
    try {
        failures_.push_back(failure);
    } catch (...) {
        // No memory to tell of it.
    }
}

// Events
// -------------------------------------------------------------------------------------------

int Network::descriptor() const {
    return loop_.descriptor();
}

bool Network::has_news() const {
    pollfd descriptor = {loop_.descriptor(), POLLIN, 0};
    return first_queued_ != nullptr || ::poll(&descriptor, 1, 0) > 0;
}

int Network::timeout() const {
    bool news = first_queued_ != nullptr || !failures_.empty();
    return news ? 0 : loop_.timeout();
}

bool Network::poll() {
    blocks_.recycle();
    loop_.run();
    bool something = first_queued_ != nullptr || !failures_.empty();
    while (!failures_.empty()) {
        std::string failure = std::move(failures_.front());
        failures_.pop_front();
        events_.failed(failure);
    }
    // What the owner does meanwhile is told by the next.
    const Connection* last = last_queued_;
    while (first_queued_ != nullptr) {
        bool is_last = first_queued_ == last;
        tell_first();
        if (is_last)
            break;
    }
    return something;
}

void Network::tell(Connection& connection, bool Connection::News::*news) {
    connection.news_.*news = true;
    if (!connection.queued_)
        queue(connection);
}

void Network::queue(Connection& connection) {
    connection.queued_ = true;
    connection.next_queued_ = nullptr;
    (last_queued_ != nullptr ? last_queued_->next_queued_ : first_queued_) = &connection;
    last_queued_ = &connection;
}

Connection& Network::unqueue() {
    Connection& connection = *first_queued_;
    connection.queued_ = false;
    first_queued_ = connection.next_queued_;
    if (first_queued_ == nullptr)
        last_queued_ = nullptr;
    return connection;
}

// It stays the first until all is told, should the owner throw.
void Network::tell_first() {
    Connection& connection = *first_queued_;
    Connection::News& news = connection.news_;
    if (news.closed) {
        free(unqueue());
        return;
    }
    if (std::exchange(news.opened, false))
        events_.opened(connection);
    if (std::exchange(news.received, false) && !connection.is_closing())
        events_.received(connection);
    if (std::exchange(news.ended, false) && !connection.is_closing())
        events_.ended(connection);
    unqueue();
    if (news.any())
        queue(connection);
}

void Network::free(Connection& connection) {
    size_t index = connection.index_;
    std::swap(connections_[index], connections_.back());
    connections_[index]->index_ = index;
    std::unique_ptr<Connection> freed = std::move(connections_.back());
    connections_.pop_back();
    if (!connection.news_.opened)
        events_.closed(connection);
}

void Network::close_all() {
    for (const auto& connection : connections_)
        connection->close();
}

}  // namespace server
