// How changes get from the outbox to the targets: README.md tells it whole.
//
// Without transactions, again and again: exchange(), which talks to the targets. In a transaction,
// when wants_step() says so: step(), which writes down what became of what was sent, and takes up
// what is new; then stepped().
#pragma once

#include <memory>
#include <unordered_set>

#include "outbox/link.hpp"
#include "outbox/row_reader.hpp"

namespace outbox {

// Milliseconds of a monotonic clock.
int64 monotonic_now();

struct SocketWish {
    int socket;
    bool reads;
    bool writes;
    bool is_steady;  // the same as long as it has this number

    bool operator==(const SocketWish&) const = default;
};

// Draws a version, in a transaction: texts that compare as the versions do. Throws pg::Error.
std::string next_version();

class Delivery {
public:
    Delivery() = default;
    Delivery(const Delivery&) = delete;

    // Talks to the targets. Throws only if memory runs out.
    void exchange();

    bool wants_step() const;
    // Throws pg::Error. False if another session has, or wants, a lock on the tables: nothing was
    // done.
    bool step();
    // How the transaction ended.
    void stepped(bool committed);

    // For a transaction of its own: empties a table that holds nothing any more, and lets writers
    // change to it when the other has grown.
    bool wants_rotation() const;
    void rotate();

    // Something may have changed that nobody told: everything is looked at.
    void look_again();

    // No more changes are taken up than so many; for kv.relay_drain().
    void limit(int64 changes) { left_ = changes; }
    int64 finished() const { return finished_; }
    // Nothing is on its way, and nothing was found that could be taken up now.
    bool is_idle() const;

    std::vector<SocketWish> sockets() const;
    // Milliseconds until exchange() or step() is due, though no socket is ready.
    int64 pause() const;

    const std::list<Link>& links() const { return links_; }

private:
    // delivery.cpp
    void read_registry_if_changed();
    void update_links();
    void note_timeline();
    Link* link_of(int32 watch);
    bool look_is_due() const;

    // delivery_take.cpp
    void look();
    bool note_found(int table, const FoundRow& row);
    void queue_found(Link& link);
    void discard_orphans();
    void take_from(Link& link);
    void take_outbox(Link& link, bool is_held);
    void fetch(Link& link, Batch& batch);
    void take_pending(Link& link);
    void hold_what_is_pending(Link& link, Batch& batch);
    void prepare(Batch& batch);
    Batch& new_batch(Link& link);

    // delivery_finish.cpp
    void finish_settled(Link& link);
    void finish(Link& link, Batch& batch);
    void finish_outbox(Link& link, Batch& batch);
    void finish_pending(Link& link, Batch& batch);
    void delete_rows(std::span<const OutboxRow> rows);
    void forget_finished(Link& link);

    std::shared_ptr<const RelayRegistry> registry_;
    uint64 registry_changes_ = 0;
    bool knows_registry_ = false;
    bool knows_timeline_ = false;
    std::list<Link> links_;
    std::unordered_map<int32, Link*> link_of_watch_;
    RowReader rows_;

    TableWalk walks_[2];
    std::unordered_set<uint64> taken_;  // places of rows that are queued or on their way
    std::vector<QueuedRow> orphans_;    // rows of watches that are gone
    bool must_look_ = true;
    bool is_cut_ = false;  // the last look found more than it could keep
    TimestampTz looked_at_ = 0;
    TimestampTz found_at_ = 0;     // when something was last found
    TimestampTz seen_commit_ = 0;  // the first that the last look may have brought
    int64 look_time_ = 0;          // microseconds that the last one took
    TimestampTz rotate_at_ = 0;    // not before
    TimestampTz busy_until_ = 0;   // the tables were locked

    uint32 last_batch_ = 0;
    int64 left_ = INT64_MAX;
    int64 finished_ = 0;
};

}  // namespace outbox
