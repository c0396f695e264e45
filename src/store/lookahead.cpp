#include "store/lookahead.hpp"

#include "pg/version.hpp"
#include "store/places.hpp"
#include "store/row.hpp"

extern "C" {
#include "storage/buf_internals.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
}

namespace store::lookahead {

namespace {

// Which buffer a block was in, for one file at a time.
struct Buffers {
    static constexpr size_t most = 1 << 18;  // blocks: 2 GB

    Oid file = InvalidOid;
    std::vector<Buffer> of_block;

    Buffer find(BlockNumber block) const {
        return block < of_block.size() ? of_block[block] : InvalidBuffer;
    }
    void set(BlockNumber block, Buffer buffer) noexcept {
        if (block >= most)
            return;
        if (block >= of_block.size()) {
            try {
                of_block.resize(std::max<size_t>(block + 1, of_block.size() * 2));
            } catch (const std::bad_alloc&) {
                return;
            }
        }
        of_block[block] = buffer;
    }
};

struct KnownDatabase {
    Keyspace keyspace;
    Oid file = InvalidOid;
};

KnownDatabase databases[database_count];
Buffers buffers[storage_count];

Buffers& buffers_of(Storage storage) {
    return buffers[static_cast<int>(storage)];
}

struct Row {
    ItemPointerData place;
    Buffer buffer;
};

// The page may change meanwhile, so what stands there is taken for nothing but a direction.
void fetch_tuple(const Row& row) {
    Page page = BufferGetPage(row.buffer);
    OffsetNumber number = ItemPointerGetOffsetNumber(&row.place);
    const ItemIdData item = *PageGetItemId(page, number);
    OffsetNumber target = ItemIdIsRedirected(&item) ? ItemIdGetRedirect(&item) : number;
    if (target == InvalidOffsetNumber || target > MaxHeapTuplesPerPage)
        return;
    size_t offset = ItemIdGetOffset(PageGetItemId(page, target));
    if (offset > BLCKSZ - 192)
        return;
    for (size_t line = 0; line < 192; line += 64)
        __builtin_prefetch(page + offset + line);
}

}  // namespace

void learn(int database, Keyspace keyspace, Relation table) {
    Oid file = pg::file_number(table);
    databases[database] = {keyspace, file};
    Buffers& known = buffers_of(keyspace.storage);
    if (known.file != file) {
        known.file = file;
        known.of_block.clear();
    }
}

Buffer read_buffer(Relation table, BlockNumber block) {
    for (Buffers& known : buffers) {
        if (known.file != pg::file_number(table))
            continue;
        Buffer recent = known.find(block);
        if (recent != InvalidBuffer && pg::read_recent_buffer(table, block, recent))
            return recent;
        Buffer buffer = ReadBuffer(table, block);
        known.set(block, buffer);
        return buffer;
    }
    return ReadBuffer(table, block);
}

void fetch(std::span<const Key> keys) {
    constexpr size_t most = 256;
    Row rows[most];
    uint64 hashes[most];
    keys = keys.first(std::min(keys.size(), most));
    for (size_t i = 0; i < keys.size(); i++) {
        const KnownDatabase& known = databases[keys[i].database];
        hashes[i] = 0;
        if (known.file == InvalidOid || keys[i].name.size() > longest_indexed_name)
            continue;
        hashes[i] = RowKey::hash_of(known.keyspace, keys[i].name);
        places::prefetch(known.file, hashes[i]);
    }
    for (size_t i = 0; i < keys.size(); i++) {
        const KnownDatabase& known = databases[keys[i].database];
        rows[i].buffer = InvalidBuffer;
        if (hashes[i] == 0 || !places::find(known.file, hashes[i], &rows[i].place))
            continue;
        const Buffers& its_buffers = buffers_of(known.keyspace.storage);
        if (its_buffers.file != known.file)
            continue;
        rows[i].buffer = its_buffers.find(ItemPointerGetBlockNumberNoCheck(&rows[i].place));
        if (rows[i].buffer == InvalidBuffer)
            continue;
        Page page = BufferGetPage(rows[i].buffer);
        __builtin_prefetch(GetBufferDescriptor(rows[i].buffer - 1));
        __builtin_prefetch(page);
        __builtin_prefetch(PageGetItemId(page, ItemPointerGetOffsetNumberNoCheck(&rows[i].place)));
    }
    for (size_t i = 0; i < keys.size(); i++)
        if (rows[i].buffer != InvalidBuffer)
            fetch_tuple(rows[i]);
}

}  // namespace store::lookahead
