#include "sql/row_writer.hpp"

extern "C" {
#include "utils/tuplestore.h"
}

namespace sql {

void RowWriter::grow(size_t by) {
    if (end_ + by - row_ > MaxAllocSize)
        throw std::bad_alloc();
    capacity_ = std::max(2 * capacity_, end_ + by);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    memcpy(larger.get(), data_, end_);
    grown_ = std::move(larger);
    data_ = grown_.get();
}

void RowWriter::begin_column(bool is_null) {
    if (filled_ == 0) {
        memset(extend(header_size, 1), 0, header_size);
        header()->t_hoff = header_size;
    }
    if (is_null)
        header()->t_infomask |= HEAP_HASNULL;
    else
        header()->t_bits[0] |= 1 << filled_;
    filled_++;
}

void RowWriter::add_bytes(Bytes value) {
    begin_column(false);
    header()->t_infomask |= HEAP_HASVARWIDTH;
    size_t short_size = value.size() + VARHDRSZ_SHORT;
    if (short_size <= VARATT_SHORT_MAX) {
        char* target = extend(short_size, 1);
        SET_VARSIZE_SHORT(target, short_size);
        memcpy(target + VARHDRSZ_SHORT, value.data(), value.size());
        return;
    }
    char* target = extend(value.size() + VARHDRSZ, ALIGNOF_INT);
    SET_VARSIZE(target, value.size() + VARHDRSZ);
    memcpy(VARDATA(target), value.data(), value.size());
}

void RowWriter::add_word(Datum value) {
    begin_column(false);
    memcpy(extend(sizeof(value), ALIGNOF_DOUBLE), &value, sizeof(value));
}

void RowWriter::add_boolean(bool value) {
    begin_column(false);
    *extend(1, 1) = static_cast<char>(value);
}

void RowWriter::add_null() {
    begin_column(true);
}

void RowWriter::end_row() {
    while (filled_ < columns_)
        add_null();
    HeapTupleHeaderSetNatts(header(), columns_);
    HeapTupleHeaderSetDatumLength(header(), end_ - row_);
    filled_ = 0;
    extend(0, MAXIMUM_ALIGNOF);
    row_ = end_;
}

void RowWriter::put(Tuplestorestate* target) {
    for (size_t at = 0; at < row_;) {
        HeapTupleData tuple = {};
        tuple.t_data = reinterpret_cast<HeapTupleHeader>(data_ + at);
        tuple.t_len = static_cast<uint32>(VARSIZE(tuple.t_data));
        ItemPointerSetInvalid(&tuple.t_self);
        tuplestore_puttuple(target, &tuple);
        at += MAXALIGN(tuple.t_len);
    }
    memmove(data_, data_ + row_, end_ - row_);
    end_ -= row_;
    row_ = 0;
}

}  // namespace sql
