// A command's reply as what its SQL function returns: one value, jsonb, or rows.
#pragma once

#include "command/reply.hpp"
#include "sql/result_shape.hpp"

namespace sql {

class DatumReply : public command::Reply {
public:
    // The function's result, when the command is done; also sets fcinfo->isnull.
    virtual Datum result(FunctionCallInfo fcinfo) = 0;

protected:
    ~DatumReply() = default;
};

// The type of a column where the function was called in a form.
Oid type_of(Column column, Form form);

// Whether bytes may be shown as text, and the error if they may not.
bool is_valid_text(Bytes value);
[[noreturn]] void raise_invalid_text();

// What a reply gives, for a column of a type. These call PostgreSQL.
Datum to_datum(Column column, Form form, Bytes value);
Datum to_datum(Column column, Form form, int64 value);
Datum to_datum(Column column, Form form, double value);

// One value: the last that the reply gives.
class ValueReply final : public DatumReply {
public:
    ValueReply(Column column, Form form) : column_(column), form_(form) {}

    void status(const char* text) override { bulk(text); }
    void integer(int64_t value) override;
    void bulk(Bytes value) override;
    void null() override {}
    void null_array() override {}
    void real(double value) override;
    void begin_array() override {}
    void end_array() override {}
    void begin_map() override {}
    void end_map() override {}
    void begin_set() override {}
    void end_set() override {}
    void begin_pair() override {}
    void end_pair() override {}

    Datum result(FunctionCallInfo fcinfo) override;

private:
    void set(Datum value);

    Column column_;
    Form form_;
    Datum value_ = 0;
    bool is_null_ = true;
};

}  // namespace sql
