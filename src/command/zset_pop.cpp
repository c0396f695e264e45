// Commands that take members from the ends of sorted sets, or at random.
#include <limits>
#include <optional>
#include <vector>

#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "command/zset_value.hpp"
#include "core/text.hpp"
#include "type/random_pick.hpp"

namespace command::zset {

namespace {

constexpr int64_t most = std::numeric_limits<int64_t>::max();
constexpr int64_t picks_between_interrupts = 1024;

// Takes the first members, or backward the last.
Status pop(Call& call, size_t key, Direction side, int64_t count, MemberList& popped) {
    auto change = [&](Entry& entry) -> Status {
        popped = {};
        ZSet zset;
        RETURN_IF_ERROR(zset.open(entry));
        zset.range(0, count, side, [&](Bytes name, double score) {
            popped.add(name, score);
            return true;
        });
        zset.erase(popped);
        zset.save(entry);
        return {};
    };
    return call.store.modify(call.place(key), change);
}

Status pop_from_key(Call& call, Direction side) {
    if (call.size() > 3)
        return ErrorCode::syntax;
    int64_t count = 1;
    bool counted = call.size() == 3;
    if (counted)
        RETURN_IF_ERROR(parse_at_least(0, call[2], ErrorCode::out_of_range_positive, count));
    MemberList popped;
    RETURN_IF_ERROR(pop(call, 1, side, count, popped));
    call.reply.begin_array();
    for (const core::ScoredName& member : popped) {
        // A single member that no count was given for stands in no array of its own.
        if (counted) {
            reply_member(call.reply, member.name, member.score, true);
        } else {
            call.reply.bulk(member.name);
            call.reply.real(member.score);
        }
    }
    call.reply.end_array();
    return {};
}

// The arguments of ZMPOP: how many keys, the keys, a side, how many members.
struct PopFromSeveral {
    size_t keys = 0;
    Direction side = Direction::forward;
    int64_t count = 1;
};

Status parse_pop_from_several(const Call& call, PopFromSeveral& wanted) {
    int64_t keys = 0;
    RETURN_IF_ERROR(parse_at_least(1, call[1], ErrorCode::numkeys_not_positive, keys));
    if (keys > static_cast<int64_t>(call.size()) - 3)
        return ErrorCode::syntax;
    wanted.keys = static_cast<size_t>(keys);
    Options options(call, wanted.keys + 2);
    if (options.flag("MAX"))
        wanted.side = Direction::backward;
    else if (!options.flag("MIN"))
        return ErrorCode::syntax;
    Bytes count;
    if (options.value("COUNT", count))
        RETURN_IF_ERROR(parse_at_least(1, count, ErrorCode::count_not_positive, wanted.count));
    return options.done() ? Status() : ErrorCode::syntax;
}

void reply_popped(Call& call, size_t key, const MemberList& popped) {
    call.reply.begin_array();
    call.reply.key(call[key]);
    call.reply.begin_array();
    for (const core::ScoredName& member : popped) {
        call.reply.begin_array();
        call.reply.bulk(member.name);
        call.reply.real(member.score);
        call.reply.end_array();
    }
    call.reply.end_array();
    call.reply.end_array();
}

// The arguments of ZRANDMEMBER behind the key.
struct RandomMembers {
    int64_t count = 1;  // negative: that many picks, which may repeat a member
    bool with_scores = false;
};

Status parse_random_members(const Call& call, RandomMembers& wanted) {
    RETURN_IF_ERROR(parse_pick_count(call[2], wanted.count));
    Options options(call, 3);
    if (!options.done())
        wanted.with_scores = options.flag("WITHSCORES");
    if (!options.done())
        return ErrorCode::syntax;
    if (wanted.with_scores && (wanted.count < -most / 2 || wanted.count > most / 2))
        return ErrorCode::out_of_range;
    return {};
}

// Picks that may repeat a member. So many that all members will be looked at are made from memory.
void pick_repeatedly(Call& call, ZSet& zset, int64_t count, ZSet::Visit visit) {
    auto size = static_cast<uint64_t>(zset.size());
    if (size == 0)
        return;
    MemberList members;
    if (type::worth_walking(static_cast<uint64_t>(count), size))
        zset.range(0, zset.size(), Direction::forward, [&](Bytes name, double score) {
            members.add(name, score);
            return true;
        });
    for (int64_t i = 0; i < count; i++) {
        if (i % picks_between_interrupts == 0)
            call.store.check_interrupts();
        if (members.empty()) {
            zset.pick(call.store, visit);
        } else {
            const core::ScoredName& member = members[type::random_below(call.store, size)];
            visit(member.name, member.score);
        }
    }
}

}  // namespace

Status zpopmin(Call& call) {
    return pop_from_key(call, Direction::forward);
}

Status zpopmax(Call& call) {
    return pop_from_key(call, Direction::backward);
}

Status zmpop(Call& call) {
    PopFromSeveral wanted;
    RETURN_IF_ERROR(parse_pop_from_several(call, wanted));
    for (size_t key = 2; key < 2 + wanted.keys; key++) {
        Entry entry;
        ZSet zset;
        RETURN_IF_ERROR(read(call, key, entry, zset));
        if (zset.size() == 0)
            continue;
        // Another session may have emptied it meanwhile.
        MemberList popped;
        RETURN_IF_ERROR(pop(call, key, wanted.side, wanted.count, popped));
        if (popped.empty())
            continue;
        reply_popped(call, key, popped);
        return {};
    }
    call.reply.null_array();
    return {};
}

Status zrandmember(Call& call) {
    RandomMembers wanted;
    bool counted = call.size() > 2;
    if (counted)
        RETURN_IF_ERROR(parse_random_members(call, wanted));
    Entry entry;
    ZSet zset;
    RETURN_IF_ERROR(read(call, 1, entry, zset));
    auto visit = [&](Bytes name, double score) {
        reply_member(call.reply, name, score, wanted.with_scores);
        return true;
    };
    if (!counted) {
        if (zset.size() == 0)
            call.reply.null();
        else
            zset.pick(call.store, visit);
        return {};
    }
    call.reply.begin_array();
    if (wanted.count < 0)
        pick_repeatedly(call, zset, -wanted.count, visit);
    else
        zset.pick_distinct(call.store, static_cast<uint64_t>(wanted.count), visit);
    call.reply.end_array();
    return {};
}

}  // namespace command::zset
