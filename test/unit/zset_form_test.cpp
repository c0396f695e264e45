// Sorted sets on their way from the packed form to rows, and large ones.
#include <algorithm>
#include <stdexcept>

#include "zset_session.hpp"

namespace unit {

class ZSetForms : public ZSets {
protected:
    // ZADD of members from first to last, whose names are filled up to a length.
    std::string add(const std::string& key, int first, int last, size_t length = 5) {
        std::vector<std::string> words{"ZADD", key};
        for (int i = first; i <= last; i++) {
            std::string number = std::to_string(i);
            words.push_back(std::to_string(i % 7));
            words.push_back(number +
                            std::string(std::max(length, number.size()) - number.size(), 'x'));
        }
        return run_words(words);
    }
    std::string run_words(const std::vector<std::string>& words) {
        std::string line;
        for (const std::string& word : words)
            line += word + " ";
        return run(line);
    }

    store::Encoding encoding(const std::string& key) { return store.databases[0].at(key).encoding; }
};

INSTANTIATE_TEST_SUITE_P(Once, ZSetForms, testing::Values(ZSetForm::packed));

TEST_P(ZSetForms, MoveToRowsByNumber) {
    EXPECT_EQ(add("k", 1, 128, 0), integer(128));
    EXPECT_FALSE(in_rows("k"));
    EXPECT_EQ(encoding("k"), store::Encoding::plain);
    EXPECT_EQ(add("k", 129, 129, 0), integer(1));
    EXPECT_TRUE(in_rows("k"));
    EXPECT_EQ(encoding("k"), store::Encoding::large);
    EXPECT_EQ(run("ZCARD k"), integer(129));
    EXPECT_EQ(run("ZREMRANGEBYRANK k 0 126"), integer(127));
    EXPECT_TRUE(in_rows("k"));
    EXPECT_EQ(encoding("k"), store::Encoding::large);
}

TEST_P(ZSetForms, MoveToRowsByLengthOfAName) {
    EXPECT_EQ(add("k", 1, 2, 64), integer(2));
    EXPECT_FALSE(in_rows("k"));
    EXPECT_EQ(add("k", 3, 3, 65), integer(1));
    EXPECT_TRUE(in_rows("k"));
    EXPECT_EQ(encoding("k"), store::Encoding::large);
}

TEST_P(ZSetForms, MoveToRowsBySize) {
    EXPECT_EQ(add("k", 1, 26, 50), integer(26));
    EXPECT_EQ(store.databases[0].at("k").value.size(), 2U + 26 * 59);
    EXPECT_EQ(add("k", 27, 27, 50), integer(1));
    EXPECT_TRUE(in_rows("k"));
    EXPECT_EQ(encoding("k"), store::Encoding::plain);  // to Redis it is a listpack
    EXPECT_EQ(add("k", 28, 129, 50), integer(102));
    EXPECT_EQ(encoding("k"), store::Encoding::large);
}

TEST_P(ZSetForms, ChangeScoresOnTheWay) {
    add("k", 1, 100);
    std::vector<std::string> words{"ZADD", "k", "CH"};
    for (int i = 51; i <= 150; i++) {
        words.push_back("50");
        std::string number = std::to_string(i);
        words.push_back(number + std::string(5 - number.size(), 'x'));
    }
    EXPECT_EQ(run_words(words), integer(100));
    EXPECT_TRUE(in_rows("k"));
    EXPECT_EQ(run("ZCOUNT k 50 50"), integer(100));
    EXPECT_EQ(run("ZCARD k"), integer(150));
}

TEST_P(ZSetForms, LoadManyAtOnceWithoutReading) {
    uint64_t reads = store.elements.reads;
    EXPECT_EQ(add("k", 1, 20000), integer(20000));
    EXPECT_EQ(store.elements.reads - reads, 0U);
    EXPECT_TRUE(in_rows("k"));
    EXPECT_GT(store.elements.nodes.size(), 0U);
    EXPECT_EQ(run("ZCOUNT k -inf (1"), integer(2857));
    EXPECT_EQ(run("ZRANGE k 2500 2500").substr(0, 4), "*1\r\n");
}

TEST_P(ZSetForms, ReadFirstAndWriteLast) {
    add("k", 1, 1000);
    uint64_t reads = store.elements.reads;
    uint64_t writes = store.elements.writes;
    run("ZADD k 3 new");
    // Each change is tried on two false states too, which have no elements.
    // The member and its block, which counts twice here.
    EXPECT_LE(store.elements.reads - reads, 3U);
    EXPECT_EQ(store.elements.writes - writes, 1U);  // the member; the only node is in the root
}

TEST_P(ZSetForms, PopWithOneLook) {
    add("k", 1, 1000);
    uint64_t reads = store.elements.reads;
    EXPECT_EQ(run("ZPOPMIN k"), strings({"105xx", "0"}));
    EXPECT_LE(store.elements.reads - reads, 3U);
}

TEST_P(ZSetForms, HoldVeryLongNames) {
    std::string big(100'000, 'b');
    EXPECT_EQ(run({"ZADD", "k", "1", big}), integer(1));
    std::string prefix(2000, 'p');
    for (int i = 0; i < 300; i++)
        EXPECT_EQ(run({"ZADD", "k", "1", prefix + std::to_string(i)}), integer(1));
    EXPECT_EQ(run({"ZSCORE", "k", big}), bulk("1"));
    EXPECT_EQ(run({"ZRANK", "k", big}), integer(0));
    EXPECT_EQ(run({"ZRANK", "k", prefix + "99"}), integer(300));
    EXPECT_EQ(run({"ZRANGEBYLEX", "k", "[" + prefix + "98", "+"}),
              strings({prefix + "98", prefix + "99"}));
    EXPECT_EQ(run({"ZREM", "k", big, prefix + "5"}), integer(2));
    EXPECT_EQ(run("ZCARD k"), integer(299));
}

TEST_P(ZSetForms, FindWhatIsFarInARange) {
    add("k", 1, 2000);
    std::string all = run("ZRANGE k 0 -1");
    for (const char* range : {"ZRANGE k 700 709", "ZRANGE k -inf inf BYSCORE LIMIT 700 10"})
        EXPECT_NE(all.find(run(range).substr(5)), std::string::npos) << range;
    EXPECT_EQ(run("ZRANGE k 700 709"), run("ZRANGE k -inf inf BYSCORE LIMIT 700 10"));
    EXPECT_EQ(run("ZREVRANGE k 700 709"), run("ZREVRANGEBYSCORE k inf -inf LIMIT 700 10"));
    EXPECT_EQ(run("ZREVRANGE k 1999 1999"), run("ZRANGE k 0 0"));
    EXPECT_EQ(run("ZRANGE k 1999 1999"), run("ZREVRANGE k 0 0"));
    EXPECT_EQ(run("ZRANGEBYSCORE k 1 1 LIMIT 280 10").substr(0, 4), "*6\r\n");
    EXPECT_EQ(run("ZRANGEBYSCORE k 1 1 LIMIT 280 -1").substr(0, 4), "*6\r\n");
    EXPECT_EQ(run("ZRANGEBYSCORE k 1 1 LIMIT 300 10"), strings({}));
}

TEST_P(ZSetForms, ScanInRows) {
    add("k", 1, 500);
    std::vector<std::string> found;
    std::string cursor = "0";
    int calls = 0;
    do {
        store::Entry entry;
        store.read({0, "k"}, entry);
        type::ZSet zset;
        ASSERT_TRUE(zset.open(entry).ok());
        uint64_t next = zset.scan(std::stoull(cursor), 10, [&](Bytes name, double) {
            found.emplace_back(name);
            return true;
        });
        cursor = std::to_string(next);
        calls++;
    } while (cursor != "0");
    EXPECT_GE(calls, 50);
    std::sort(found.begin(), found.end());
    EXPECT_EQ(std::unique(found.begin(), found.end()) - found.begin(), 500);
    EXPECT_EQ(run("ZSCAN k 0 COUNT 1000").substr(0, 20), "*2\r\n$1\r\n0\r\n*1000\r\n$5");
}

TEST_P(ZSetForms, AreCopied) {
    add("k", 1, 300);
    add("s", 1, 3);
    for (const char* key : {"k", "s"}) {
        const store::Place places[] = {{0, key}, {0, "copy"}};
        auto change = [&](std::span<store::Entry> entries) -> core::Status {
            type::ZSet zset;
            RETURN_IF_ERROR(zset.open(entries[0]));
            zset.copy_to(entries[1], store.clock + 5000);
            return {};
        };
        ASSERT_TRUE(store.modify(places, change).ok());
        EXPECT_EQ(run("ZRANGE copy 0 -1 WITHSCORES"),
                  run(std::string("ZRANGE ") + key + " 0 -1 WITHSCORES"));
        EXPECT_EQ(run("PTTL copy"), integer(5000));
        run("ZREM copy 1xxxx");
        EXPECT_EQ(run(std::string("ZSCORE ") + key + " 1xxxx"), bulk("1"));
        EXPECT_EQ(encoding("copy"), encoding(key));
    }
}

TEST_P(ZSetForms, AreDroppedWithTheirElements) {
    add("k", 1, 300);
    run("SET k v");
    EXPECT_TRUE(store.elements.empty());
    add("k2", 1, 300);
    run("ZRANGESTORE k2 k2 0 1");
    EXPECT_TRUE(store.elements.empty());
}

TEST_P(ZSetForms, AreRaisedIfCorrupt) {
    add("k", 1, 3);
    std::string good = store.databases[0].at("k").value;
    for (size_t size = 0; size < good.size(); size++) {
        store.databases[0].at("k").value = good.substr(0, size);
        EXPECT_THROW(run("ZRANGE k 0 -1"), std::runtime_error) << size;
        EXPECT_THROW(run("ZADD k 1 new"), std::runtime_error) << size;
    }
    add("r", 1, 300);
    std::string rows = store.databases[0].at("r").value;
    for (size_t size = 9; size < rows.size(); size++) {
        if (size > 26 && (size - 26) % 2 == 0)
            continue;  // a count less
        store.databases[0].at("r").value = rows.substr(0, size);
        EXPECT_THROW(run("ZRANK r 99xxx"), std::runtime_error) << size;
    }
    store.databases[0].at("r").value = rows;
    store.databases[0].erase("k");
}

}  // namespace unit
