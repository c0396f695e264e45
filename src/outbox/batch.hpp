// Changes on their way to one target: from the outbox or from what was left pending, until Redis
// has answered and that is written down.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "outbox/registry.hpp"
#include "outbox/table_walk.hpp"
#include "relay/outcome.hpp"

namespace outbox {

// A key, or all keys that a watch's template can name.
struct Change {
    int32 watch = 0;
    char operation = 'u';  // i, u, d; t: all keys
    std::string key;       // empty for all
    std::vector<std::string> identity;
    TimestampTz since = 0;
    int32 tries = 0;
};

// What is sent of the row or the key, for refresh.
struct RowImage {
    bool is_there = false;
    std::string dump;      // of a key
    int64 expires_at = 0;  // milliseconds since 1970; 0: never
    std::string json;
    std::vector<std::pair<std::string, std::string>> fields;
};

struct Entry : Change {
    int waits = 0;         // outcomes that are due
    bool is_held = false;  // not to be sent now
    int pause = 0;         // milliseconds before it is sent again
    relay::Verdict verdict = relay::Verdict::done;
    std::string problem;
    std::unique_ptr<RowImage> row;  // null: not read, or not to be
};

// A row of the outbox.
struct OutboxRow {
    int table;
    Oid file;  // that it is in
    BlockNumber block;
    OffsetNumber offset;
};

class Batch {
public:
    // A watch and a key as one text.
    static std::string name_of(const Change& change);

    // Adds a change, or replaces what is known of its key where that is enough.
    void add(Change change, bool folds);

    // What was not sent yet is left pending.
    void hold_unsent();

    void note_outcome(const relay::Outcome& outcome);
    bool is_settled() const { return next_to_send == entries.size() && waits == 0; }

    // Reserves a ticket for entries from a position on.
    uint64 ticket_for(size_t first, size_t count);

    uint32 number = 0;
    bool is_new = true;  // taken in this transaction
    bool is_from_pending = false;
    std::vector<Entry> entries;
    std::vector<OutboxRow> rows;  // that are deleted when all is settled
    bool is_judged = false;       // the tries are counted
    bool is_finished = false;     // written down, in this transaction
    std::string version;          // text; empty: none was needed
    std::shared_ptr<const RelayRegistry> registry;
    size_t bytes = 0;
    size_t next_to_send = 0;
    size_t waits = 0;  // outcomes that are due

private:
    struct Sent {
        size_t first;
        size_t count;
    };
    std::vector<Sent> sent_;
    std::unordered_map<std::string, size_t> known_;
};

}  // namespace outbox
