// Rows put together in the form in which a tuplestore takes them, many at a time: neither a datum
// nor a call to PostgreSQL for each value.
#pragma once

#include "core/bytes.hpp"
#include "pg/pg.hpp"

namespace sql {

using core::Bytes;

class RowWriter {
public:
    static constexpr int most_columns = 8;  // whose null bits fit beside the header

    explicit RowWriter(int columns) : columns_(columns) {}
    RowWriter(const RowWriter&) = delete;

    // How many columns of the row that is being made there are; those are added in turn.
    int filled() const { return filled_; }
    void add_bytes(Bytes value);  // text or bytea
    void add_word(Datum value);   // a type of eight bytes by value
    void add_boolean(bool value);
    void add_null();
    // Ends the row; the columns that were not added are null.
    void end_row();

    // Whether the rows should be put now, before more are made.
    bool is_full() const { return row_ >= most_kept; }
    // Puts the rows that were ended. Calls PostgreSQL, and may raise.
    void put(Tuplestorestate* target);

private:
    static constexpr size_t header_size = MAXALIGN(SizeofHeapTupleHeader + 1);
    static constexpr size_t first_capacity = 4096;
    static constexpr size_t most_kept = 3072;

    HeapTupleHeader header() const { return reinterpret_cast<HeapTupleHeader>(data_ + row_); }
    // Room for so many bytes behind the row so far, aligned; what is skipped is zero.
    char* extend(size_t size, size_t alignment) {
        constexpr size_t longest_gap = MAXIMUM_ALIGNOF;
        if (end_ + longest_gap + size > capacity_)
            grow(longest_gap + size);
        // Rows begin at the largest alignment.
        size_t begin = row_ + TYPEALIGN(alignment, end_ - row_);
        while (end_ < begin)
            data_[end_++] = 0;
        end_ += size;
        return data_ + begin;
    }
    void grow(size_t by);
    void begin_column(bool is_null);

    int columns_;
    int filled_ = 0;
    size_t row_ = 0;  // where the row that is being made begins, or the next
    size_t end_ = 0;
    size_t capacity_ = first_capacity;
    char* data_ = first_;
    std::unique_ptr<char[]> grown_;
    alignas(MAXIMUM_ALIGNOF) char first_[first_capacity];
};

}  // namespace sql
