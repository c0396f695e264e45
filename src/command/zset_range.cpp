// Commands on ranges of sorted sets: by rank, by score, by name.
#include <algorithm>
#include <optional>
#include <vector>

#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "command/zset_interval.hpp"
#include "command/zset_value.hpp"

namespace command::zset {

namespace {

enum class By { rank, score, name };

struct Range {
    By by = By::rank;
    Direction direction = Direction::forward;
    bool with_scores = false;
    int64_t start = 0;  // ranks, negative ones counted from the end
    int64_t stop = 0;
    Interval interval = {};
    int64_t offset = 0;
    int64_t limit = -1;  // negative: no limit
};

// Where the bounds stand, and what the command's name has settled already.
struct RangeForm {
    size_t first;
    std::optional<By> by = {};
    std::optional<Direction> direction = {};
    bool store = false;
};

Status parse_range_options(const Call& call, RangeForm form, Range& range) {
    Options options(call, form.first + 2);
    while (!options.done()) {
        Bytes offset, count;
        if (!form.store && options.flag("WITHSCORES")) {
            range.with_scores = true;
        } else if (options.values("LIMIT", offset, count)) {
            RETURN_IF_ERROR(parse_integer(offset, range.offset));
            RETURN_IF_ERROR(parse_integer(count, range.limit));
        } else if (!form.direction && options.flag("REV")) {
            form.direction = Direction::backward;
        } else if (!form.by && options.flag("BYSCORE")) {
            form.by = By::score;
        } else if (!form.by && options.flag("BYLEX")) {
            form.by = By::name;
        } else {
            return ErrorCode::syntax;
        }
    }
    range.by = form.by.value_or(By::rank);
    range.direction = form.direction.value_or(Direction::forward);
    if (range.limit != -1 && range.by == By::rank)
        return ErrorCode::limit_by_rank;
    if (range.with_scores && range.by == By::name)
        return ErrorCode::scores_by_name;
    return {};
}

Status parse_bounds(By by, Bytes min, Bytes max, Range& range) {
    range.by = by;
    switch (by) {
        case By::rank:
            RETURN_IF_ERROR(parse_integer(min, range.start));
            return parse_integer(max, range.stop);
        case By::score:
            return parse_score_interval(min, max, range.interval);
        case By::name:
            return parse_name_interval(min, max, range.interval);
    }
    return {};
}

Status parse_range(const Call& call, const RangeForm& form, Range& range) {
    RETURN_IF_ERROR(parse_range_options(call, form, range));
    Bytes min = call[form.first];
    Bytes max = call[form.first + 1];
    if (range.direction == Direction::backward && range.by != By::rank)
        std::swap(min, max);
    return parse_bounds(range.by, min, max, range);
}

void visit_ranks(ZSet& zset, const Range& range, ZSet::Visit visit) {
    int64_t size = zset.size();
    int64_t start = std::max<int64_t>(range.start < 0 ? range.start + size : range.start, 0);
    int64_t stop = std::min(range.stop < 0 ? range.stop + size : range.stop, size - 1);
    if (start <= stop)
        zset.range(start, stop - start + 1, range.direction, visit);
}

// Past an offset that it would take long to walk, the members are counted by rank.
void visit_far(ZSet& zset, const Interval& interval, const Range& range, ZSet::Visit visit) {
    int64_t between = zset.count(interval.from, interval.to);
    int64_t before = range.direction == Direction::forward ? zset.count(Gap::begin(), interval.from)
                                                           : zset.count(interval.to, Gap::end());
    if (range.offset >= between)
        return;
    int64_t count = between - range.offset;
    if (range.limit >= 0)
        count = std::min(count, range.limit);
    zset.range(before + range.offset, count, range.direction, visit);
}

void visit_interval(ZSet& zset, const Range& range, ZSet::Visit visit) {
    constexpr int64_t farthest_walk = 64;
    if (range.offset < 0 || range.limit == 0)
        return;
    Interval interval = range.interval.within(zset);
    if (range.offset > farthest_walk) {
        visit_far(zset, interval, range, visit);
        return;
    }
    int64_t skip = range.offset;
    int64_t left = range.limit;
    zset.range(interval.from, interval.to, range.direction, [&](Bytes name, double score) {
        if (skip > 0) {
            skip--;
            return true;
        }
        return visit(name, score) && --left != 0;
    });
}

void visit_range(ZSet& zset, const Range& range, ZSet::Visit visit) {
    if (range.by == By::rank)
        visit_ranks(zset, range, visit);
    else
        visit_interval(zset, range, visit);
}

MemberList members_of(ZSet& zset, const Range& range) {
    MemberList members;
    visit_range(zset, range, [&](Bytes name, double score) {
        members.add(name, score);
        return true;
    });
    return members;
}

Status reply_range(Call& call, const RangeForm& form) {
    Range range;
    RETURN_IF_ERROR(parse_range(call, form, range));
    Entry entry;
    ZSet zset;
    RETURN_IF_ERROR(read(call, 1, entry, zset));
    call.reply.begin_array();
    visit_range(zset, range, [&](Bytes name, double score) {
        reply_member(call.reply, name, score, range.with_scores);
        return true;
    });
    call.reply.end_array();
    return {};
}

Status reply_count(Call& call, By by) {
    Range range;
    RETURN_IF_ERROR(parse_bounds(by, call[2], call[3], range));
    Entry entry;
    ZSet zset;
    RETURN_IF_ERROR(read(call, 1, entry, zset));
    Interval interval = range.interval.within(zset);
    call.reply.integer(zset.count(interval.from, interval.to));
    return {};
}

Status remove_range(Call& call, By by) {
    Range range;
    RETURN_IF_ERROR(parse_bounds(by, call[2], call[3], range));
    int64_t removed = 0;
    auto change = [&](Entry& entry) -> Status {
        ZSet zset;
        RETURN_IF_ERROR(zset.open(entry));
        MemberList members = members_of(zset, range);
        removed = static_cast<int64_t>(members.size());
        zset.erase(members);
        zset.save(entry);
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    call.reply.integer(removed);
    return {};
}

}  // namespace

Status zrange(Call& call) {
    return reply_range(call, {.first = 2});
}

Status zrevrange(Call& call) {
    return reply_range(call, {.first = 2, .by = By::rank, .direction = Direction::backward});
}

Status zrangebyscore(Call& call) {
    return reply_range(call, {.first = 2, .by = By::score, .direction = Direction::forward});
}

Status zrevrangebyscore(Call& call) {
    return reply_range(call, {.first = 2, .by = By::score, .direction = Direction::backward});
}

Status zrangebylex(Call& call) {
    return reply_range(call, {.first = 2, .by = By::name, .direction = Direction::forward});
}

Status zrevrangebylex(Call& call) {
    return reply_range(call, {.first = 2, .by = By::name, .direction = Direction::backward});
}

Status zrangestore(Call& call) {
    Range range;
    RETURN_IF_ERROR(parse_range(call, {.first = 3, .store = true}, range));
    int64_t stored = 0;
    auto change = [&](std::span<Entry> entries) -> Status {
        ZSet source;
        RETURN_IF_ERROR(source.open(entries.back()));
        MemberList members = members_of(source, range);
        stored = static_cast<int64_t>(members.size());
        ZSet::replace(entries.front(), members);
        return {};
    };
    const store::Place places[] = {call.place(1), call.place(2)};
    size_t different = call[1] == call[2] ? 1 : 2;
    RETURN_IF_ERROR(call.store.modify(std::span(places, different), change));
    call.reply.integer(stored);
    return {};
}

Status zcount(Call& call) {
    return reply_count(call, By::score);
}

Status zlexcount(Call& call) {
    return reply_count(call, By::name);
}

Status zremrangebyrank(Call& call) {
    return remove_range(call, By::rank);
}

Status zremrangebyscore(Call& call) {
    return remove_range(call, By::score);
}

Status zremrangebylex(Call& call) {
    return remove_range(call, By::name);
}

}  // namespace command::zset
