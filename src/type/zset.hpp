// A sorted set: what Redis calls members with scores, in their order.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/packed_zset.hpp"
#include "type/collection.hpp"
#include "type/order_statistics.hpp"

namespace type {

using store::Gap;

// Members taken out of a sorted set, with names of their own.
class MemberList {
public:
    MemberList() = default;
    MemberList(MemberList&&) = default;
    MemberList& operator=(MemberList&&) = default;

    void add(Bytes name, double score) { members_.push_back({score, names_.emplace_back(name)}); }

    bool empty() const { return members_.empty(); }
    size_t size() const { return members_.size(); }
    auto begin() const { return members_.begin(); }
    auto end() const { return members_.end(); }
    const ScoredName& operator[](size_t index) const { return members_[index]; }

private:
    std::deque<std::string> names_;
    std::vector<ScoredName> members_;
};

class ZSet {
public:
    // Visits a member; false ends the walk. It may not call the store, nor this object.
    using Visit = FunctionRef<bool(Bytes name, double score)>;

    // The sorted set of a key, empty if there is none.
    Status open(const Entry& entry);
    // Lets an entry become a new sorted set of different members, or end if there are none.
    static void replace(Entry& entry, std::span<const ScoredName> members,
                        int64_t expires_at = store::never);

    int64_t size() const { return size_; }
    std::optional<double> score(Bytes name);

    struct Rank {
        int64_t rank;
        double score;
    };
    // From the beginning or, backward, from the end.
    std::optional<Rank> rank(Bytes name, Direction direction);

    // How many members lie between two gaps; none if the second is not behind the first.
    int64_t count(const Gap& from, const Gap& to);

    // From the first gap towards the second or, backward, from the second towards the first.
    void range(const Gap& from, const Gap& to, Direction direction, Visit visit);
    // Count members from a rank on, which is counted in the direction.
    void range(int64_t rank, int64_t count, Direction direction, Visit visit);

    // SCAN: visits about count members, and returns the next cursor; 0 both begins and ends.
    uint64_t scan(uint64_t cursor, int64_t count, Visit visit);

    // One member at random, each as likely as any other; none of an empty set.
    void pick(store::Store& store, Visit visit);
    // So many different ones, or all there are.
    void pick_distinct(store::Store& store, uint64_t count, Visit visit);

    // Changes different members, whose scores before are true. Reads first, then writes.
    void apply(std::span<const ScoreChange> changes);
    // Erases members that are there.
    void erase(std::span<const ScoredName> members);
    // Lets the entry that was opened become what this is now, if it was changed.
    void save(Entry& entry);

    // Lets an entry, perhaps of another storage class, become a copy.
    void copy_to(Entry& target, int64_t expires_at);

    // What is wrong with the ranks, for people: nothing, if all is well.
    std::vector<std::string> problems();

private:
    void start(const Entry& target, int64_t expires_at);
    void add_all(std::span<const ScoredName> members);
    OrderStatistics& statistics();
    store::Members& members() { return elements_->members(); }
    Bytes packed() const { return owned_ ? Bytes(buffer_) : packed_; }
    void own_packed();
    void walk(const Gap& from, Direction direction, Visit visit);
    double kept(double score) const;
    bool fits(std::span<const ScoreChange> changes) const;
    void change_packed(std::span<const ScoreChange> changes);
    void change_rows(std::span<const ScoreChange> changes);
    void move_to_rows(std::span<const ScoreChange> changes);
    void insert_rows(std::span<const ScoredName> sorted);

    store::Elements* elements_ = nullptr;
    Form form_ = Form::packed;
    int64_t size_ = 0;
    bool large_ = false;  // past what Redis keeps in a listpack
    bool changed_ = false;
    int64_t expires_at_ = store::never;

    // The packed form: where the store has it, or once changed, in the buffer.
    Bytes packed_;
    std::string buffer_;
    bool owned_ = false;

    // The rows.
    CollectionId collection_ = 0;
    Bytes root_;
    std::optional<OrderStatistics> statistics_;
};

}  // namespace type
