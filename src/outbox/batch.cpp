#include "outbox/batch.hpp"

namespace outbox {

std::string Batch::name_of(const Change& change) {
    std::string name(sizeof(change.watch) + 1, change.operation == 't' ? 't' : ' ');
    memcpy(name.data(), &change.watch, sizeof(change.watch));
    return name += change.key;
}

void Batch::add(Change change, bool folds) {
    bytes += change.key.size();
    if (folds) {
        auto [known, is_new] = known_.emplace(name_of(change), entries.size());
        if (!is_new) {
            change.since = std::min(change.since, entries[known->second].since);
            static_cast<Change&>(entries[known->second]) = std::move(change);
            return;
        }
    }
    static_cast<Change&>(entries.emplace_back()) = std::move(change);
}

uint64 Batch::ticket_for(size_t first, size_t count) {
    for (size_t i = first; i < first + count; i++)
        entries[i].waits++;
    waits++;
    sent_.push_back({first, count});
    return static_cast<uint64>(number) << 32 | (sent_.size() - 1);
}

void Batch::hold_unsent() {
    for (; next_to_send < entries.size(); next_to_send++) {
        entries[next_to_send].is_held = true;
        entries[next_to_send].verdict = relay::Verdict::stalled;
    }
}

void Batch::note_outcome(const relay::Outcome& outcome) {
    Sent sent = sent_[static_cast<uint32>(outcome.ticket)];
    waits--;
    for (size_t i = sent.first; i < sent.first + sent.count; i++) {
        Entry& entry = entries[i];
        entry.waits--;
        if (outcome.verdict <= entry.verdict)
            continue;
        entry.verdict = outcome.verdict;
        entry.problem = outcome.problem;
    }
}

}  // namespace outbox
