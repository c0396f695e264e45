#include "store/row.hpp"

extern "C" {
#include "access/detoast.h"
#include "common/cryptohash.h"
#include "common/hashfn.h"
#include "common/sha2.h"
#include "port/pg_bswap.h"
}

namespace store {

namespace {

constexpr int64 seconds_to_2000 = 946684800;

void hash_name(Bytes name, char* target) {
    static_assert(hash_size == PG_SHA256_DIGEST_LENGTH);
    pg_cryptohash_ctx* context = pg_cryptohash_create(PG_SHA256);
    if (!context || pg_cryptohash_init(context) < 0 ||
        pg_cryptohash_update(context, reinterpret_cast<const uint8*>(name.data()), name.size()) <
            0 ||
        pg_cryptohash_final(context, reinterpret_cast<uint8*>(target), hash_size) < 0)
        elog(ERROR, "could not compute SHA-256 of a key's name");
    pg_cryptohash_free(context);
}

int32_t clamp_seconds(int64 seconds) {
    return static_cast<int32_t>(std::clamp<int64>(seconds, 1, PG_INT32_MAX));
}

// The expiry plus up to `slack`, rounded up to a power of two of that size.
int32_t round_up(int64 expires_at, int64 slack) {
    int64 unit = 1;
    while (unit * 2 <= slack)
        unit *= 2;
    int64 seconds = expires_at / 1000 + 1 - seconds_to_2000;
    if (seconds >= PG_INT32_MAX - unit)
        return PG_INT32_MAX;
    return clamp_seconds((seconds + unit - 1) / unit * unit);
}

}  // namespace

void RowKey::set(Keyspace keyspace, Bytes name) {
    keyspace_ = keyspace;
    name_ = name;
    uint32 prefix = pg_hton32(static_cast<uint32>(keyspace.id));
    memcpy(indexed_.data, &prefix, keyspace_size);
    size_t size = keyspace_size + std::min(name.size(), longest_indexed_name);
    memcpy(indexed_.data + keyspace_size, name.data(), size - keyspace_size);
    if (is_long()) {
        hash_name(name, indexed_.data + size);
        size += hash_size;
    }
    SET_VARSIZE(&indexed_, size + VARHDRSZ);
    hash_ = hash_bytes_extended(reinterpret_cast<const unsigned char*>(indexed_.data),
                                static_cast<int>(size), 0);
}

uint64_t RowKey::hash_of(Keyspace keyspace, Bytes name) {
    unsigned char bytes[keyspace_size + longest_indexed_name];
    uint32 prefix = pg_hton32(static_cast<uint32>(keyspace.id));
    memcpy(bytes, &prefix, keyspace_size);
    memcpy(bytes + keyspace_size, name.data(), name.size());
    return hash_bytes_extended(bytes, static_cast<int>(keyspace_size + name.size()), 0);
}

Row Row::of(TupleTableSlot* slot) {
    slot_getsomeattrs(slot, column_count);
    const Datum* values = slot->tts_values - 1;
    return {DatumGetInt64(values[column_id]),
            DatumGetInt32(values[column_due]),
            static_cast<Type>(DatumGetChar(values[column_type])),
            static_cast<Encoding>(DatumGetChar(values[column_encoding])),
            indexed_name(values[column_key]),
            values[column_value],
            DatumGetInt64(values[column_expires_at]),
            DatumGetInt64(values[column_version])};
}

size_t tail_size(const Row& row) {
    if (!row.key_is_long())
        return 0;
    uint32 size;
    struct varlena* head = detoast_attr_slice(
        reinterpret_cast<struct varlena*>(DatumGetPointer(row.value)), 0, sizeof(size));
    memcpy(&size, VARDATA_ANY(head), sizeof(size));
    return size + sizeof(size);
}

Bytes name_of(const Row& row) {
    if (!row.key_is_long())
        return row.key;
    size_t tail = tail_size(row) - sizeof(uint32);
    struct varlena* rest =
        detoast_attr_slice(reinterpret_cast<struct varlena*>(DatumGetPointer(row.value)),
                           sizeof(uint32), static_cast<int32>(tail));
    auto* name = static_cast<char*>(palloc(longest_indexed_name + tail));
    memcpy(name, row.key.data(), longest_indexed_name);
    memcpy(name + longest_indexed_name, VARDATA_ANY(rest), tail);
    return {name, longest_indexed_name + tail};
}

std::optional<CollectionId> collection_of(const Row& row) {
    if (row.type == Type::string || row.type == Type::none)
        return std::nullopt;
    struct varlena* head =
        detoast_attr_slice(reinterpret_cast<struct varlena*>(DatumGetPointer(row.value)),
                           static_cast<int32>(tail_size(row)),
                           static_cast<int32>(rows_header_size));
    std::optional<CollectionId> found =
        collection_of(Bytes(VARDATA_ANY(head), VARSIZE_ANY_EXHDR(head)));
    pfree(head);
    return found;
}

// A bytea of the name's tail, if it has one, and the value.
Datum make_row_value(const RowKey& key, Bytes value) {
    Bytes tail = key.tail();
    size_t prefix = key.is_long() ? sizeof(uint32) + tail.size() : 0;
    size_t size = VARHDRSZ + prefix + value.size();
    if (!AllocSizeIsValid(size))
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("a key's name and value may not exceed 1 GB together")));
    auto* datum = static_cast<struct varlena*>(palloc(size));
    SET_VARSIZE(datum, size);
    char* target = VARDATA(datum);
    if (key.is_long()) {
        auto tail_size = static_cast<uint32>(tail.size());
        memcpy(target, &tail_size, sizeof(tail_size));
        memcpy(target + sizeof(tail_size), tail.data(), tail.size());
        target += prefix;
    }
    memcpy(target, value.data(), value.size());
    return PointerGetDatum(datum);
}

int32_t due_seconds(int64 milliseconds) {
    return clamp_seconds(milliseconds / 1000 - seconds_to_2000);
}

int32_t due_for(int64 expires_at, int64 now, int32_t before) {
    if (expires_at == never)
        return before;
    int64 lifetime = expires_at - now;
    if (before != 0 && before <= due_seconds(expires_at) + lifetime / 1000)
        return before;
    return round_up(expires_at, lifetime / 8000);
}

int32_t due_again(int64 expires_at, int64 now) {
    if (expires_at == never)
        return 0;
    return round_up(expires_at + (expires_at - now) * 7 / 8, (expires_at - now) / 8000);
}

}  // namespace store
