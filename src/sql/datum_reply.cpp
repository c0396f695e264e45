#include "sql/datum_reply.hpp"

#include "core/number.hpp"
#include "core/score.hpp"
#include "pg/guard.hpp"

extern "C" {
#include "utils/fmgrprotos.h"
}

namespace sql {

namespace {

Datum make_bytes(Bytes value) {
    auto* datum = static_cast<bytea*>(palloc(value.size() + VARHDRSZ));
    SET_VARSIZE(datum, value.size() + VARHDRSZ);
    memcpy(VARDATA(datum), value.data(), value.size());
    return PointerGetDatum(datum);
}

Datum make_text(Bytes value) {
    if (!is_valid_text(value))
        raise_invalid_text();
    return make_bytes(value);
}

Datum make_numeric(Bytes value) {
    return DirectFunctionCall3(numeric_in, CStringGetDatum(pnstrdup(value.data(), value.size())),
                               ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

// Without a zero byte, ASCII is valid in all encodings of databases.
bool is_ascii(Bytes value) {
    constexpr uint64 ones = 0x0101010101010101;
    constexpr uint64 high_bits = ones << 7;
    uint64 unusual = 0;
    const char* at = value.data();
    const char* end = at + value.size();
    for (; end - at >= 8; at += 8) {
        uint64 word;
        memcpy(&word, at, sizeof(word));
        unusual |= word | (word - ones);  // subtracting leaves a high bit where a byte is zero
    }
    for (; at < end; at++)
        unusual |= static_cast<uint64>(*at & 0x80 || *at == 0) << 7;
    return (unusual & high_bits) == 0;
}

template <class Number>
Number expect(std::optional<Number> number) {
    if (!number)
        throw std::logic_error("a command's reply is not the number that its function returns");
    return *number;
}

}  // namespace

Oid type_of(Column column, Form form) {
    switch (column) {
        case Column::bytes:
            return form == Form::bytea ? BYTEAOID : TEXTOID;
        case Column::text:
            return TEXTOID;
        case Column::binary:
            return BYTEAOID;
        case Column::integer:
            return INT8OID;
        case Column::boolean:
            return BOOLOID;
        case Column::numeric:
            return NUMERICOID;
        case Column::real:
            return FLOAT8OID;
        case Column::none:
            break;
    }
    return InvalidOid;
}

bool is_valid_text(Bytes value) {
    return is_ascii(value) || pg_verify_mbstr(GetDatabaseEncoding(), value.data(),
                                              static_cast<int>(value.size()), true);
}

void raise_invalid_text() {
    ereport(ERROR, (errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
                    errmsg("a key or value is not valid text in the database's encoding \"%s\"",
                           GetDatabaseEncodingName()),
                    errhint("Call the function with bytea arguments, which returns bytea: "
                            "kv.get('key'::bytea).")));
    pg_unreachable();
}

Datum to_datum(Column column, Form form, Bytes value) {
    switch (column) {
        case Column::bytes:
            return form == Form::bytea ? make_bytes(value) : make_text(value);
        case Column::text:
            return make_text(value);
        case Column::binary:
            return make_bytes(value);
        case Column::numeric:
            return make_numeric(value);
        case Column::real:
            return Float8GetDatum(expect(core::parse_score(value)));
        case Column::integer:
            return Int64GetDatum(expect(core::parse_integer(value)));
        default:
            throw std::logic_error("a command's reply is not what its function returns");
    }
}

Datum to_datum(Column column, Form form, int64 value) {
    switch (column) {
        case Column::integer:
            return Int64GetDatum(value);
        case Column::boolean:
            return BoolGetDatum(value != 0);
        case Column::real:
            return Float8GetDatum(static_cast<double>(value));
        default:
            core::IntegerText text(value);
            return to_datum(column, form, text.bytes());
    }
}

Datum to_datum(Column column, Form form, double value) {
    if (column == Column::real)
        return Float8GetDatum(value);
    char text[40];
    size_t size = core::format_score(value).copy(text, sizeof(text));
    return to_datum(column, form, Bytes(text, size));
}

void ValueReply::set(Datum value) {
    value_ = value;
    is_null_ = false;
}

void ValueReply::integer(int64_t value) {
    if (column_ == Column::integer)
        set(Int64GetDatum(value));
    else
        pg::call([&] { set(to_datum(column_, form_, value)); });
}

void ValueReply::bulk(Bytes value) {
    pg::call([&] { set(to_datum(column_, form_, value)); });
}

void ValueReply::real(double value) {
    pg::call([&] { set(to_datum(column_, form_, value)); });
}

Datum ValueReply::result(FunctionCallInfo fcinfo) {
    fcinfo->isnull = is_null_;
    return value_;
}

}  // namespace sql
