// One target at work: its connection, what is on its way to it, and what waits for it.
#pragma once

#include <deque>
#include <list>

#include "outbox/batch.hpp"
#include "outbox/figures.hpp"
#include "relay/connection.hpp"

namespace outbox {

// A row of the outbox that was found, and when it was committed, or a little before.
struct QueuedRow : FoundRow {
    int table;
    Oid file;
    TimestampTz committed;
};

class Link {
public:
    Link(const TargetRow& row, int64 now);

    const TargetRow& row() const { return row_; }
    // What the registry says of it by now. A connection to another address is made anew.
    void update(const TargetRow& row, int64 now);

    // Sends, and takes note of what was answered.
    void exchange(int64 now);

    // Redis can be given work.
    bool is_ready(int64 now) const;
    // It cannot, and not just for a moment: what comes is to be left pending.
    bool is_away(int64 now) const;
    bool has_room() const { return batches.size() < batch_limit; }
    bool has_settled() const;
    int64 wake_at(int64 now) const;
    relay::Connection& connection() { return *connection_; }
    const relay::Connection& connection() const { return *connection_; }

    // For kv.relay_targets.
    const char* state() const;
    std::string problem() const;

    std::vector<int32> watches;    // its own
    std::vector<QueuedRow> found;  // by the present look
    TimestampTz found_limit = 0;   // what is younger is left for a later one; 0: none is
    std::vector<QueuedRow> queue;  // the next one last
    std::list<Batch> batches;      // taken and not yet finished
    Figures figures;

    // What is pending.
    bool may_have_pending = true;
    TimestampTz pending_due = 0;
    ItemPointerData pending_place = {};
    bool pending_on_its_way = false;
    // Keys that changed again while they were on their way.
    std::unordered_map<std::string, bool> changed_meanwhile;

private:
    static constexpr size_t batch_limit = 3;

    void connect();
    void take_outcomes(int64 now);

    TargetRow row_;
    std::unique_ptr<relay::Connection> connection_;
    int64 away_since_;      // as long as it is not ready
    int64 rest_until_ = 0;  // it is connected, but takes nothing
    int64 rest_ = 0;
    std::string rest_problem_;
};

}  // namespace outbox
