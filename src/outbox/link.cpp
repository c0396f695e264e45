#include "outbox/link.hpp"

#include "outbox/messages.hpp"

namespace outbox {

namespace {

// For so long a target that is lost is waited for before anything is left pending.
constexpr int64 patience = 1000;

// A target that answers, but takes nothing, is left alone for so long; doubled each time.
constexpr int64 shortest_rest = 100;
constexpr int64 longest_rest = 5000;

bool same_address(const relay::Target& a, const relay::Target& b) {
    return a.host == b.host && a.port == b.port && a.database == b.database &&
           a.username == b.username && a.password == b.password && a.tls == b.tls &&
           a.tls_ca_file == b.tls_ca_file;
}

}  // namespace

Link::Link(const TargetRow& row, int64 now) : row_(row), away_since_(now) {
    connect();
}

void Link::connect() {
    connection_ =
        std::make_unique<relay::Connection>(row_.address, static_cast<uint32_t>(MyProcPid));
}

void Link::update(const TargetRow& row, int64 now) {
    bool moves = !same_address(row.address, row_.address);
    bool resumes = row_.paused && !row.paused;
    row_ = row;
    if (moves) {
        connection_->close();
        take_outcomes(now);
        connect();
        away_since_ = now;
    }
    if (moves || resumes)
        rest_until_ = rest_ = 0;
}

bool Link::is_ready(int64 now) const {
    return !row_.paused && connection_->state() == relay::Connection::State::ready &&
           now >= rest_until_;
}

bool Link::is_away(int64 now) const {
    if (row_.paused)
        return true;
    return !is_ready(now) && (now < rest_until_ || now - away_since_ > patience);
}

bool Link::has_settled() const {
    return std::any_of(batches.begin(), batches.end(),
                       [](const Batch& batch) { return batch.is_settled(); });
}

void Link::take_outcomes(int64 now) {
    relay::Outcome outcome;
    while (connection_->next(outcome)) {
        auto number = static_cast<uint32>(outcome.ticket >> 32);
        auto batch = std::find_if(batches.begin(), batches.end(),
                                  [number](const Batch& batch) { return batch.number == number; });
        if (batch != batches.end())
            batch->note_outcome(outcome);
        if (outcome.verdict != relay::Verdict::stalled) {
            rest_ = 0;
        } else if (connection_->state() == relay::Connection::State::ready && now >= rest_until_) {
            rest_ = std::clamp(rest_ * 2, shortest_rest, longest_rest);
            rest_until_ = now + rest_;
            rest_problem_ = outcome.problem;
        }
    }
}

void Link::exchange(int64 now) {
    if (row_.paused && batches.empty()) {
        if (connection_->socket() >= 0)
            connection_->close();
        return;
    }
    connection_->advance(now);
    take_outcomes(now);
    if (connection_->state() == relay::Connection::State::ready)
        away_since_ = now;
    bool gives_up = is_away(now);
    for (Batch& batch : batches) {
        if (gives_up)
            batch.hold_unsent();
        else if (batch.next_to_send < batch.entries.size())
            send(batch, row_.prefix, *connection_);
    }
    connection_->advance(now);
    take_outcomes(now);
}

int64 Link::wake_at(int64 now) const {
    if (row_.paused && batches.empty())
        return relay::Connection::never;
    int64 wake = connection_->wake_at();
    if (rest_until_ > now)
        wake = std::min(wake, rest_until_);
    return wake;
}

const char* Link::state() const {
    if (row_.paused)
        return "paused";
    switch (connection_->state()) {
        case relay::Connection::State::waiting:
            return "waiting";
        case relay::Connection::State::connecting:
        case relay::Connection::State::greeting:
            return "connecting";
        case relay::Connection::State::ready:
            break;
    }
    return rest_ > 0 ? "waiting" : "connected";
}

std::string Link::problem() const {
    return rest_ > 0 && connection_->problem().empty() ? rest_problem_ : connection_->problem();
}

}  // namespace outbox
