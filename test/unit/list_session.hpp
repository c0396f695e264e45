// A client of the list commands that looks at how the lists are stored, after each command.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "core/listpack.hpp"
#include "core/packed_list.hpp"
#include "session.hpp"

namespace unit {

class ListSession : public Session {
protected:
    // What a list in rows tells of itself.
    struct Rows {
        store::CollectionId collection;
        int64_t head;
        int64_t size;
        uint64_t bytes;
    };

    std::string call(Bytes line) { return checked(run(line)); }
    std::string call(std::initializer_list<Bytes> arguments) { return checked(run(arguments)); }
    std::string call(std::span<const Bytes> arguments) { return checked(run(arguments)); }

    bool in_rows(const std::string& key) { return !value(key).empty() && value(key).front() == 1; }
    Rows rows(const std::string& key) {
        Rows rows;
        EXPECT_EQ(value(key).size(), 1 + sizeof(rows));
        std::memcpy(&rows, value(key).data() + 1, sizeof(rows));
        return rows;
    }
    std::string all(const std::string& key) { return run({"LRANGE", key, "0", "-1"}); }

    // A list is not empty, fits its form, and what it tells of its rows is true.
    void check() {
        size_t items = 0;
        for (const auto& [key, record] : store.databases[0])
            if (record.type == store::Type::list)
                items += in_rows(key) ? check_rows(key) : check_packed(key);
        EXPECT_EQ(store.elements.item_values.size(), items) << "items are left that have no list";
    }

    static std::string long_item(char letter = 'x') { return std::string(65, letter); }

private:
    std::string checked(std::string reply) {
        check();
        return reply;
    }

    const std::string& value(const std::string& key) { return store.databases[0][key].value; }

    size_t check_packed(const std::string& key) {
        core::PackedList list(Bytes(value(key)).substr(1));
        size_t size = 2;
        list.walk(0, list.size(), [&](size_t, Bytes item) {
            EXPECT_LE(item.size(), 64U);
            size += 1 + item.size();
            return true;
        });
        EXPECT_GT(list.size(), 0U);
        EXPECT_LE(list.size(), 128U);
        EXPECT_LE(size, 1024U);
        EXPECT_EQ(size, value(key).size());
        EXPECT_EQ(store.databases[0][key].encoding, store::Encoding::plain);
        return 0;
    }

    size_t check_rows(const std::string& key) {
        Rows list = rows(key);
        EXPECT_GT(list.size, 0);
        uint64_t bytes = 0;
        int64_t position = list.head;
        const auto& values = store.elements.item_values;
        for (auto at = values.lower_bound({list.collection, INT64_MIN});
             at != values.end() && at->first.first == list.collection; ++at) {
            EXPECT_EQ(at->first.second, position++);
            bytes += core::listpack_entry_size(at->second);
        }
        EXPECT_EQ(position - list.head, list.size);
        EXPECT_EQ(bytes, list.bytes);
        return static_cast<size_t>(list.size);
    }
};

// Runs a test with lists that are packed, and with lists in rows.
class ListTest : public ListSession, public testing::WithParamInterface<store::Form> {
protected:
    void SetUp() override { run("SET string value"); }

    // Makes a list of the test's form: make("key item item").
    void make(const std::string& line) {
        run("RPUSH " + line);
        if (GetParam() == store::Form::packed)
            return;
        std::string key = line.substr(0, line.find(' '));
        run({"RPUSH", key, long_item()});
        run({"RPOP", key});
        EXPECT_TRUE(in_rows(key));
    }
};

inline std::string name_of_form(const testing::TestParamInfo<store::Form>& form) {
    return form.param == store::Form::packed ? "Packed" : "Rows";
}

}  // namespace unit

#define IN_BOTH_FORMS(suite)                                                                       \
    INSTANTIATE_TEST_SUITE_P(Form, suite, testing::Values(store::Form::packed, store::Form::rows), \
                             name_of_form)
