// Patterns of keys, as SCAN's MATCH takes them.
#pragma once

#include <cstdint>
#include <string>

#include "core/bytes.hpp"

namespace relay {

using core::Bytes;

// All keys that match are to be removed.
struct Pattern {
    uint64_t ticket = 0;
    std::string glob;  // with the target's prefix, escaped
    // Keys that end in :version are companions of others (see fill_script.hpp) and stay.
    bool spare_versions = false;
};

// The glob that matches this text and nothing else.
std::string escape_glob(Bytes literal);

}  // namespace relay
