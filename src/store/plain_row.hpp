// The columns of an element's row, read where they lie if they can be: all there, and the byteas
// neither compressed nor out of line.
#pragma once

#include "core/bytes.hpp"
#include "pg/pg.hpp"

namespace store {

using core::Bytes;

// So many columns of eight bytes, and then two byteas.
template <int words>
class PlainRow {
public:
    explicit PlainRow(HeapTuple row) {
        constexpr uint16 unusual = HEAP_HASNULL | HEAP_HASEXTERNAL;
        if (row->t_data->t_infomask & unusual || HeapTupleHeaderGetNatts(row->t_data) < words + 2)
            return;
        columns_ = reinterpret_cast<char*>(row->t_data) + row->t_data->t_hoff;
        const char* at = columns_ + words * sizeof(int64);
        is_plain_ = take(at, bytes_[0]) && take(at, bytes_[1]);
    }

    bool is_plain() const { return is_plain_; }
    // Counted from 0.
    template <class Word>
    Word word(int number) const {
        Word word;
        memcpy(&word, columns_ + static_cast<size_t>(number) * sizeof(int64), sizeof(word));
        return word;
    }
    Bytes first() const { return bytes_[0]; }
    Bytes second() const { return bytes_[1]; }

private:
    bool take(const char*& at, Bytes& bytes) const {
        at = columns_ + att_align_pointer(static_cast<size_t>(at - columns_), TYPALIGN_INT, -1, at);
        if (VARATT_IS_COMPRESSED(at))
            return false;
        bytes = {VARDATA_ANY(at), static_cast<size_t>(VARSIZE_ANY_EXHDR(at))};
        at += VARSIZE_ANY(at);
        return true;
    }

    const char* columns_ = nullptr;
    Bytes bytes_[2];
    bool is_plain_ = false;
};

}  // namespace store
