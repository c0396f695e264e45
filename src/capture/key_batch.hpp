// The keys of one watch that a statement concerns, each once, in bounded memory.
#pragma once

#include "outbox/append.hpp"
#include "watch/registry.hpp"

namespace capture {

using core::Bytes;

class KeyBatch {
public:
    KeyBatch(watch::Watch& watch, outbox::Operation operation)
        : watch_(&watch), operation_(operation), texts_(watch.columns.size()) {}

    watch::Watch& watch() { return *watch_; }

    // The key of the row in the slot, whose columns have been read; a NULL in one of the template's
    // columns names no key. Calls PostgreSQL, may raise.
    void add(TupleTableSlot* slot);
    // Any key may have changed. Calls PostgreSQL, may raise.
    void add_all();
    // Tells of the keys. Calls PostgreSQL, may raise.
    void flush();

private:
    struct Entry {
        size_t offset;
        size_t key_size;
        uint32 hash;
    };

    // The hash stands here, too: to fetch an entry's from memory takes longer than all the rest.
    struct Slot {
        uint32 hash = 0;
        uint32 entry = 0;  // 1 + its index
    };

    Bytes key_of(const Entry& entry) const {
        return Bytes(memory_).substr(entry.offset, entry.key_size);
    }
    void append_key();
    bool is_known(const Entry& entry);
    void remember(size_t index);
    void put_in_slot(size_t index);
    void append_to_outbox();
    void invalidate_rows();
    void add_identity(size_t offset);

    watch::Watch* watch_;
    outbox::Operation operation_;
    std::vector<Bytes> texts_;    // of the row at hand
    std::string memory_;          // keys, each followed by its row's texts where these are wanted
    std::vector<Entry> entries_;  // in the order in which they came
    std::vector<Slot> slots_;     // by the hash, once there are some entries
    std::vector<Bytes> keys_;     // for the outbox
    std::vector<Bytes> identities_;
    std::vector<AttrNumber> watched_columns_;
};

}  // namespace capture
