// A command's reply as what the SQL function returns: one Datum, or rows.
#pragma once

#include "command/reply.hpp"
#include "sql/arguments.hpp"

extern "C" {
#include "lib/stringinfo.h"
}

namespace sql {

class DatumReply final : public command::Reply {
public:
    DatumReply(command::ResultKind kind, Form form, std::span<const Bytes> keys,
               FunctionCallInfo fcinfo);

    void status(const char* text) override;
    void integer(int64_t value) override;
    void bulk(Bytes value) override;
    void null() override;
    void null_array() override {}
    void real(double value) override;
    void begin_array() override { begin(false); }
    void end_array() override { end(); }
    void begin_map() override { begin(true); }
    void end_map() override { end(); }
    void begin_set() override { begin(false); }
    void end_set() override { end(); }
    void begin_pair() override {}
    void end_pair() override {}

    // The function's result, when the command is done.
    Datum result();

private:
    void begin(bool is_map);
    void end();
    bool is_row_set() const;
    Datum to_datum(Bytes value) const;
    Datum to_text(Bytes value) const;
    void add_row(Datum value, bool is_null);
    void add_scan_part(Bytes value);
    void write_json(Bytes text, bool quoted);
    void finish_json();

    command::ResultKind kind_;
    Form form_;
    std::span<const Bytes> keys_;  // for a row with key and value each
    FunctionCallInfo fcinfo_;
    ReturnSetInfo* rows_ = nullptr;
    Datum value_ = 0;
    bool is_null_ = true;
    int depth_ = 0;
    size_t row_count_ = 0;
    int64 cursor_ = 0;  // of a scan
    ArrayBuildState* scanned_ = nullptr;
    StringInfo json_ = nullptr;
    bool json_is_map_[8] = {};  // by depth
    size_t json_items_[8] = {};
};

}  // namespace sql
