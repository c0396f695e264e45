// A command's reply as jsonb.
#pragma once

#include "sql/datum_reply.hpp"

extern "C" {
#include "lib/stringinfo.h"
}

namespace sql {

// Arrays, sets and pairs become arrays, maps objects. A reply that is one string is JSON itself.
class JsonReply final : public DatumReply {
public:
    void status(const char* text) override { bulk(text); }
    void integer(int64_t value) override;
    void bulk(Bytes value) override;
    void null() override;
    void null_array() override { null(); }
    void real(double value) override;
    void begin_array() override { begin(false); }
    void end_array() override { end(); }
    void begin_map() override { begin(true); }
    void end_map() override { end(); }
    void begin_set() override { begin(false); }
    void end_set() override { end(); }
    void begin_pair() override { begin(false); }
    void end_pair() override { end(); }

    Datum result(FunctionCallInfo fcinfo) override;

private:
    // How deep arrays and maps may lie in each other; commands know few levels.
    static constexpr int most_levels = 8;
    struct Level {
        bool is_map;
        size_t items;
    };

    void begin(bool is_map);
    void end();
    // What stands in front of the next item; true if that is a key of a map.
    bool begin_item();
    void write(Bytes literal);
    void write_string(Bytes text);

    StringInfo json_ = nullptr;
    StringInfo string_ = nullptr;  // the last one, with a zero byte at its end
    int depth_ = 0;
    Level levels_[most_levels + 1] = {};
};

}  // namespace sql
