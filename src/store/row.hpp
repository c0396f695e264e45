// The row of a key, in kv.durable_key or kv.cache_key: its columns, and what stands in them.
#pragma once

#include "store/database_map.hpp"
#include "store/elements.hpp"

namespace store {

// Columns that change with a common write stand behind the value, so that the write-ahead log can
// leave out the unchanged beginning of the row.
enum Column {
    column_id = 1,      // bigint: stays while the key lives; SCAN walks it
    column_keyspace,    // integer
    column_due,         // integer: when the maintenance looks at the key's expiry; 0 never
    column_type,        // "char"
    column_encoding,    // "char"
    column_key,         // bytea: the keyspace and the indexed form of the name
    column_value,       // bytea
    column_expires_at,  // bigint: milliseconds since 1970
    column_version,     // bigint: microseconds since 1970 of the last write, ever growing
    column_count = column_version
};

// A name longer than an index entry may be is indexed by its beginning and a SHA-256 of the whole;
// the rest of it then stands before the value.
constexpr size_t longest_indexed_name = 1024;
constexpr size_t hash_size = 32;

// The keyspace stands before the name, most significant byte first, so that one comparison of bytes
// finds a key: a good part of a read is spent comparing.
constexpr size_t keyspace_size = 4;

// A key's name as it is looked up. The name must outlive it.
class RowKey {
public:
    RowKey() = default;
    RowKey(const RowKey&) = delete;
    // Calls PostgreSQL for a long name, and may raise.
    void set(Keyspace keyspace, Bytes name);

    Keyspace keyspace() const { return keyspace_; }
    Bytes name() const { return name_; }
    bool is_long() const { return name_.size() > longest_indexed_name; }
    // What stands before the value in the row.
    Bytes tail() const { return is_long() ? name_.substr(longest_indexed_name) : Bytes(); }
    // What stands in the key column, as a Datum that lives as long as this.
    Datum indexed() const { return PointerGetDatum(&indexed_); }
    Bytes indexed_bytes() const {
        return {indexed_.data, VARSIZE(&indexed_) - static_cast<size_t>(VARHDRSZ)};
    }
    uint64_t hash() const { return hash_; }
    // The hash of a key whose name is not long.
    static uint64_t hash_of(Keyspace keyspace, Bytes name);

private:
    Keyspace keyspace_;
    Bytes name_;
    uint64_t hash_ = 0;
    struct {
        int32 header;
        char data[keyspace_size + longest_indexed_name + hash_size];
    } indexed_;
};

// The bytes of a datum that is neither compressed nor out of line.
inline Bytes inline_bytes(Datum datum) {
    auto* pointer = reinterpret_cast<struct varlena*>(DatumGetPointer(datum));
    return {VARDATA_ANY(pointer), static_cast<size_t>(VARSIZE_ANY_EXHDR(pointer))};
}

inline bool is_inline(Datum datum) {
    auto* pointer = reinterpret_cast<struct varlena*>(DatumGetPointer(datum));
    return !VARATT_IS_EXTERNAL(pointer) && !VARATT_IS_COMPRESSED(pointer);
}

// What a slot holds, read column by column.
struct Row {
    int64 id;
    int32_t due;
    Type type;
    Encoding encoding;
    Bytes key;  // the indexed form of the name
    Datum value;
    int64 expires_at;
    int64 version;

    // The key column is never compressed or out of line: its STORAGE is MAIN and it is short.
    static Row of(TupleTableSlot* slot);

    bool key_is_long() const { return key.size() > longest_indexed_name; }
};

// The indexed form of the name, of what stands in the key column.
inline Bytes indexed_name(Datum key) {
    return inline_bytes(key).substr(keyspace_size);
}

// The whole name of a row's key; calls PostgreSQL for a long one, and then allocates.
Bytes name_of(const Row& row);
// How many bytes of the row's value column belong to the name.
size_t tail_size(const Row& row);

// The collection whose elements have rows of their own that a row names, if it does.
std::optional<CollectionId> collection_of(const Row& row);

// The value column of a key's row: what the row needs to keep of the name, and the value.
Datum make_row_value(const RowKey& key, Bytes value);

// When the maintenance should look at a key, in seconds since 2000-01-01: a while after its
// expiry, rounded, so that refreshing a key leaves the indexed column alone. `before` is the column
// as it is, kept if that is no later than one more lifetime.
int32_t due_for(int64 expires_at, int64 now, int32_t before);
// For a key that was found refreshed when it was due: later, since it is likely to be again.
int32_t due_again(int64 expires_at, int64 now);
// A time in milliseconds since 1970, as it compares to `due`, rounded down.
int32_t due_seconds(int64 milliseconds);

}  // namespace store
