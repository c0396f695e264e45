#include "sql/datum_reply.hpp"

#include "core/number.hpp"
#include "pg/guard.hpp"

extern "C" {
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/tuplestore.h"
}

namespace sql {

using command::ResultKind;

DatumReply::DatumReply(ResultKind kind, Form form, std::span<const Bytes> keys,
                       FunctionCallInfo fcinfo)
    : kind_(kind), form_(form), keys_(keys), fcinfo_(fcinfo) {
    if (is_row_set())
        pg::call([&] {
            bool is_scalar = kind_ == ResultKind::key_set || kind_ == ResultKind::text_set;
            InitMaterializedSRF(fcinfo_, is_scalar ? MAT_SRF_USE_EXPECTED_DESC : 0);
            rows_ = reinterpret_cast<ReturnSetInfo*>(fcinfo_->resultinfo);
        });
}

bool DatumReply::is_row_set() const {
    switch (kind_) {
        case ResultKind::text_set:
        case ResultKind::key_set:
        case ResultKind::key_values:
        case ResultKind::scan:
            return true;
        default:
            return false;
    }
}

Datum DatumReply::to_text(Bytes value) const {
    if (!pg_verify_mbstr(GetDatabaseEncoding(), value.data(), static_cast<int>(value.size()), true))
        ereport(ERROR, (errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
                        errmsg("a key or value is not valid text in the database's encoding \"%s\"",
                               GetDatabaseEncodingName()),
                        errhint("Call the function with bytea arguments, which returns bytea: "
                                "kv.get('key'::bytea).")));
    return PointerGetDatum(cstring_to_text_with_len(value.data(), static_cast<int>(value.size())));
}

// A value in the type that the function's arguments have.
Datum DatumReply::to_datum(Bytes value) const {
    if (form_ != Form::bytea)
        return to_text(value);
    auto* datum = static_cast<bytea*>(palloc(value.size() + VARHDRSZ));
    SET_VARSIZE(datum, value.size() + VARHDRSZ);
    memcpy(VARDATA(datum), value.data(), value.size());
    return PointerGetDatum(datum);
}

void DatumReply::add_row(Datum value, bool is_null) {
    Datum values[2] = {value, value};
    bool nulls[2] = {is_null, is_null};
    if (kind_ == ResultKind::key_values) {
        values[0] = to_datum(keys_[row_count_]);
        nulls[0] = false;
    }
    row_count_++;
    tuplestore_putvalues(rows_->setResult, rows_->setDesc, values, nulls);
}

// The cursor, then the keys.
void DatumReply::add_scan_part(Bytes value) {
    if (depth_ == 1)
        cursor_ = core::parse_integer(value).value_or(0);
    else
        scanned_ =
            accumArrayResult(scanned_, to_datum(value), false,
                             form_ == Form::bytea ? BYTEAOID : TEXTOID, CurrentMemoryContext);
}

void DatumReply::write_json(Bytes item, bool quoted) {
    size_t& items = json_items_[depth_];
    if (items > 0)
        appendStringInfoString(json_, json_is_map_[depth_] && items % 2 == 1 ? ": " : ", ");
    items++;
    if (!quoted) {
        appendBinaryStringInfo(json_, item.data(), static_cast<int>(item.size()));
        return;
    }
    escape_json(json_, text_to_cstring(DatumGetTextPP(to_text(item))));
}

void DatumReply::finish_json() {
    value_ = DirectFunctionCall1(jsonb_in, CStringGetDatum(json_->data));
    is_null_ = false;
}

void DatumReply::status(const char* text) {
    bulk(text);
}

void DatumReply::integer(int64_t value) {
    if (kind_ == ResultKind::json) {
        core::IntegerText text(value);
        pg::call([&] { write_json(text.bytes(), false); });
        return;
    }
    value_ = kind_ == ResultKind::boolean ? BoolGetDatum(value != 0) : Int64GetDatum(value);
    is_null_ = false;
}

void DatumReply::bulk(Bytes value) {
    pg::call([&] {
        switch (kind_) {
            case ResultKind::text_set:
                add_row(to_text(value), false);
                return;
            case ResultKind::key_set:
            case ResultKind::key_values:
                add_row(to_datum(value), false);
                return;
            case ResultKind::scan:
                add_scan_part(value);
                return;
            case ResultKind::json:
                if (depth_ > 0)
                    write_json(value, true);
                else
                    value_ = DirectFunctionCall1(
                        jsonb_in, PointerGetDatum(text_to_cstring(DatumGetTextPP(to_text(value)))));
                break;
            case ResultKind::numeric:
                value_ = DirectFunctionCall3(numeric_in,
                                             PointerGetDatum(pnstrdup(value.data(), value.size())),
                                             ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
                break;
            case ResultKind::status:
            case ResultKind::text:
                value_ = to_text(value);
                break;
            default:
                value_ = to_datum(value);
        }
        is_null_ = false;
    });
}

void DatumReply::null() {
    if (kind_ == ResultKind::key_values)
        pg::call([&] { add_row(0, true); });
}

void DatumReply::real(double value) {
    value_ = Float8GetDatum(value);
    is_null_ = false;
}

void DatumReply::begin(bool is_map) {
    if (kind_ == ResultKind::json)
        pg::call([&] {
            if (!json_)
                json_ = makeStringInfo();
            write_json(is_map ? "{" : "[", false);
        });
    depth_++;
    json_items_[depth_] = 0;
    json_is_map_[depth_] = is_map;
}

void DatumReply::end() {
    if (kind_ == ResultKind::json)
        pg::call([&] {
            appendStringInfoChar(json_, json_is_map_[depth_] ? '}' : ']');
            if (depth_ == 1)
                finish_json();
        });
    depth_--;
}

Datum DatumReply::result() {
    if (kind_ == ResultKind::scan)
        pg::call([&] {
            bool is_bytea = form_ == Form::bytea;
            Datum keys =
                scanned_ ? makeArrayResult(scanned_, CurrentMemoryContext)
                         : PointerGetDatum(construct_empty_array(is_bytea ? BYTEAOID : TEXTOID));
            Datum values[2] = {Int64GetDatum(cursor_), keys};
            bool nulls[2] = {};
            tuplestore_putvalues(rows_->setResult, rows_->setDesc, values, nulls);
        });
    fcinfo_->isnull = is_null_;
    return value_;
}

}  // namespace sql
