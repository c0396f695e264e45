// Unions, intersections and differences of sorted sets and sets.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "command/zset_source.hpp"
#include "command/zset_value.hpp"
#include "core/score.hpp"
#include "core/text.hpp"

namespace command::zset {

namespace {

using core::ScoredName;
using store::FunctionRef;

enum class Kind { set_union, intersection, difference };
enum class Aggregate { sum, min, max };
enum class Outcome { members, cardinality, store };

constexpr size_t members_between_interrupts = 1024;

struct BytesHash {
    using is_transparent = void;
    size_t operator()(Bytes bytes) const { return std::hash<Bytes>()(bytes); }
};
using Scores = std::unordered_map<std::string, double, BytesHash, std::equal_to<>>;

struct Operation {
    Kind kind;
    Outcome outcome;
    size_t first_key = 0;
    std::vector<double> weights = {};  // one for each key
    Aggregate aggregate = Aggregate::sum;
    bool with_scores = false;
    uint64_t limit = std::numeric_limits<uint64_t>::max();

    size_t keys() const { return weights.size(); }
};

Status parse_keys(const Call& call, size_t count_at, Operation& operation) {
    int64_t keys = 0;
    RETURN_IF_ERROR(parse_integer(call[count_at], keys));
    if (keys < 1)
        return {ErrorCode::no_input_key, call.command.name};
    operation.first_key = count_at + 1;
    if (keys > static_cast<int64_t>(call.size() - operation.first_key))
        return ErrorCode::syntax;
    operation.weights.assign(static_cast<size_t>(keys), 1);
    return {};
}

Status parse_weights(Options& options, std::vector<double>& weights) {
    for (double& weight : weights) {
        std::optional<double> parsed = core::parse_score(options.take());
        if (!parsed)
            return ErrorCode::not_a_weight;
        weight = *parsed;
    }
    return {};
}

Status parse_aggregate(Bytes name, Aggregate& aggregate) {
    if (core::equals_ignoring_case(name, "SUM"))
        aggregate = Aggregate::sum;
    else if (core::equals_ignoring_case(name, "MIN"))
        aggregate = Aggregate::min;
    else if (core::equals_ignoring_case(name, "MAX"))
        aggregate = Aggregate::max;
    else
        return ErrorCode::syntax;
    return {};
}

Status parse_limit(Bytes text, uint64_t& limit) {
    int64_t number = 0;
    RETURN_IF_ERROR(parse_at_least(0, text, ErrorCode::negative_limit, number));
    if (number > 0)  // 0: no limit
        limit = static_cast<uint64_t>(number);
    return {};
}

Status parse_options(const Call& call, Operation& operation) {
    bool cardinality = operation.outcome == Outcome::cardinality;
    bool weighs = operation.kind != Kind::difference && !cardinality;
    Options options(call, operation.first_key + operation.keys());
    while (!options.done()) {
        Bytes value;
        if (weighs && options.followed("WEIGHTS", operation.keys()))
            RETURN_IF_ERROR(parse_weights(options, operation.weights));
        else if (weighs && options.value("AGGREGATE", value))
            RETURN_IF_ERROR(parse_aggregate(value, operation.aggregate));
        else if (operation.outcome == Outcome::members && options.flag("WITHSCORES"))
            operation.with_scores = true;
        else if (cardinality && options.value("LIMIT", value))
            RETURN_IF_ERROR(parse_limit(value, operation.limit));
        else
            return ErrorCode::syntax;
    }
    return {};
}

// Infinity times 0, and infinity less infinity, are 0.
double or_zero(double score) {
    return std::isnan(score) ? 0 : score;
}

double combine(Aggregate aggregate, double left, double right) {
    switch (aggregate) {
        case Aggregate::sum:
            return or_zero(left + right);
        case Aggregate::min:
            return right < left ? right : left;
        case Aggregate::max:
            return right > left ? right : left;
    }
    return left;
}

// Opens the key of a number, for as long as the function runs.
using OpenSource = FunctionRef<Status(size_t key, FunctionRef<void(Source&)> look)>;

class Computation {
public:
    Computation(Call& call, const Operation& operation, OpenSource open)
        : call_(call), operation_(operation), open_(open), sizes_(operation.keys()) {}

    // The sizes of the sources; an error if one is none.
    Status measure();
    Scores run();

private:
    void look(size_t key, FunctionRef<void(Source&)> look);
    std::vector<size_t> order() const;
    void unite(size_t key);
    void intersect(size_t key);
    void subtract(size_t key);
    void check_interrupts();

    Call& call_;
    const Operation& operation_;
    OpenSource open_;
    std::vector<uint64_t> sizes_;
    Scores scores_;
    size_t steps_ = 0;
};

Status Computation::measure() {
    for (size_t key = 0; key < sizes_.size(); key++)
        RETURN_IF_ERROR(open_(key, [&](Source& source) { sizes_[key] = source.size(); }));
    return {};
}

void Computation::look(size_t key, FunctionRef<void(Source&)> look) {
    if (!open_(key, look))
        throw std::logic_error("a source has changed its type within a command");
}

// Redis begins with the smallest; sums of floating point numbers depend on it.
std::vector<size_t> Computation::order() const {
    std::vector<size_t> keys(sizes_.size());
    std::iota(keys.begin(), keys.end(), size_t{0});
    if (operation_.kind != Kind::difference)
        std::stable_sort(keys.begin(), keys.end(),
                         [&](size_t left, size_t right) { return sizes_[left] < sizes_[right]; });
    return keys;
}

Scores Computation::run() {
    bool first = true;
    for (size_t key : order()) {
        if (first || operation_.kind == Kind::set_union)
            unite(key);
        else if (operation_.kind == Kind::intersection)
            intersect(key);
        else
            subtract(key);
        first = false;
    }
    return std::move(scores_);
}

void Computation::unite(size_t key) {
    scores_.reserve(scores_.size() + sizes_[key]);
    look(key, [&](Source& source) {
        source.walk([&](Bytes name, double score) {
            score = or_zero(score * operation_.weights[key]);
            auto known = scores_.find(name);
            if (known == scores_.end())
                scores_.emplace(name, score);
            else
                known->second = combine(operation_.aggregate, known->second, score);
            return true;
        });
    });
}

void Computation::intersect(size_t key) {
    Scores common;
    auto keep = [&](Scores::iterator known, double score) {
        known->second =
            combine(operation_.aggregate, known->second, score * operation_.weights[key]);
        common.insert(scores_.extract(known));
    };
    look(key, [&](Source& source) {
        if (scores_.size() > sizes_[key] / 4) {
            source.walk([&](Bytes name, double score) {
                auto known = scores_.find(name);
                if (known != scores_.end())
                    keep(known, score);
                return true;
            });
            return;
        }
        for (auto at = scores_.begin(); at != scores_.end();) {
            auto known = at++;
            check_interrupts();
            if (std::optional<double> score = source.score(known->first))
                keep(known, *score);
        }
    });
    scores_ = std::move(common);
}

void Computation::subtract(size_t key) {
    look(key, [&](Source& source) {
        if (scores_.size() > sizes_[key] / 4) {
            source.walk([&](Bytes name, double) {
                auto known = scores_.find(name);
                if (known != scores_.end())
                    scores_.erase(known);
                return !scores_.empty();
            });
            return;
        }
        std::erase_if(scores_, [&](const auto& member) {
            check_interrupts();
            return source.score(member.first).has_value();
        });
    });
}

void Computation::check_interrupts() {
    if (++steps_ % members_between_interrupts == 0)
        call_.store.check_interrupts();
}

std::vector<ScoredName> sorted(const Scores& scores) {
    std::vector<ScoredName> members;
    members.reserve(scores.size());
    for (const auto& [name, score] : scores)
        members.push_back({score, name});
    std::sort(members.begin(), members.end());
    return members;
}

// Redis looks at the keys before the options.
Status compute(Call& call, Operation& operation, OpenSource open, Scores& scores) {
    Computation computation(call, operation, open);
    RETURN_IF_ERROR(computation.measure());
    RETURN_IF_ERROR(parse_options(call, operation));
    scores = computation.run();
    return {};
}

Status compute_read(Call& call, Operation& operation, Scores& scores) {
    RETURN_IF_ERROR(parse_keys(call, 1, operation));
    auto open = [&](size_t key, FunctionRef<void(Source&)> look) -> Status {
        Entry entry;
        call.store.read(call.place(operation.first_key + key), entry);
        Source source(call.store);
        RETURN_IF_ERROR(source.open(entry));
        look(source);
        return {};
    };
    return compute(call, operation, open, scores);
}

Status reply_members(Call& call, Kind kind) {
    Operation operation{.kind = kind, .outcome = Outcome::members};
    Scores scores;
    RETURN_IF_ERROR(compute_read(call, operation, scores));
    call.reply.begin_array();
    for (const ScoredName& member : sorted(scores))
        reply_member(call.reply, member.name, member.score, operation.with_scores);
    call.reply.end_array();
    return {};
}

// The keys of a command that stores, the destination first, each once, and where among them the
// sources are.
struct Places {
    std::vector<store::Place> places;
    std::vector<size_t> sources;

    Places(const Call& call, const Operation& operation) {
        std::unordered_map<Bytes, size_t> known;
        auto number = [&](size_t argument) {
            auto [at, is_new] = known.try_emplace(call[argument], places.size());
            if (is_new)
                places.push_back(call.place(argument));
            return at->second;
        };
        number(1);
        for (size_t key = 0; key < operation.keys(); key++)
            sources.push_back(number(operation.first_key + key));
    }
};

Status store_members(Call& call, Kind kind) {
    Operation operation{.kind = kind, .outcome = Outcome::store};
    RETURN_IF_ERROR(parse_keys(call, 2, operation));
    Places places(call, operation);
    size_t stored = 0;
    auto change = [&](std::span<Entry> entries) -> Status {
        auto open = [&](size_t key, FunctionRef<void(Source&)> look) -> Status {
            Source source(call.store);
            RETURN_IF_ERROR(source.open(entries[places.sources[key]]));
            look(source);
            return {};
        };
        Scores scores;
        RETURN_IF_ERROR(compute(call, operation, open, scores));
        stored = scores.size();
        ZSet::replace(entries.front(), sorted(scores));
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(places.places, change));
    call.reply.integer(static_cast<int64_t>(stored));
    return {};
}

}  // namespace

Status zunion(Call& call) {
    return reply_members(call, Kind::set_union);
}

Status zinter(Call& call) {
    return reply_members(call, Kind::intersection);
}

Status zdiff(Call& call) {
    return reply_members(call, Kind::difference);
}

Status zunionstore(Call& call) {
    return store_members(call, Kind::set_union);
}

Status zinterstore(Call& call) {
    return store_members(call, Kind::intersection);
}

Status zdiffstore(Call& call) {
    return store_members(call, Kind::difference);
}

Status zintercard(Call& call) {
    Operation operation{.kind = Kind::intersection, .outcome = Outcome::cardinality};
    Scores scores;
    RETURN_IF_ERROR(compute_read(call, operation, scores));
    call.reply.integer(static_cast<int64_t>(std::min<uint64_t>(scores.size(), operation.limit)));
    return {};
}

}  // namespace command::zset
