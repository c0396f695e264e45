#include "sql/scan_reply.hpp"

#include "core/number.hpp"
#include "pg/guard.hpp"

extern "C" {
#include "utils/tuplestore.h"
}

namespace sql {

ScanReply::ScanReply(const ResultShape& shape, Form form, FunctionCallInfo fcinfo)
    : shape_(shape),
      form_(form),
      rows_(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo)),
      width_(shape.width()) {
    pg::call([&] { InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC); });
}

template <class Value>
void ScanReply::add(Value value) {
    pg::call([&] {
        auto column = static_cast<int>(count_++ % static_cast<size_t>(width_));
        Column type = shape_.columns[column];
        arrays_[column] = accumArrayResult(arrays_[column], to_datum(type, form_, value), false,
                                           type_of(type, form_), CurrentMemoryContext);
    });
}

void ScanReply::bulk(Bytes value) {
    if (depth_ > 1) {
        add(value);
        return;
    }
    std::optional<int64_t> cursor = core::parse_integer(value);
    if (!cursor)
        throw std::logic_error("a cursor is no bigint");
    cursor_ = *cursor;
}

void ScanReply::integer(int64_t value) {
    add(static_cast<int64>(value));
}

void ScanReply::real(double value) {
    add(value);
}

Datum ScanReply::array(int column) const {
    return arrays_[column]
               ? makeArrayResult(arrays_[column], CurrentMemoryContext)
               : PointerGetDatum(construct_empty_array(type_of(shape_.columns[column], form_)));
}

Datum ScanReply::result(FunctionCallInfo fcinfo) {
    pg::call([&] {
        Datum values[1 + ResultShape::most_columns] = {Int64GetDatum(cursor_)};
        bool nulls[1 + ResultShape::most_columns] = {};
        for (int column = 0; column < width_; column++)
            values[1 + column] = array(column);
        tuplestore_putvalues(rows_->setResult, rows_->setDesc, values, nulls);
    });
    fcinfo->isnull = true;
    return 0;
}

}  // namespace sql
