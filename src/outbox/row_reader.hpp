// Reads the rows that refresh sends, as the owner of their table would.
#pragma once

#include <map>

#include "outbox/batch.hpp"

extern "C" {
#include "executor/spi.h"
}

namespace outbox {

class RowReader {
public:
    RowReader() = default;
    RowReader(const RowReader&) = delete;

    // Reads the rows of a batch's entries whose watch is one of refresh, with a snapshot of its
    // own. What cannot be read is marked: stalled if it was locked or there was no time for it,
    // else refused; its key is then only removed. In a transaction.
    void read(Batch& batch);

    // The watches, or their tables, are others now.
    void forget();

private:
    void read_of(const Watch& watch, std::span<Entry*> entries);
    size_t read_some(const Watch& watch, std::span<Entry*> entries, int64 end);

    std::map<int32, SPIPlanPtr> plans_;
};

}  // namespace outbox
