// A command's reply as rows.
#pragma once

#include "sql/datum_reply.hpp"
#include "sql/row_writer.hpp"

namespace sql {

// What the reply gives fills a row's columns in turn; a row that is full is done. Between the
// beginning and the end of a pair or map that is all; elsewhere a string begins a row, so that a
// reply of fields or members alone leaves what else the row has null.
class RowReply final : public DatumReply {
public:
    // `asked` is for the first column, where the shape wants that.
    RowReply(const ResultShape& shape, Form form, std::span<const Bytes> asked,
             FunctionCallInfo fcinfo);

    void status(const char* text) override { bulk(text); }
    void integer(int64_t value) override;
    void bulk(Bytes value) override;
    void null() override;
    void null_array() override {}
    void real(double value) override;
    void begin_array() override { depth_++; }
    void end_array() override { end(); }
    void begin_map() override { begin_paired(); }
    void end_map() override { end(); }
    void begin_set() override { depth_++; }
    void end_set() override { end(); }
    void begin_pair() override { begin_paired(); }
    void end_pair() override { end(); }

    Datum result(FunctionCallInfo fcinfo) override;

private:
    void begin_paired();
    void end();
    bool is_key() const { return shape_.style == ResultShape::Style::keyed && depth_ == 1; }
    bool is_begun() const { return row_.filled() > 0; }
    // The column that is filled next, after those that the reply does not fill row by row.
    Column next();
    template <class Value>
    void add(Value value);
    void add_bytes(Column column, Bytes value);
    void added();
    void put_row();

    ResultShape shape_;
    Form form_;
    std::span<const Bytes> asked_;
    ReturnSetInfo* rows_;
    int depth_ = 0;
    bool is_paired_ = false;
    size_t row_count_ = 0;
    std::string key_;  // of a keyed reply
    RowWriter row_;
};

}  // namespace sql
