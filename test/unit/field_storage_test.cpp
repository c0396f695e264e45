// Hashes and sets against a map, from empty into rows and on; what their scans promise; that their
// picks are fair.
#include <map>
#include <random>
#include <set>

#include "both_forms.hpp"
#include "type/hash.hpp"

namespace unit {

namespace {

class FieldStorage : public BothForms {
protected:
    void expect_rows_of(const std::map<std::string, std::string>& model) {
        if (model.empty()) {
            EXPECT_TRUE(store.databases[0].empty());
            EXPECT_TRUE(store.elements.empty());
            return;
        }
        if (form_of("k") == store::Form::rows) {
            EXPECT_EQ(store.elements.field_values.size(), model.size());
        }
    }

    // Passes each answer's cursor on, until it is 0. Between the calls something else may happen.
    template <class Between>
    std::set<std::string> scan_all(const std::string& command, const std::string& options,
                                   Between between) {
        std::set<std::string> found;
        std::string cursor = "0";
        do {
            std::string reply = run(command + " k " + cursor + " " + options);
            size_t begin = reply.find("\r\n", 4) + 2;
            size_t end = reply.find("\r\n", begin);
            cursor = reply.substr(begin, end - begin);
            for (const std::string& text : texts(Bytes(reply).substr(end + 2)))
                found.insert(text);
            between();
        } while (cursor != "0");
        return found;
    }

    void expect_fair(const std::string& command, size_t size, int draws) {
        std::map<std::string, int> counts;
        for (int i = 0; i < draws; i++)
            for (const std::string& text : texts(run(command)))
                counts[text]++;
        EXPECT_EQ(counts.size(), size);
        double total = 0;
        for (const auto& [text, count] : counts)
            total += count;
        double expected = total / static_cast<double>(size);
        double chi_squared = 0;
        for (const auto& [text, count] : counts)
            chi_squared += (count - expected) * (count - expected) / expected;
        EXPECT_LT(chi_squared, 100) << command;  // of 59 degrees: with a probability of 0.0007
    }

    std::string sixty() {
        std::string text;
        for (int i = 10; i < 70; i++)
            text += " " + std::to_string(i);
        return text;
    }
};

INSTANTIATE_BOTH_FORMS(FieldStorage);

}  // namespace

TEST_P(FieldStorage, IsAMap) {
    std::mt19937 generator(1);
    for (int names : {5, 60, 200}) {
        std::map<std::string, std::string> model;
        for (int step = 0; step < 2000; step++) {
            std::string name = std::to_string(generator() % names);
            std::string value(generator() % 30, static_cast<char>('a' + generator() % 26));
            bool is_there = model.contains(name);
            switch (generator() % 8) {
                case 0:
                case 1:
                case 2:
                    EXPECT_EQ(run({"HSET", "k", name, value}), integer(!is_there));
                    model[name] = value;
                    break;
                case 3:
                    EXPECT_EQ(run({"HSETNX", "k", name, value}), integer(!is_there));
                    model.emplace(name, value);
                    break;
                case 4:
                    EXPECT_EQ(run({"HSET", "k", name, "x", name, value}), integer(!is_there));
                    model[name] = value;
                    break;
                case 5:
                case 6:
                    EXPECT_EQ(run({"HDEL", "k", name, name}), integer(is_there));
                    model.erase(name);
                    break;
                default:
                    EXPECT_EQ(run({"HGET", "k", name}), is_there ? bulk(model[name]) : null);
            }
            if (generator() % 500 == 0) {
                run("DEL k");
                model.clear();
            }
            ASSERT_EQ(run("HLEN k"), integer(static_cast<int64_t>(model.size())));
            expect_rows_of(model);
        }
        Texts all;
        for (const auto& [name, value] : model)
            all.insert(all.end(), {name, value});
        std::sort(all.begin(), all.end());
        EXPECT_EQ(texts(run("HGETALL k")), all);
        run("DEL k");
    }
}

TEST_P(FieldStorage, IsASet) {
    std::mt19937 generator(2);
    std::set<std::string> model;
    for (int step = 0; step < 3000; step++) {
        std::string first = std::to_string(generator() % 150);
        std::string second = std::to_string(generator() % 150);
        switch (generator() % 16) {
            case 0:
                for (const std::string& member : texts(run("SPOP k")))
                    EXPECT_EQ(model.erase(member), 1U);
                break;
            case 1: {
                std::string count = std::to_string(generator() % (step % 100 == 0 ? 200 : 10));
                for (const std::string& member : texts(run({"SPOP", "k", count})))
                    EXPECT_EQ(model.erase(member), 1U);
                break;
            }
            case 2:
            case 3:
            case 4: {
                auto erased = static_cast<int64_t>(model.erase(first) + model.erase(second));
                EXPECT_EQ(run({"SREM", "k", first, second}), integer(erased));
                break;
            }
            case 5:
                for (const std::string& member : texts(run({"SRANDMEMBER", "k", first})))
                    EXPECT_TRUE(model.contains(member));
                break;
            default: {
                auto added = static_cast<int64_t>(model.insert(first).second) +
                             static_cast<int64_t>(model.insert(second).second);
                EXPECT_EQ(run({"SADD", "k", first, second}), integer(added));
            }
        }
        ASSERT_EQ(run("SCARD k"), integer(static_cast<int64_t>(model.size())));
    }
    EXPECT_EQ(texts(run("SMEMBERS k")), Texts(model.begin(), model.end()));
}

TEST_P(FieldStorage, IsScannedWhileItChanges) {
    std::mt19937 generator(3);
    make_set("k", sixty());
    if (GetParam() == store::Form::rows)
        for (int i = 100; i < 200; i++)
            run("SADD k stays" + std::to_string(i));
    Texts before = texts(run("SMEMBERS k"));
    auto change = [&] {
        for (int i = 0; i < 20; i++)
            run((generator() % 2 == 0 ? "SADD k new" : "SREM k new") +
                std::to_string(generator() % 1000));
    };
    for (const char* options : {"", "COUNT 1", "COUNT 7", "COUNT 1000"}) {
        std::set<std::string> found = scan_all("SSCAN", options, change);
        for (const std::string& member : before)
            EXPECT_TRUE(found.contains(member)) << member;
    }
}

TEST_P(FieldStorage, IsScannedInSteps) {
    make_set("k", sixty());
    int calls = 0;
    auto count_call = [&] {
        calls++;
    };
    EXPECT_EQ(scan_all("SSCAN", "COUNT 10", count_call).size(), 60U);
    EXPECT_EQ(calls, GetParam() == store::Form::rows ? 6 : 1);
    EXPECT_EQ(scan_all("SSCAN", "MATCH 1* COUNT 10", count_call).size(), 10U);
    EXPECT_EQ(calls, GetParam() == store::Form::rows ? 12 : 2);
    EXPECT_EQ(run("SSCAN k 9223372036854775808"),
              GetParam() == store::Form::rows ? "*2\r\n$1\r\n0\r\n*0\r\n" : run("SSCAN k 0"));
}

TEST_P(FieldStorage, IsPickedFromFairly) {
    make_set("k", sixty());
    expect_fair("SRANDMEMBER k", 60, 3000);
    expect_fair("SRANDMEMBER k -100", 60, 30);
    expect_fair("SRANDMEMBER k 2", 60, 1500);
    expect_fair("SRANDMEMBER k 30", 60, 200);
}

TEST_P(FieldStorage, IsPoppedFromFairly) {
    std::map<std::string, int> counts;
    for (int round = 0; round < 300; round++) {
        make_set("k", "0 1 2 3 4 5 6 7 8 9");
        for (const std::string& member : texts(run(round % 2 == 0 ? "SPOP k 3" : "SPOP k 9")))
            counts[member]++;
        run("DEL k");
    }
    for (const auto& [member, count] : counts)
        EXPECT_NEAR(count, 180, 45) << member;
    EXPECT_EQ(counts.size(), 10U);
}

}  // namespace unit
