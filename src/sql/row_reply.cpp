#include "sql/row_reply.hpp"

#include "pg/guard.hpp"

namespace sql {

using Style = ResultShape::Style;

RowReply::RowReply(const ResultShape& shape, Form form, std::span<const Bytes> asked,
                   FunctionCallInfo fcinfo)
    : shape_(shape),
      form_(form),
      asked_(asked),
      rows_(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo)),
      row_(shape.width()) {
    pg::call([&] { InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC); });
}

void RowReply::add_bytes(Column column, Bytes value) {
    bool is_bytea = column == Column::bytes && form_ == Form::bytea;
    if (!is_bytea && !is_valid_text(value))
        pg::call([] { raise_invalid_text(); });
    row_.add_bytes(value);
}

Column RowReply::next() {
    if (!is_begun() && shape_.style == Style::asked)
        add_bytes(shape_.columns[0], asked_[row_count_]);
    if (!is_begun() && shape_.style == Style::keyed)
        add_bytes(shape_.columns[0], key_);
    return shape_.columns[row_.filled()];
}

void RowReply::added() {
    if (row_.filled() == shape_.width())
        put_row();
}

void RowReply::put_row() {
    row_.end_row();
    row_count_++;
    if (row_.is_full())
        pg::call([&] { row_.put(rows_->setResult); });
}

// Whatever a reply gives for a column of another type.
template <class Value>
void RowReply::add(Value value) {
    Column column = next();
    Datum datum = pg::call([&] { return to_datum(column, form_, value); });
    switch (column) {
        case Column::integer:
        case Column::real:
            row_.add_word(datum);
            break;
        case Column::boolean:
            row_.add_boolean(DatumGetBool(datum));
            break;
        default:
            row_.add_bytes({VARDATA_ANY(DatumGetPointer(datum)),
                            static_cast<size_t>(VARSIZE_ANY_EXHDR(DatumGetPointer(datum)))});
            break;
    }
    added();
}

void RowReply::bulk(Bytes value) {
    if (is_key()) {
        key_.assign(value);
        return;
    }
    if (is_begun() && !is_paired_)
        put_row();
    Column column = next();
    if (column != Column::bytes && column != Column::text) {
        add(value);
        return;
    }
    add_bytes(column, value);
    added();
}

void RowReply::integer(int64_t value) {
    if (next() != Column::integer) {
        add(static_cast<int64>(value));
        return;
    }
    row_.add_word(Int64GetDatum(value));
    added();
}

void RowReply::real(double value) {
    if (next() != Column::real) {
        add(value);
        return;
    }
    row_.add_word(Float8GetDatum(value));
    added();
}

// Nothing at all is no row.
void RowReply::null() {
    if (depth_ == 0)
        return;
    (void)next();
    row_.add_null();
    added();
}

void RowReply::begin_paired() {
    depth_++;
    is_paired_ = true;
}

void RowReply::end() {
    depth_--;
    is_paired_ = false;
    if (is_begun())
        put_row();
}

Datum RowReply::result(FunctionCallInfo fcinfo) {
    if (is_begun())
        put_row();
    pg::call([&] { row_.put(rows_->setResult); });
    fcinfo->isnull = true;
    return 0;
}

}  // namespace sql
