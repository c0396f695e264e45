// What the string commands share.
#pragma once

#include "command/command.hpp"

namespace command::string {

using store::Encoding;
using store::Entry;
using store::Type;

// A missing key will do.
inline Status expect_string(const Entry& entry) {
    if (entry.exists && entry.type != Type::string)
        return ErrorCode::wrong_type;
    return {};
}

// For a command that changes a value and leaves the expiry as it is.
inline int64_t same_expiry(const Entry& entry) {
    return entry.exists ? entry.expires_at : store::never;
}

}  // namespace command::string
