#include "store/places.hpp"

#include <atomic>

#include "pg/shared_memory.hpp"
#include "pg/version.hpp"

extern "C" {
#include "common/hashfn.h"
#include "port/pg_bitutils.h"
#include "storage/bufmgr.h"
}

namespace store::places {

namespace {

// A place is one word, so that it is read and written at once without a lock: the block, the
// offset, and a part of the hash. Zero: none.
struct Place {
    uint64 word;

    static Place of(ItemPointerData root, uint16 tag) {
        return {static_cast<uint64>(ItemPointerGetBlockNumberNoCheck(&root)) << 32 |
                static_cast<uint64>(ItemPointerGetOffsetNumberNoCheck(&root)) << 16 | tag};
    }
    bool is_of(uint16 tag) const { return word != 0 && static_cast<uint16>(word) == tag; }
    ItemPointerData root() const {
        ItemPointerData root;
        ItemPointerSet(&root, static_cast<BlockNumber>(word >> 32),
                       static_cast<OffsetNumber>(word >> 16));
        return root;
    }
};

// A line of the processor's cache.
constexpr size_t bucket_size = 8;
struct alignas(64) Bucket {
    uint64 words[bucket_size];
};

Bucket* buckets = nullptr;

// Sixteen places, 128 bytes, for each page of shared buffers.
size_t bucket_count() {
    return pg_nextpower2_64(static_cast<uint64>(NBuffers) * 16 / bucket_size);
}

Size area_size() {
    return mul_size(bucket_count(), sizeof(Bucket));
}

void attach(void* memory, LWLock*) {
    buckets = static_cast<Bucket*>(memory);
}

Place load(uint64& word) {
    return {std::atomic_ref<uint64>(word).load(std::memory_order_relaxed)};
}

void store(uint64& word, Place place) {
    std::atomic_ref<uint64>(word).store(place.word, std::memory_order_relaxed);
}

// A table that is rewritten gets a new file, and with it new places.
uint64 hash_of(Oid file, uint64 key_hash) {
    return hash_combine64(key_hash, static_cast<uint64>(MyDatabaseId) << 32 | file);
}

uint64 hash_of(Relation table, uint64 key_hash) {
    return hash_of(pg::file_number(table), key_hash);
}

Bucket& bucket_of(uint64 hash) {
    return buckets[hash & (bucket_count() - 1)];
}

uint16 tag_of(uint64 hash) {
    return static_cast<uint16>(hash >> 48);
}

}  // namespace

bool find(Relation table, uint64 key_hash, ItemPointer root) {
    return find(pg::file_number(table), key_hash, root);
}

void prefetch(Oid file, uint64 key_hash) {
    if (buckets)
        __builtin_prefetch(&bucket_of(hash_of(file, key_hash)));
}

bool find(Oid file, uint64 key_hash, ItemPointer root) {
    if (!buckets)
        return false;
    uint64 hash = hash_of(file, key_hash);
    for (uint64& word : bucket_of(hash).words) {
        Place place = load(word);
        if (place.is_of(tag_of(hash))) {
            *root = place.root();
            return true;
        }
    }
    return false;
}

void set(Relation table, uint64 key_hash, ItemPointerData root) {
    if (!buckets)
        return;
    uint64 hash = hash_of(table, key_hash);
    uint16 tag = tag_of(hash);
    Bucket& bucket = bucket_of(hash);
    // The oldest goes: it may be of a table that is no more, and nobody else would push it out.
    size_t at = 0;
    while (at < bucket_size - 1 && load(bucket.words[at]).word != 0 &&
           !load(bucket.words[at]).is_of(tag))
        at++;
    if (!load(bucket.words[at]).is_of(tag))
        for (; at > 0; at--)
            store(bucket.words[at], load(bucket.words[at - 1]));
    store(bucket.words[at], Place::of(root, tag));
}

void install() {
    pg::shared_memory::reserve({area_size, attach});
}

}  // namespace store::places
