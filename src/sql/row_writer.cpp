#include "sql/row_writer.hpp"

extern "C" {
#include "utils/tuplestore.h"
}

namespace sql {

char* RowWriter::extend(size_t size, size_t alignment) {
    // Rows begin at the largest alignment.
    size_t begin = row_ + TYPEALIGN(alignment, end_ - row_);
    if (begin + size - row_ > MaxAllocSize)
        throw std::bad_alloc();
    if (begin + size > capacity_) {
        capacity_ = std::max(2 * capacity_, begin + size);
        auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
        memcpy(larger.get(), data_, end_);
        grown_ = std::move(larger);
        data_ = grown_.get();
    }
    memset(data_ + end_, 0, begin - end_);
    end_ = begin + size;
    return data_ + begin;
}

void RowWriter::begin_column() {
    if (filled_++ > 0)
        return;
    memset(extend(header_size, 1), 0, header_size);
    header()->t_hoff = header_size;
}

void RowWriter::add_bytes(Bytes value) {
    begin_column();
    header()->t_bits[0] |= 1 << (filled_ - 1);
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
    begin_column();
    header()->t_bits[0] |= 1 << (filled_ - 1);
    memcpy(extend(sizeof(value), ALIGNOF_DOUBLE), &value, sizeof(value));
}

void RowWriter::add_boolean(bool value) {
    begin_column();
    header()->t_bits[0] |= 1 << (filled_ - 1);
    *extend(1, 1) = static_cast<char>(value);
}

void RowWriter::add_null() {
    begin_column();
    header()->t_infomask |= HEAP_HASNULL;
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
