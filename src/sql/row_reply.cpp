#include "sql/row_reply.hpp"

#include "pg/guard.hpp"

extern "C" {
#include "utils/tuplestore.h"
}

namespace sql {

using Style = ResultShape::Style;

RowReply::RowReply(const ResultShape& shape, Form form, std::span<const Bytes> asked,
                   FunctionCallInfo fcinfo)
    : shape_(shape),
      form_(form),
      asked_(asked),
      rows_(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo)),
      width_(shape.width()),
      given_(shape.style == Style::rows ? 0 : 1),
      filled_(given_) {
    pg::call([&] { InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC); });
}

// A varlena that lives until the column is filled again.
Datum RowReply::keep(int column, Bytes value) {
    bool is_bytea = shape_.columns[column] == Column::bytes && form_ == Form::bytea;
    if (!is_bytea && !is_valid_text(value))
        pg::call([] { raise_invalid_text(); });
    Room& room = rooms_[column];
    size_t size = value.size() + VARHDRSZ;
    if (room.capacity < size)
        pg::call([&] {
            room.capacity = std::max(size + size / 2, size_t{256});
            room.data = static_cast<char*>(palloc(std::min(room.capacity, size_t{MaxAllocSize})));
        });
    SET_VARSIZE(room.data, size);
    memcpy(VARDATA(room.data), value.data(), value.size());
    return PointerGetDatum(room.data);
}

void RowReply::put_row() {
    if (shape_.style == Style::asked) {
        values_[0] = keep(0, asked_[row_count_]);
        nulls_[0] = false;
    }
    for (int column = filled_; column < width_; column++)
        nulls_[column] = true;
    pg::call([&] { tuplestore_putvalues(rows_->setResult, rows_->setDesc, values_, nulls_); });
    row_count_++;
    filled_ = given_;
}

void RowReply::fill(Datum value, bool is_null) {
    values_[filled_] = value;
    nulls_[filled_] = is_null;
    if (++filled_ == width_)
        put_row();
}

void RowReply::bulk(Bytes value) {
    if (is_key()) {
        values_[0] = keep(0, value);
        return;
    }
    if (is_begun() && !is_paired_)
        put_row();
    Column column = shape_.columns[filled_];
    if (column == Column::bytes || column == Column::text)
        fill(keep(filled_, value), false);
    else
        fill_with(value);
}

template <class Value>
void RowReply::fill_with(Value value) {
    fill(pg::call([&] { return to_datum(shape_.columns[filled_], form_, value); }), false);
}

void RowReply::integer(int64_t value) {
    fill_with(static_cast<int64>(value));
}

void RowReply::real(double value) {
    fill_with(value);
}

// Nothing at all is no row.
void RowReply::null() {
    if (depth_ > 0)
        fill(0, true);
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
    fcinfo->isnull = true;
    return 0;
}

}  // namespace sql
