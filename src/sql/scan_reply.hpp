// The reply of SCAN and its like as one row: the cursor, and arrays of what was found.
#pragma once

#include "sql/datum_reply.hpp"

namespace sql {

class ScanReply final : public DatumReply {
public:
    ScanReply(const ResultShape& shape, Form form, FunctionCallInfo fcinfo);

    void status(const char* text) override { bulk(text); }
    void integer(int64_t value) override;
    void bulk(Bytes value) override;
    void null() override {}
    void null_array() override {}
    void real(double value) override;
    void begin_array() override { depth_++; }
    void end_array() override { depth_--; }
    void begin_map() override { depth_++; }
    void end_map() override { depth_--; }
    void begin_set() override { depth_++; }
    void end_set() override { depth_--; }
    void begin_pair() override {}
    void end_pair() override {}

    Datum result(FunctionCallInfo fcinfo) override;

private:
    // Adds to the arrays in turn. These call PostgreSQL.
    template <class Value>
    void add(Value value);
    Datum array(int column) const;

    ResultShape shape_;
    Form form_;
    ReturnSetInfo* rows_;
    int width_;
    int depth_ = 0;
    int64 cursor_ = 0;
    size_t count_ = 0;
    ArrayBuildState* arrays_[ResultShape::most_columns] = {};
};

}  // namespace sql
