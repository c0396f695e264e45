// What the types of collections have in common. A small collection is packed into its key's value,
// one past these limits has a row for each element, from then on.
#pragma once

#include "core/status.hpp"
#include "store/store.hpp"

namespace type {

using core::Bytes;
using core::ErrorCode;
using core::Status;
using store::CollectionId;
using store::Direction;
using store::Encoding;
using store::Entry;
using store::Form;
using store::FunctionRef;
using store::Type;

// Redis's default thresholds for a listpack, and what a key's row may grow to before writing it
// becomes dearer than writing an element's row.
constexpr size_t max_packed_entries = 128;
constexpr size_t max_packed_entry_size = 64;  // of a field, value, member or item, in bytes
constexpr size_t max_packed_size = 1024;      // of the whole value, in bytes

// A missing key is an empty collection of any type.
inline Status expect_type(const Entry& entry, Type type) {
    if (entry.exists && entry.type != type)
        return ErrorCode::wrong_type;
    return {};
}

// A key that is written keeps its expiry.
inline int64_t same_expiry(const Entry& entry) {
    return entry.exists ? entry.expires_at : store::never;
}

}  // namespace type
