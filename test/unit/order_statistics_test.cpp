// Ranks in rows, against members that are counted one by one.
#include "type/order_statistics.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <stdexcept>

#include <gtest/gtest.h>

#include "memory_elements.hpp"

using core::Bytes;
using core::ScoredName;
using store::Direction;
using store::Gap;
using type::OrderStatistics;
using type::ScoreChange;

namespace {

class Ranks : public testing::Test {
protected:
    using Place = std::pair<double, std::string>;

    Ranks() : collection_(elements_.new_collection()) {}

    // Looks at the ranks as another command would.
    OrderStatistics open() { return {elements_, collection_, root_, limits_}; }

    // Applies changes as a sorted set does.
    void change(const std::map<std::string, std::optional<double>>& scores) {
        std::vector<ScoreChange> changes;
        for (const auto& [name, score] : scores) {
            std::optional<double> before = score_of(name);
            if (before || score)
                changes.push_back({name, before, score});
        }
        elements_.begin();
        OrderStatistics statistics = open();
        statistics.apply(changes);
        for (const ScoreChange& change : changes) {
            if (change.before)
                model_.erase({*change.before, std::string(change.name)});
            if (change.after)
                model_.insert({*change.after, std::string(change.name)});
            if (!change.before)
                elements_.members().insert(collection_, change.name, *change.after);
            else if (change.after)
                elements_.members().update(collection_, change.name, *change.after);
            else
                elements_.members().erase(collection_, change.name);
        }
        save(statistics);
    }

    void follow_random_changes();

    void build(const std::set<Place>& places) {
        model_ = places;
        std::vector<ScoredName> sorted;
        for (const auto& [score, name] : model_)
            sorted.push_back({score, name});
        elements_.begin();
        for (const ScoredName& member : sorted)
            elements_.members().insert(collection_, member.name, member.score);
        OrderStatistics statistics(elements_, collection_, {}, limits_);
        statistics.build(sorted);
        save(statistics);
    }

    void save(OrderStatistics& statistics) {
        root_.clear();
        statistics.save(root_);
        elements_.commit();
    }

    std::optional<double> score_of(const std::string& name) {
        return elements_.members().find(collection_, name);
    }

    void expect_sound() {
        OrderStatistics statistics = open();
        EXPECT_EQ(statistics.problems(), std::vector<std::string>());
        EXPECT_EQ(statistics.size(), static_cast<int64_t>(model_.size()));
    }

    void expect_ranks() {
        OrderStatistics statistics = open();
        int64_t rank = 0;
        for (const auto& [score, name] : model_) {
            EXPECT_EQ(statistics.rank(Gap::before(score, name)), rank);
            EXPECT_EQ(statistics.rank(Gap::after(score, name)), rank + 1);
            expect_selects(statistics, rank, Direction::forward, {score, name});
            expect_selects(statistics, rank, Direction::backward, {score, name});
            rank++;
        }
        EXPECT_EQ(statistics.rank(Gap::begin()), 0);
        EXPECT_EQ(statistics.rank(Gap::end()), rank);
    }

    void expect_rank_of_scores(const std::vector<double>& scores) {
        OrderStatistics statistics = open();
        for (double score : scores) {
            auto before = std::count_if(model_.begin(), model_.end(),
                                        [&](const Place& place) { return place.first < score; });
            auto until = std::count_if(model_.begin(), model_.end(),
                                       [&](const Place& place) { return place.first <= score; });
            EXPECT_EQ(statistics.rank(Gap::before(score)), before) << score;
            EXPECT_EQ(statistics.rank(Gap::after(score)), until) << score;
        }
    }

    OrderStatistics::Limits limits_{.least = 4, .in_root = 3};
    unit::MemoryElements elements_;
    store::CollectionId collection_;
    std::string root_;
    std::set<Place> model_;

private:
    void expect_selects(OrderStatistics& statistics, int64_t rank, Direction direction,
                        const Place& place) {
        OrderStatistics::Start start = statistics.select(rank, direction);
        int64_t skip = start.skip;
        Place found;
        elements_.members().range(collection_, start.gap(), direction,
                                  [&](Bytes name, double score) {
                                      found = {score, std::string(name)};
                                      return skip-- > 0;
                                  });
        EXPECT_EQ(found, place) << "rank " << rank;
    }
};

std::set<std::pair<double, std::string>> numbered(int count, int different_scores) {
    std::set<std::pair<double, std::string>> places;
    for (int i = 0; i < count; i++)
        places.insert({i % different_scores, "member" + std::to_string(i)});
    return places;
}

}  // namespace

TEST_F(Ranks, AreBuiltAtOnce) {
    for (int count : {1, 2, 3, 7, 8, 9, 100, 1000}) {
        elements_.drop(collection_);
        build(numbered(count, 10));
        expect_sound();
        expect_ranks();
    }
}

TEST_F(Ranks, OfFewBlocksStandInTheRoot) {
    build(numbered(6, 10));
    EXPECT_TRUE(elements_.nodes.empty());
    change({{"a", 1.0}, {"b", 1.0}, {"c", 1.0}, {"d", 1.0}, {"e", 1.0}, {"f", 1.0}});
    EXPECT_FALSE(elements_.nodes.empty());
    expect_sound();
    expect_ranks();
}

TEST_F(Ranks, OfGaps) {
    build(numbered(200, 7));
    expect_rank_of_scores({-INFINITY, -1, 0, -0.0, 0.5, 3, 5.5, 6, 7, 1e300, INFINITY});
}

TEST_F(Ranks, AreRaisedIfCorrupt) {
    build(numbered(200, 7));
    for (size_t size = 1; size < 9; size++) {
        std::string cut = root_.substr(0, size);
        EXPECT_THROW(OrderStatistics(elements_, collection_, cut, limits_), std::runtime_error);
    }
    elements_.nodes.begin()->second.pop_back();
    OrderStatistics statistics = open();
    EXPECT_THROW(statistics.rank(Gap::before(0, "a")), std::runtime_error);
}

TEST_F(Ranks, TellWhatIsWrong) {
    build(numbered(200, 7));
    elements_.begin();
    elements_.members().erase(collection_, "member17");
    elements_.commit();
    EXPECT_EQ(open().problems().size(), 1U);
}

TEST_F(Ranks, NeedOneLookAndOneNodeForAMember) {
    limits_ = {};
    build(numbered(20000, 4000));
    ASSERT_GT(elements_.nodes.size(), 0U);
    uint64_t reads = elements_.reads;
    uint64_t writes = elements_.writes;
    change({{"new", 500.0}});
    // The member, its block, which counts twice here, and the node.
    EXPECT_LE(elements_.reads - reads, 4U);
    EXPECT_EQ(elements_.writes - writes, 2U);  // the member and the node
    expect_sound();
}

TEST_F(Ranks, NeedNoNodeWhereAMemberStaysInItsBlock) {
    limits_ = {};
    build(numbered(5000, 1000));
    uint64_t writes = elements_.writes;
    change({{"member500", 500.25}});
    EXPECT_EQ(elements_.writes - writes, 1U);
    expect_sound();
}

TEST_F(Ranks, SplitBlocksInManyPieces) {
    build(numbered(3, 10));
    std::map<std::string, std::optional<double>> scores;
    for (int i = 0; i < 500; i++)
        scores["n" + std::to_string(i)] = i % 17;
    change(scores);
    expect_sound();
    expect_ranks();
    for (auto& [name, score] : scores)
        score.reset();
    change(scores);
    expect_sound();
    expect_ranks();
}

TEST_F(Ranks, OfNamesWithLongCommonPrefixes) {
    std::string prefix(2000, 'p');
    std::set<Place> places;
    for (int i = 0; i < 40; i++)
        places.insert({1, prefix.substr(0, static_cast<size_t>(2000 - i)) + std::to_string(i)});
    build(places);
    expect_sound();
    expect_ranks();
    for (int i = 0; i < 40; i++)
        change({{prefix + "x" + std::to_string(i), 1.0}, {std::string("p"), 1.0}});
    expect_sound();
    expect_ranks();
}

TEST_F(Ranks, SeparateBlocksByShortNames) {
    std::set<Place> places;
    for (int i = 0; i < 100; i++)
        places.insert({1, std::to_string(1000 + i * 7) + std::string(500, 'x')});
    build(places);
    for (const auto& [id, block] : elements_.known_blocks)
        EXPECT_LE(block.name.size(), 4U);
}

TEST_F(Ranks, SurviveAscendingAndDescendingLoads) {
    build(numbered(1, 1));
    for (int i = 0; i < 300; i++)
        change({{"up" + std::to_string(i), i}});
    for (int i = 0; i < 300; i++)
        change({{"down" + std::to_string(i), -i}});
    expect_sound();
    expect_ranks();
    while (model_.size() > 1)
        change({{model_.begin()->second, std::nullopt}});
    expect_sound();
    EXPECT_EQ(elements_.known_blocks.size(), 1U);
    EXPECT_LE(elements_.nodes.size(), 1U);
}

void Ranks::follow_random_changes() {
    std::mt19937 random(11);
    auto below = [&](int bound) {
        return static_cast<int>(random() % static_cast<unsigned>(bound));
    };
    build(numbered(50, 10));
    for (int step = 0; step < 6000; step++) {
        // Grows and shrinks in turn, by single changes and by many.
        bool grows = step / 500 % 2 == 0;
        std::map<std::string, std::optional<double>> scores;
        int changes = below(20) == 0 ? below(60) : 1;
        for (int i = 0; i < changes; i++) {
            std::string name = "m" + std::to_string(below(700));
            bool erases = below(10) < (grows ? 2 : 6);
            scores[name] = erases ? std::nullopt : std::optional<double>(below(25));
        }
        scores["stays"] = below(25);
        change(scores);
        if (step % 50 == 0)
            expect_sound();
        if (step % 1000 == 0)
            expect_ranks();
    }
    expect_sound();
    expect_ranks();
    EXPECT_GT(elements_.known_blocks.size(), 10U);
}

TEST_F(Ranks, FollowRandomChanges) {
    follow_random_changes();
    EXPECT_EQ(elements_.recalls, 0U);
}

TEST_F(Ranks, FollowRandomChangesByBlocksThatAreRemembered) {
    elements_.remembers = true;
    follow_random_changes();
    EXPECT_GT(elements_.recalls, 3000U);
}

TEST_F(Ranks, NeedNoLookForABlockThatIsRemembered) {
    limits_ = {};
    build(numbered(20000, 4000));
    elements_.remembers = true;
    change({{"new", 500.0}});
    uint64_t reads = elements_.reads;
    change({{"newer", 500.0}});
    EXPECT_LE(elements_.reads - reads, 2U);  // the member and the node
    expect_sound();
}

TEST_F(Ranks, SurviveThatTheFirstBlockBeginsLate) {
    build(numbered(200, 200));
    std::map<std::string, std::optional<double>> changes;
    for (const auto& [score, name] : model_)
        if (score < 199)
            changes[name] = std::nullopt;
    change(changes);
    expect_sound();
    for (int i = 0; i < 100; i++) {
        change({{"low" + std::to_string(i), i % 7}});
        expect_sound();
    }
    for (int i = 0; i < 100; i++)
        change({{"high" + std::to_string(i), 200 + i % 7}});
    expect_sound();
    expect_ranks();
}
