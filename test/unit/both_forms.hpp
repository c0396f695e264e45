// Tests of hashes and sets that run twice: with collections packed and in rows.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "session.hpp"

namespace unit {

class BothForms : public Session, public testing::WithParamInterface<store::Form> {
protected:
    // Make a collection in the test's form: in rows it begins with what is too long to be packed.
    void make_hash(const std::string& key, const std::string& fields) {
        make("HSET", "HDEL", key, fields, too_long + " v");
    }
    void make_set(const std::string& key, const std::string& members) {
        make("SADD", "SREM", key, members, too_long);
    }

    store::Form form_of(const std::string& key) {
        const std::string& value = store.databases[0].at(key).value;
        return store::collection_of(value) ? store::Form::rows : store::Form::packed;
    }

    // The bulk strings of a reply, sorted.
    static std::vector<std::string> texts(Bytes reply) {
        std::vector<std::string> found;
        while (!reply.empty()) {
            size_t line = reply.find("\r\n") + 2;
            size_t size = 0;
            if (reply.front() == '$' && reply[1] != '-') {
                size = std::stoul(std::string(reply.substr(1, line - 3)));
                found.emplace_back(reply.substr(line, size));
                size += 2;
            }
            reply.remove_prefix(line + size);
        }
        std::sort(found.begin(), found.end());
        return found;
    }
    using Texts = std::vector<std::string>;

    static inline const std::string too_long = std::string(65, 'x');

private:
    void make(const std::string& put, const std::string& erase, const std::string& key,
              const std::string& elements, const std::string& other) {
        if (GetParam() == store::Form::rows)
            run(put + " " + key + " " + other);
        run(put + " " + key + " " + elements);
        if (GetParam() == store::Form::rows)
            run(erase + " " + key + " " + too_long);
        ASSERT_EQ(form_of(key), GetParam());
    }
};

inline std::string name_of_form(const testing::TestParamInfo<store::Form>& info) {
    return info.param == store::Form::rows ? "Rows" : "Packed";
}

#define INSTANTIATE_BOTH_FORMS(suite)                                                              \
    INSTANTIATE_TEST_SUITE_P(Form, suite, testing::Values(store::Form::packed, store::Form::rows), \
                             name_of_form)

}  // namespace unit
