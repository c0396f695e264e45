// Sorted sets under test in both forms: packed, and in rows. TEST_P runs in each.
#pragma once

#include <string>
#include <vector>

#include "session.hpp"
#include "type/zset.hpp"

namespace unit {

enum class ZSetForm { packed, rows };

class ZSets : public Session, public testing::WithParamInterface<ZSetForm> {
protected:
    // Adds "score name score name ..." to a key, which then has the form under test.
    void load(const std::string& key, const std::string& pairs) {
        run("ZADD " + key + " " + pairs);
        if (GetParam() == ZSetForm::rows) {
            std::string long_name(100, 'x');
            run("ZADD " + key + " 0 " + long_name);
            run("ZREM " + key + " " + long_name);
        }
    }

    bool in_rows(const std::string& key) {
        return store::collection_of(store.databases[0].at(key).value).has_value();
    }

    // Also checks that nothing is left of what is gone.
    void TearDown() override {
        size_t members = 0;
        size_t blocks = 0;
        for (const auto& [key, record] : store.databases[0]) {
            if (record.type != store::Type::zset)
                continue;
            store::Entry entry;
            store.read({0, key}, entry);
            type::ZSet zset;
            ASSERT_TRUE(zset.open(entry).ok());
            for (const std::string& problem : zset.problems())
                ADD_FAILURE() << key << ": " << problem;
            if (in_rows(key)) {
                members += static_cast<size_t>(zset.size());
                blocks++;
            }
        }
        EXPECT_EQ(store.elements.scores.size(), members);
        EXPECT_GE(store.elements.known_blocks.size(), blocks);
        if (members == 0) {
            EXPECT_TRUE(store.elements.empty());
        }
    }
};

inline std::string name_of(const testing::TestParamInfo<ZSetForm>& info) {
    return info.param == ZSetForm::packed ? "Packed" : "InRows";
}

inline const auto both_forms = testing::Values(ZSetForm::packed, ZSetForm::rows);

}  // namespace unit
