// Commands on single members of sorted sets.
#include <cmath>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "command/scan.hpp"
#include "command/zset_value.hpp"
#include "core/score.hpp"
#include "core/text.hpp"

namespace command::zset {

namespace {

using core::ScoredName;
using type::ScoreChange;

constexpr size_t members_between_interrupts = 1024;

// What members ZADD shall give which scores, and on what conditions.
struct Addition {
    bool only_missing = false;   // NX
    bool only_existing = false;  // XX
    bool only_greater = false;   // GT
    bool only_less = false;      // LT
    bool count_changed = false;  // CH
    bool increment = false;      // INCR
    std::vector<ScoredName> pairs = {};

    // What came of it.
    int64_t added = 0;
    int64_t updated = 0;
    std::optional<double> last_score = {};  // none if a condition forbade it
};

Status parse_pairs(const Call& call, size_t first, Addition& addition) {
    addition.pairs.reserve((call.size() - first) / 2);
    for (size_t i = first; i < call.size(); i += 2) {
        std::optional<double> score = core::parse_score(call[i]);
        if (!score)
            return ErrorCode::not_a_float;
        addition.pairs.push_back({*score, call[i + 1]});
    }
    return {};
}

Status parse_addition(const Call& call, Addition& addition) {
    Options options(call, 2);
    size_t first = 2;
    while (!options.done()) {
        if (options.flag("NX"))
            addition.only_missing = true;
        else if (options.flag("XX"))
            addition.only_existing = true;
        else if (options.flag("GT"))
            addition.only_greater = true;
        else if (options.flag("LT"))
            addition.only_less = true;
        else if (options.flag("CH"))
            addition.count_changed = true;
        else if (options.flag("INCR"))
            addition.increment = true;
        else
            break;
        first++;
    }
    size_t arguments = call.size() - first;
    if (arguments == 0 || arguments % 2 != 0)
        return ErrorCode::syntax;
    if (addition.only_missing && addition.only_existing)
        return ErrorCode::nx_and_xx;
    if (addition.only_missing + addition.only_greater + addition.only_less > 1)
        return ErrorCode::gt_lt_and_nx;
    if (addition.increment && arguments > 2)
        return ErrorCode::several_increments;
    return parse_pairs(call, first, addition);
}

// Brings a member to its new score, if the conditions allow it.
Status add(Addition& addition, double score, ScoreChange& change) {
    addition.last_score.reset();
    std::optional<double>& current = change.after;
    if (current ? addition.only_missing : addition.only_existing)
        return {};
    if (!current) {
        addition.added++;
    } else {
        if (addition.increment)
            score += *current;
        if (std::isnan(score))
            return ErrorCode::score_not_a_number;
        if ((addition.only_greater && score <= *current) ||
            (addition.only_less && score >= *current))
            return {};
        addition.updated += score != *current;
    }
    addition.last_score = score;
    if (!current || *current != score)
        current = score;
    return {};
}

// Looks for each member once, and tells what shall become of it.
Status plan(Call& call, Addition& addition, ZSet& zset, std::vector<ScoreChange>& changes) {
    addition.added = addition.updated = 0;
    changes.reserve(addition.pairs.size());
    std::unordered_map<Bytes, size_t> places;
    bool may_repeat = addition.pairs.size() > 1;
    for (const ScoredName& pair : addition.pairs) {
        size_t place = changes.size();
        if (may_repeat)
            place = places.try_emplace(pair.name, place).first->second;
        if (place == changes.size()) {
            std::optional<double> score = zset.score(pair.name);
            changes.push_back({pair.name, score, score});
        }
        RETURN_IF_ERROR(add(addition, pair.score, changes[place]));
        if (changes.size() % members_between_interrupts == 0)
            call.store.check_interrupts();
    }
    std::erase_if(changes, [](const ScoreChange& change) { return change.before == change.after; });
    return {};
}

Status add_members(Call& call, Addition& addition) {
    RETURN_IF_ERROR(parse_addition(call, addition));
    auto change = [&](Entry& entry) -> Status {
        ZSet zset;
        RETURN_IF_ERROR(zset.open(entry));
        std::vector<ScoreChange> changes;
        RETURN_IF_ERROR(plan(call, addition, zset, changes));
        zset.apply(changes);
        zset.save(entry);
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    if (!addition.increment)
        call.reply.integer(addition.added + (addition.count_changed ? addition.updated : 0));
    else if (addition.last_score)
        call.reply.real(*addition.last_score);
    else
        call.reply.null();
    return {};
}

Status reply_rank(Call& call, Direction direction) {
    if (call.size() > 4)
        return {ErrorCode::wrong_arity, call.command.name};
    bool with_score = call.size() == 4;
    if (with_score && !core::equals_ignoring_case(call[3], "WITHSCORE"))
        return ErrorCode::syntax;
    Entry entry;
    ZSet zset;
    RETURN_IF_ERROR(read(call, 1, entry, zset));
    std::optional<ZSet::Rank> found = zset.rank(call[2], direction);
    if (!with_score) {
        if (found)
            call.reply.integer(found->rank);
        else
            call.reply.null();
        return {};
    }
    if (!found) {
        call.reply.null_array();
        return {};
    }
    call.reply.begin_array();
    call.reply.integer(found->rank);
    call.reply.real(found->score);
    call.reply.end_array();
    return {};
}

void reply_score(Reply& reply, const std::optional<double>& score) {
    if (score)
        reply.real(*score);
    else
        reply.null();
}

}  // namespace

Status zadd(Call& call) {
    Addition addition;
    return add_members(call, addition);
}

Status zincrby(Call& call) {
    Addition addition{.increment = true};
    return add_members(call, addition);
}

Status zcard(Call& call) {
    Entry entry;
    ZSet zset;
    RETURN_IF_ERROR(read(call, 1, entry, zset));
    call.reply.integer(zset.size());
    return {};
}

Status zscore(Call& call) {
    Entry entry;
    ZSet zset;
    RETURN_IF_ERROR(read(call, 1, entry, zset));
    reply_score(call.reply, zset.score(call[2]));
    return {};
}

Status zmscore(Call& call) {
    Entry entry;
    ZSet zset;
    RETURN_IF_ERROR(read(call, 1, entry, zset));
    call.reply.begin_array();
    for (size_t i = 2; i < call.size(); i++)
        reply_score(call.reply, zset.score(call[i]));
    call.reply.end_array();
    return {};
}

Status zrank(Call& call) {
    return reply_rank(call, Direction::forward);
}

Status zrevrank(Call& call) {
    return reply_rank(call, Direction::backward);
}

Status zrem(Call& call) {
    int64_t removed = 0;
    auto change = [&](Entry& entry) -> Status {
        ZSet zset;
        RETURN_IF_ERROR(zset.open(entry));
        std::vector<ScoreChange> changes;
        std::unordered_set<Bytes> seen;
        bool may_repeat = call.size() > 3;
        for (size_t i = 2; i < call.size(); i++) {
            if (may_repeat && !seen.insert(call[i]).second)
                continue;
            if (std::optional<double> score = zset.score(call[i]))
                changes.push_back({call[i], score, std::nullopt});
            if (i % members_between_interrupts == 0)
                call.store.check_interrupts();
        }
        removed = static_cast<int64_t>(changes.size());
        zset.apply(changes);
        zset.save(entry);
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    call.reply.integer(removed);
    return {};
}

Status zscan(Call& call) {
    ZSet zset;
    auto view = [&](const Entry& entry) {
        return zset.open(entry);
    };
    auto scan = [&](CollectionScan& state) {
        return zset.scan(state.cursor, state.wanted.count, [&](Bytes name, double score) {
            if (state.wanted.matches(name)) {
                state.found.emplace_back(name);
                state.found.push_back(core::format_score(score));
            }
            return true;
        });
    };
    return scan_collection(call, view, scan);
}

}  // namespace command::zset
