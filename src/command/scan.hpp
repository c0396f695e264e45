// What SCAN and its kin for collections share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "command/command.hpp"

namespace command {

// A star alone stands for everything here, also for the empty name.
bool scan_matches(Bytes pattern, Bytes name);

struct ScanOptions {
    bool takes_type = false;  // SCAN alone does

    Bytes pattern = "*";
    int64_t count = 10;
    std::optional<Bytes> type = {};

    bool matches(Bytes name) const { return scan_matches(pattern, name); }
};

Status parse_cursor(Bytes text, uint64_t& cursor);

// The options from an argument on.
Status parse_scan_options(const Call& call, size_t first, ScanOptions& wanted);

// HSCAN, SSCAN and ZSCAN. `view` looks at the key's entry, `scan` adds to `found` what shall be
// told of the elements from the cursor on, and returns the next cursor.
struct CollectionScan {
    uint64_t cursor;
    ScanOptions wanted;
    std::vector<std::string> found;
};
Status scan_collection(Call& call, store::FunctionRef<Status(const store::Entry&)> view,
                       store::FunctionRef<uint64_t(CollectionScan&)> scan);

}  // namespace command
