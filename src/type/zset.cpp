#include "type/zset.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <unordered_set>

#include "type/random_pick.hpp"

namespace type {

namespace {

using core::PackedZSet;

// Sorted sets may grow past other collections, as their scores take room.
constexpr size_t max_packed_zset_size = 1536;
constexpr size_t rows_size = store::rows_header_size + sizeof(int64_t);
const Bytes empty_packed("\0\0", PackedZSet::header_size);

// A member nearer to an end than this is found by walking there.
constexpr int64_t near_an_end = 64;

}  // namespace

Status ZSet::open(const Entry& entry) {
    RETURN_IF_ERROR(expect_type(entry, Type::zset));
    elements_ = entry.elements;
    expires_at_ = same_expiry(entry);
    packed_ = empty_packed;
    if (!entry.exists)
        return {};
    large_ = entry.encoding == Encoding::large;
    Bytes value = entry.value();
    std::optional<CollectionId> collection = store::collection_of(value);
    if (!collection) {
        packed_ = value;
        size_ = static_cast<int64_t>(PackedZSet(value).size());
        return {};
    }
    if (value.size() <= rows_size)
        throw std::runtime_error("the head of a sorted set is corrupt");
    form_ = Form::rows;
    collection_ = *collection;
    std::memcpy(&size_, value.data() + store::rows_header_size, sizeof(size_));
    root_ = value.substr(rows_size);
    return {};
}

void ZSet::replace(Entry& entry, std::span<const ScoredName> members, int64_t expires_at) {
    ZSet zset;
    zset.start(entry, expires_at);
    zset.add_all(members);
    zset.save(entry);
}

// An empty one that is to take the place of what the target holds.
void ZSet::start(const Entry& target, int64_t expires_at) {
    elements_ = target.elements;
    expires_at_ = expires_at;
    packed_ = empty_packed;
    changed_ = true;
}

void ZSet::add_all(std::span<const ScoredName> members) {
    std::vector<ScoreChange> changes;
    changes.reserve(members.size());
    for (const ScoredName& member : members)
        changes.push_back({member.name, std::nullopt, member.score});
    apply(changes);
}

OrderStatistics& ZSet::statistics() {
    if (!statistics_)
        statistics_.emplace(*elements_, collection_, root_);
    return *statistics_;
}

std::optional<double> ZSet::score(Bytes name) {
    if (form_ == Form::rows)
        return members().find(collection_, name);
    std::optional<PackedZSet::Member> found = PackedZSet(packed()).find(name);
    if (!found)
        return std::nullopt;
    return found->score;
}

std::optional<ZSet::Rank> ZSet::rank(Bytes name, Direction direction) {
    std::optional<double> score = this->score(name);
    if (!score)
        return std::nullopt;
    int64_t rank = count(Gap::begin(), Gap::before(*score, name));
    return Rank{direction == Direction::forward ? rank : size_ - 1 - rank, *score};
}

int64_t ZSet::count(const Gap& from, const Gap& to) {
    if (form_ == Form::rows)
        return std::max<int64_t>(statistics().rank(to) - statistics().rank(from), 0);
    int64_t count = 0;
    PackedZSet(packed()).forward([&](const PackedZSet::Member& member) {
        bool before_end = precedes(member.score, member.name, to);
        count += before_end && !precedes(member.score, member.name, from);
        return before_end;
    });
    return count;
}

// Visits all members from a gap on.
void ZSet::walk(const Gap& from, Direction direction, Visit visit) {
    if (form_ == Form::rows) {
        members().range(collection_, from, direction, visit);
    } else if (direction == Direction::forward) {
        PackedZSet(packed()).forward([&](const PackedZSet::Member& member) {
            return precedes(member.score, member.name, from) || visit(member.name, member.score);
        });
    } else {
        PackedZSet(packed()).backward([&](const PackedZSet::Member& member) {
            return !precedes(member.score, member.name, from) || visit(member.name, member.score);
        });
    }
}

void ZSet::range(const Gap& from, const Gap& to, Direction direction, Visit visit) {
    bool forward = direction == Direction::forward;
    walk(forward ? from : to, direction, [&](Bytes name, double score) {
        bool inside = forward ? precedes(score, name, to) : !precedes(score, name, from);
        return inside && visit(name, score);
    });
}

void ZSet::range(int64_t rank, int64_t count, Direction direction, Visit visit) {
    count = std::min(count, size_ - rank);
    if (count <= 0)
        return;
    bool forward = direction == Direction::forward;
    OrderStatistics::Start start{0, {}, {}, rank};
    Gap from = forward ? Gap::begin() : Gap::end();
    if (form_ == Form::rows && rank > near_an_end) {
        start = statistics().select(forward ? rank : size_ - 1 - rank, direction);
        from = start.gap();
    }
    walk(from, direction, [&](Bytes name, double score) {
        if (start.skip > 0) {
            start.skip--;
            return true;
        }
        return visit(name, score) && --count > 0;
    });
}

uint64_t ZSet::scan(uint64_t cursor, int64_t count, Visit visit) {
    if (form_ == Form::packed) {
        walk(Gap::begin(), Direction::forward, visit);
        return 0;
    }
    // Members of equal hash, should there be any, are not parted.
    uint64_t last = 0;
    uint64_t next = 0;
    members().walk(collection_, std::max<uint64_t>(cursor, 1), store::max_hash,
                   [&](uint64_t hash, Bytes name, double score) {
                       if (count <= 0 && hash != last) {
                           next = hash;
                           return false;
                       }
                       count--;
                       last = hash;
                       return visit(name, score);
                   });
    return next;
}

void ZSet::pick(store::Store& store, Visit visit) {
    auto size = static_cast<uint64_t>(size_);
    if (size == 0)
        return;
    if (form_ == Form::packed) {
        range(static_cast<int64_t>(random_below(store, size)), 1, Direction::forward, visit);
        return;
    }
    pick_random(store, members(), collection_, size,
                [&](Bytes name, double score) { visit(name, score); });
}

void ZSet::pick_distinct(store::Store& store, uint64_t count, Visit visit) {
    auto size = static_cast<uint64_t>(size_);
    count = std::min(count, size);
    if (form_ == Form::packed || worth_walking(count, size)) {
        Sample sample(store, count, size);
        walk(Gap::begin(), Direction::forward,
             [&](Bytes name, double score) { return !sample.takes_next() || visit(name, score); });
        return;
    }
    std::unordered_set<std::string> seen;
    while (seen.size() < count)
        pick(store, [&](Bytes name, double score) {
            return seen.emplace(name).second ? visit(name, score) : true;
        });
}

void ZSet::own_packed() {
    if (owned_)
        return;
    buffer_.reserve(max_packed_zset_size);
    buffer_.assign(packed_);
    owned_ = true;
}

bool ZSet::fits(std::span<const ScoreChange> changes) const {
    if (form_ == Form::rows || size_ > static_cast<int64_t>(max_packed_entries))
        return false;
    size_t bytes = packed().size();
    for (const ScoreChange& change : changes) {
        if (change.after && change.name.size() > max_packed_entry_size)
            return false;
        size_t of_member = PackedZSet::member_overhead + change.name.size();
        bytes += change.after ? of_member : 0;
        bytes -= change.before ? of_member : 0;
    }
    return bytes <= max_packed_zset_size;
}

void ZSet::apply(std::span<const ScoreChange> changes) {
    if (changes.empty())
        return;
    changed_ = true;
    for (const ScoreChange& change : changes) {
        size_ += change.after.has_value() - change.before.has_value();
        large_ |= change.after && change.name.size() > max_packed_entry_size;
    }
    large_ |= size_ > static_cast<int64_t>(max_packed_entries);
    if (form_ == Form::rows)
        change_rows(changes);
    else if (fits(changes))
        change_packed(changes);
    else
        move_to_rows(changes);
}

void ZSet::erase(std::span<const ScoredName> members) {
    std::vector<ScoreChange> changes;
    changes.reserve(members.size());
    for (const ScoredName& member : members)
        changes.push_back({member.name, member.score, std::nullopt});
    apply(changes);
}

// Redis keeps an integer in a listpack as such, and so -0 as 0.
double ZSet::kept(double score) const {
    return large_ || score != 0 ? score : 0;
}

void ZSet::change_packed(std::span<const ScoreChange> changes) {
    own_packed();
    for (const ScoreChange& change : changes)
        if (change.before)
            PackedZSet::erase(buffer_, *PackedZSet(buffer_).find(change.name));
    for (const ScoreChange& change : changes)
        if (change.after)
            PackedZSet::insert(buffer_, {kept(*change.after), change.name});
}

void ZSet::change_rows(std::span<const ScoreChange> changes) {
    statistics().apply(changes);
    for (const ScoreChange& change : changes) {
        if (!change.before)
            members().insert(collection_, change.name, kept(*change.after));
        else if (change.after)
            members().update(collection_, change.name, kept(*change.after));
        else
            members().erase(collection_, change.name);
    }
}

void ZSet::move_to_rows(std::span<const ScoreChange> changes) {
    own_packed();  // as the store shows it no longer once rows are written
    std::unordered_set<Bytes> gone;
    std::vector<ScoredName> sorted;
    sorted.reserve(static_cast<size_t>(size_));
    for (const ScoreChange& change : changes) {
        if (change.before)
            gone.insert(change.name);
        if (change.after)
            sorted.push_back({kept(*change.after), change.name});
    }
    PackedZSet(buffer_).forward([&](const PackedZSet::Member& member) {
        if (!gone.contains(member.name))
            sorted.push_back(member);
        return true;
    });
    std::sort(sorted.begin(), sorted.end());
    insert_rows(sorted);
}

void ZSet::insert_rows(std::span<const ScoredName> sorted) {
    form_ = Form::rows;
    collection_ = elements_->new_collection();
    statistics_.emplace(*elements_, collection_, Bytes());
    for (const ScoredName& member : sorted)
        members().insert(collection_, member.name, member.score);
    statistics_->build(sorted);
}

void ZSet::save(Entry& entry) {
    if (!changed_)
        return;
    if (size_ == 0) {
        entry.remove();
        return;
    }
    if (form_ == Form::rows) {
        buffer_.assign(1, static_cast<char>(Form::rows));
        buffer_.append(reinterpret_cast<const char*>(&collection_), sizeof(collection_));
        buffer_.append(reinterpret_cast<const char*>(&size_), sizeof(size_));
        statistics().save(buffer_);
    }
    entry.put(Type::zset, entry.keep(std::move(buffer_)), expires_at_,
              large_ ? Encoding::large : Encoding::plain);
}

void ZSet::copy_to(Entry& target, int64_t expires_at) {
    if (form_ == Form::packed) {
        target.put(Type::zset, target.keep(std::string(packed())), expires_at,
                   large_ ? Encoding::large : Encoding::plain);
        return;
    }
    MemberList members;
    walk(Gap::begin(), Direction::forward, [&](Bytes name, double score) {
        members.add(name, score);
        return true;
    });
    ZSet copy;
    copy.start(target, expires_at);
    copy.large_ = large_;
    copy.add_all(members);
    copy.save(target);
}

std::vector<std::string> ZSet::problems() {
    std::vector<std::string> problems;
    if (form_ == Form::packed)
        return problems;
    problems = statistics().problems();
    if (statistics().size() != size_)
        problems.push_back("the ranks count " + std::to_string(statistics().size()) +
                           " members of " + std::to_string(size_));
    return problems;
}

}  // namespace type
