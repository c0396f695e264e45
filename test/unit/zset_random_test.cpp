// Random commands on a sorted set, against a map and a set of the standard library.
#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "core/score.hpp"
#include "zset_session.hpp"

namespace unit {

class RandomZSets : public ZSets {
protected:
    using Place = std::pair<double, std::string>;

    int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }
    std::string member() {
        std::string name = "m" + std::to_string(below(names_));
        return below(2) == 0 ? name : long_prefix_ + name;
    }
    static std::string text(double score) { return core::format_score(score); }

    void set(const std::string& name, std::optional<double> score) {
        auto known = scores_.find(name);
        if (known != scores_.end()) {
            order_.erase({known->second, name});
            scores_.erase(known);
        }
        if (score) {
            scores_[name] = *score;
            order_.insert({*score, name});
        }
    }

    std::vector<Place> in_order() const { return {order_.begin(), order_.end()}; }

    void add() {
        static const std::vector<std::string> flags{"", "NX ", "XX ", "GT ", "LT ", "XX GT "};
        const std::string& flag = flags[static_cast<size_t>(below(6))];
        std::string line = "ZADD k CH " + flag;
        int64_t changes = 0;
        int count = below(10) == 0 ? below(100) + 1 : 1;
        for (int i = 0; i < count; i++) {
            std::string name = member();
            double score = below(40) / 2.0;
            line += text(score) + " " + name + " ";
            auto known = scores_.find(name);
            bool there = known != scores_.end();
            if (there ? flag == "NX " : flag.starts_with("XX"))
                continue;
            if (there && ((flag.ends_with("GT ") && score <= known->second) ||
                          (flag == "LT " && score >= known->second)))
                continue;
            changes += !there || known->second != score;
            set(name, score);
        }
        ASSERT_EQ(run(line), integer(changes)) << line;
    }

    void increment() {
        std::string name = member();
        double step = below(21) - 10;
        double sum = (scores_.contains(name) ? scores_[name] : 0) + step;
        set(name, sum);
        ASSERT_EQ(run("ZINCRBY k " + text(step) + " " + name), bulk(text(sum)));
    }

    void remove() {
        int64_t removed = 0;
        std::string line = "ZREM k";
        for (int i = below(5); i >= 0; i--) {
            std::string name = member();
            line += " " + name;
            removed += scores_.contains(name);
            set(name, std::nullopt);
        }
        ASSERT_EQ(run(line), integer(removed));
    }

    void remove_range() {
        double min = below(40) / 2.0;
        double max = min + below(2);
        int64_t removed = 0;
        for (const auto& [score, name] : in_order())
            if (score >= min && score < max) {
                set(name, std::nullopt);
                removed++;
            }
        ASSERT_EQ(run("ZREMRANGEBYSCORE k " + text(min) + " (" + text(max)), integer(removed));
    }

    void pop() {
        bool min = below(2) == 0;
        int count = below(4);
        std::vector<std::string> popped;
        for (; count > 0 && !order_.empty(); count--) {
            auto [score, name] = min ? *order_.begin() : *order_.rbegin();
            popped.insert(popped.end(), {name, text(score)});
            set(name, std::nullopt);
        }
        count = static_cast<int>(popped.size()) / 2;
        ASSERT_EQ(run((min ? "ZPOPMIN k " : "ZPOPMAX k ") + std::to_string(count)),
                  strings(popped));
    }

    void look() {
        std::vector<Place> members = in_order();
        auto size = static_cast<int64_t>(members.size());
        ASSERT_EQ(run("ZCARD k"), integer(size));
        std::string name = member();
        auto at = std::find_if(members.begin(), members.end(),
                               [&](const Place& place) { return place.second == name; });
        bool there = at != members.end();
        ASSERT_EQ(run("ZSCORE k " + name), there ? bulk(text(at->first)) : null);
        ASSERT_EQ(run("ZRANK k " + name), there ? integer(at - members.begin()) : null);
        ASSERT_EQ(run("ZREVRANK k " + name), there ? integer(members.end() - at - 1) : null);

        double min = below(40) / 2.0;
        double max = min + below(6);
        ASSERT_EQ(run("ZCOUNT k (" + text(min) + " " + text(max)),
                  integer(std::count_if(members.begin(), members.end(), [&](const Place& place) {
                      return place.first > min && place.first <= max;
                  })));
        look_at_ranks(members);
    }

    void look_at_ranks(std::vector<Place> members) {
        bool reverse = below(2) == 0;
        if (reverse)
            std::reverse(members.begin(), members.end());
        auto first = static_cast<size_t>(below(names_ * 2));
        size_t count = static_cast<size_t>(below(10)) + 1;
        std::vector<std::string> expected;
        for (size_t i = first; i < std::min(first + count, members.size()); i++)
            expected.insert(expected.end(), {members[i].second, text(members[i].first)});
        std::string ranks = std::to_string(first) + " " + std::to_string(first + count - 1);
        ASSERT_EQ(run("ZRANGE k " + ranks + " WITHSCORES" + (reverse ? " REV" : "")),
                  strings(expected));
    }

    void run_steps(int steps, int names) {
        names_ = names;
        for (int step = 0; step < steps && !HasFatalFailure(); step++) {
            if (scores_.empty()) {
                load("k", "1 m0");
                set("m0", 1);
            }
            bool grows = step / 250 % 2 == 0;
            switch (below(grows ? 6 : 10)) {
                case 0:
                case 1:
                    add();
                    break;
                case 2:
                    increment();
                    break;
                case 3:
                    pop();
                    break;
                case 4:
                case 5:
                    look();
                    break;
                case 6:
                    remove_range();
                    break;
                default:
                    remove();
            }
        }
    }

    std::mt19937 random_{static_cast<unsigned>(GetParam()) + 17};
    int names_ = 0;
    std::string long_prefix_ = "p";
    std::map<std::string, double> scores_;
    std::set<Place> order_;
};

INSTANTIATE_TEST_SUITE_P(BothForms, RandomZSets, both_forms, name_of);

TEST_P(RandomZSets, Small) {
    run_steps(8000, 40);
}

TEST_P(RandomZSets, Large) {
    run_steps(3000, 400);
}

TEST_P(RandomZSets, OfLongNames) {
    long_prefix_ = std::string(1100, 'p');
    run_steps(1500, 100);
}

}  // namespace unit
