#include "outbox/append.hpp"

#include "outbox/current.hpp"
#include "outbox/wake.hpp"

extern "C" {
#include "utils/timestamp.h"
}

namespace outbox {

namespace {

// Columns of kv.relay_outbox_0.
enum { column_watch, column_operation, column_at, column_keys, column_identities, column_count };

// Of keys and identities in a row, which leaves two rows to a page. A longer key has a row of its
// own.
constexpr size_t row_size = 3900;

size_t stored_size(Bytes element) {
    return INTALIGN(VARHDRSZ + element.size());
}

// An array of texts or byteas, which look the same.
Datum array_of(Oid type, std::span<const Bytes> elements) {
    size_t size = ARR_OVERHEAD_NONULLS(1);
    for (Bytes element : elements)
        size += stored_size(element);
    if (elements.empty())
        return PointerGetDatum(construct_empty_array(type));
    auto* array = static_cast<ArrayType*>(palloc0(size));
    SET_VARSIZE(array, size);
    array->ndim = 1;
    array->elemtype = type;
    ARR_DIMS(array)[0] = static_cast<int>(elements.size());
    ARR_LBOUND(array)[0] = 1;
    char* at = ARR_DATA_PTR(array);
    for (Bytes element : elements) {
        SET_VARSIZE(at, VARHDRSZ + element.size());
        memcpy(VARDATA(at), element.data(), element.size());
        at += stored_size(element);
    }
    return PointerGetDatum(array);
}

class Writer {
public:
    Writer(int32 watch, Operation operation)
        : table_(table_open(current_table(), RowExclusiveLock)),
          slot_(table_slot_create(table_, nullptr)) {
        values_[column_watch] = Int32GetDatum(watch);
        values_[column_operation] = CharGetDatum(static_cast<char>(operation));
        values_[column_at] = TimestampTzGetDatum(GetCurrentTimestamp());
    }

    void write(std::span<const Bytes> keys, std::span<const Bytes> identities) {
        values_[column_keys] = array_of(BYTEAOID, keys);
        bool has_identities = !identities.empty();
        values_[column_identities] = has_identities ? array_of(TEXTOID, identities) : Datum{0};
        ExecClearTuple(slot_);
        memcpy(slot_->tts_values, values_, sizeof(values_));
        memset(slot_->tts_isnull, 0, column_count);
        slot_->tts_isnull[column_identities] = !has_identities;
        ExecStoreVirtualTuple(slot_);
        table_tuple_insert(table_, slot_, GetCurrentCommandId(true), 0, nullptr);
        pfree(DatumGetPointer(values_[column_keys]));
        if (has_identities)
            pfree(DatumGetPointer(values_[column_identities]));
    }

    void close() {
        ExecDropSingleTupleTableSlot(slot_);
        table_close(table_, NoLock);
        wake_at_commit();
    }

private:
    Relation table_;
    TupleTableSlot* slot_;
    Datum values_[column_count] = {};
};

// For which watches this subtransaction has said that anything may have changed.
struct {
    TransactionId transaction = InvalidTransactionId;
    std::vector<int32> watches;
} said;

}  // namespace

void append(int32 watch, Operation operation, std::span<const Bytes> keys,
            std::span<const Bytes> identities) {
    if (keys.empty())
        return;
    size_t columns = identities.size() / keys.size();
    auto identity_of = [&](size_t first, size_t count) {
        return identities.subspan(first * columns, count * columns);
    };
    Writer writer(watch, operation);
    size_t first = 0;
    size_t size = 0;
    for (size_t i = 0; i < keys.size(); i++) {
        size_t more = stored_size(keys[i]);
        for (Bytes text : identity_of(i, 1))
            more += stored_size(text);
        if (i > first && size + more > row_size) {
            CHECK_FOR_INTERRUPTS();
            writer.write(keys.subspan(first, i - first), identity_of(first, i - first));
            first = i;
            size = 0;
        }
        size += more;
    }
    writer.write(keys.subspan(first), identity_of(first, keys.size() - first));
    writer.close();
}

void append_all(int32 watch) {
    TransactionId transaction = GetCurrentTransactionId();
    if (said.transaction != transaction) {
        said.watches.clear();
        said.transaction = transaction;
    }
    if (std::find(said.watches.begin(), said.watches.end(), watch) != said.watches.end())
        return;
    said.watches.push_back(watch);
    Writer writer(watch, Operation::all);
    writer.write({}, {});
    writer.close();
}

}  // namespace outbox
