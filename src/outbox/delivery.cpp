#include <atomic>
#include <ctime>

#include "outbox/delivery.hpp"

#include "outbox/pending.hpp"
#include "outbox/relations.hpp"
#include "pg/guard.hpp"

namespace outbox {

namespace {

// What nobody announces, such as COMMIT PREPARED on another way, is found after so long.
constexpr int64 look_interval = 1000 * 1000;  // microseconds

// While there is work, commits are taken up together, at most so often.
constexpr int64 busy_interval = 1000;

// A look takes no more than a tenth of the time.
constexpr int64 look_share = 10;

bool has_unseen_commit() {
    return place() && std::atomic_ref<TimestampTz>(place()->first_commit).load() != 0;
}

}  // namespace

int64 monotonic_now() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<int64>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

void Delivery::exchange() {
    int64 now = monotonic_now();
    for (Link& link : links_) {
        link.exchange(now);
        link.figures.tell(link.row().name, link.state(), link.problem());
    }
}

// What is due -------------------------------------------------------------------------------------

bool Delivery::look_is_due() const {
    TimestampTz now = GetCurrentTimestamp();
    if (must_look_ || now - looked_at_ >= look_interval)
        return true;
    bool wants = has_unseen_commit();
    if (!wants && is_cut_)
        wants = std::any_of(links_.begin(), links_.end(),
                            [](const Link& link) { return link.queue.empty() && link.has_room(); });
    bool is_busy = found_at_ == looked_at_;
    return wants &&
           now - looked_at_ >= std::max(look_time_ * look_share, is_busy ? busy_interval : 0);
}

bool Delivery::wants_step() const {
    if (!knows_registry_ || !knows_timeline_)
        return true;
    if (GetCurrentTimestamp() < busy_until_)
        return false;
    if (look_is_due() && left_ > 0)
        return true;
    int64 now = monotonic_now();
    TimestampTz time = GetCurrentTimestamp();
    for (const Link& link : links_) {
        if (link.has_settled())
            return true;
        if (left_ <= 0)
            continue;
        bool takes = link.is_ready(now) && link.has_room();
        if (!link.queue.empty() && (takes || link.is_away(now)))
            return true;
        if (takes && link.may_have_pending && !link.pending_on_its_way && link.pending_due <= time)
            return true;
    }
    return false;
}

int64 Delivery::pause() const {
    if (wants_step())
        return 0;
    TimestampTz time = GetCurrentTimestamp();
    if (busy_until_ > time)
        return (busy_until_ - time) / 1000 + 1;
    int64 now = monotonic_now();
    int64 pause = (looked_at_ + look_interval - time) / 1000 + 1;
    if (has_unseen_commit())
        pause = 1;
    for (const Link& link : links_) {
        pause = std::min(pause, link.wake_at(now) - now);
        if (!link.queue.empty() && !link.is_ready(now))
            pause = std::min<int64>(pause, 100);
        if (link.may_have_pending && link.pending_due > time)
            pause = std::min(pause, (link.pending_due - time) / 1000 + 1);
    }
    return std::max<int64>(pause, 0);
}

bool Delivery::is_idle() const {
    int64 now = monotonic_now();
    return knows_registry_ && !must_look_ && !is_cut_ &&
           std::all_of(links_.begin(), links_.end(), [now](const Link& link) {
               bool is_pending = link.may_have_pending && !link.is_away(now) &&
                                 link.pending_due <= GetCurrentTimestamp();
               return link.queue.empty() && link.batches.empty() && !is_pending;
           });
}

void Delivery::look_again() {
    must_look_ = true;
    knows_registry_ = false;
    for (Link& link : links_) {
        link.may_have_pending = true;
        link.pending_due = 0;
    }
}

// Steps -------------------------------------------------------------------------------------------

bool Delivery::step() {
    if (!pg::call([] { return lock_tables_without_waiting(); })) {
        busy_until_ = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), 20);
        return false;
    }
    pg::call([] { PushActiveSnapshot(GetTransactionSnapshot()); });
    for (Link& link : links_)
        finish_settled(link);
    read_registry_if_changed();
    if (!knows_timeline_ && pg::call([] { return !RecoveryInProgress(); }))
        note_timeline();
    if (left_ > 0 && look_is_due())
        look();
    for (Link& link : links_)
        take_from(link);
    pg::call([] { PopActiveSnapshot(); });
    return true;
}

void Delivery::stepped(bool committed) {
    for (Link& link : links_) {
        if (committed) {
            forget_finished(link);
            continue;
        }
        // What was taken is found again, and what is finished is finished again.
        must_look_ = true;
        link.pending_on_its_way = false;
        for (auto batch = link.batches.begin(); batch != link.batches.end();) {
            batch->is_finished = false;
            for (const OutboxRow& row : batch->rows)
                if (batch->is_new)
                    taken_.erase(place_number(row.table, row.block, row.offset));
            batch = batch->is_new ? link.batches.erase(batch) : std::next(batch);
        }
        link.pending_on_its_way =
            std::any_of(link.batches.begin(), link.batches.end(),
                        [](const Batch& batch) { return batch.is_from_pending; });
    }
    if (!committed)
        rows_.forget();
}

// The registry ------------------------------------------------------------------------------------

void Delivery::read_registry_if_changed() {
    if (knows_registry_ && registry_changes_ == registry_changes())
        return;
    registry_changes_ = registry_changes();
    registry_ = std::make_shared<const RelayRegistry>(read_registry());
    pg::call([this] { rows_.forget(); });
    update_links();
    if (uint64 count = pending::remove_orphans(); count > 0)
        pg::call([count] {
            ereport(LOG, (errmsg("pg_kv relay discarded " UINT64_FORMAT
                                 " pending changes of what is watched no more",
                                 count)));
        });
    knows_registry_ = true;
}

void Delivery::update_links() {
    int64 now = monotonic_now();
    link_of_watch_.clear();
    std::vector<std::string> names;
    for (const TargetRow& row : registry_->targets)
        names.push_back(row.name);
    for (auto link = links_.begin(); link != links_.end();) {
        auto row = std::find(names.begin(), names.end(), link->row().name);
        if (row != names.end()) {
            link->update(registry_->targets[static_cast<size_t>(row - names.begin())], now);
            link++;
            continue;
        }
        for (const QueuedRow& queued : link->queue)
            taken_.erase(place_number(queued.table, queued.block, queued.offset));
        for (const Batch& batch : link->batches)
            for (const OutboxRow& queued : batch.rows)
                taken_.erase(place_number(queued.table, queued.block, queued.offset));
        must_look_ = true;
        link = links_.erase(link);
    }
    for (const TargetRow& row : registry_->targets)
        if (std::none_of(links_.begin(), links_.end(),
                         [&row](const Link& link) { return link.row().name == row.name; }))
            links_.emplace_back(row, now);
    for (Link& link : links_) {
        link.watches.clear();
        for (const auto& [id, watch] : registry_->watches)
            if (watch.target == link.row().name) {
                link.watches.push_back(id);
                link_of_watch_[id] = &link;
            }
    }
    forget_other_targets(names);
}

Link* Delivery::link_of(int32 watch) {
    auto found = link_of_watch_.find(watch);
    return found == link_of_watch_.end() ? nullptr : found->second;
}

void Delivery::note_timeline() {
    bool is_new = pending::enter_new_timeline();
    if (pending::note_crash() || is_new)
        for (Link& link : links_)
            link.may_have_pending = true;
    knows_timeline_ = true;
}

std::vector<SocketWish> Delivery::sockets() const {
    std::vector<SocketWish> wishes;
    for (const Link& link : links_) {
        const relay::Connection& connection = link.connection();
        if (connection.socket() >= 0 && (connection.wants_read() || connection.wants_write()))
            wishes.push_back({connection.socket(), connection.wants_read(),
                              connection.wants_write(),
                              connection.state() == relay::Connection::State::ready});
    }
    return wishes;
}

}  // namespace outbox
