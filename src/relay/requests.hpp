// What is sent to Redis, encoded. Keys and channels are given as they are called there, with the
// target's prefix. Each function overwrites a request and uses its memory again, so that one
// Request can serve for thousands; the ticket is left alone.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/bytes.hpp"

namespace relay {

using core::Bytes;

// What belongs together: sent in one piece, answered together. Several commands are MULTI ... EXEC.
struct Request {
    uint64_t ticket = 0;  // the caller's name for it
    std::string encoded;
    int replies = 0;  // that Redis will send
};

// How long a key's version is kept beside the key (as key:version), to turn away readers that fill
// the cache with what they read before; see fill_script.hpp.
struct Lease {
    Bytes version;
    int64_t milliseconds = 0;  // 0: no version is kept
};

struct Field {
    Bytes name;
    Bytes value;
};

// The key is removed.
void invalidate(Request& request, Bytes key, Lease lease = {});

// The key becomes this string; with a time to live in milliseconds, or, if 0, for ever.
void refresh_json(Request& request, Bytes key, Bytes json, int64_t ttl, Lease lease = {});

// The key becomes a hash of these fields, and no others. Without fields it is removed, as Redis has
// no empty hashes.
void refresh_hash(Request& request, Bytes key, std::span<const Field> fields, int64_t ttl,
                  Lease lease = {});

// The key becomes what DUMP gave of another, until a time in milliseconds since 1970, or, if 0, for
// ever. Takes a Redis of version 5 or newer.
void restore(Request& request, Bytes key, Bytes dump, int64_t expires_at, Lease lease = {});

// Only the version is set: before forget() of a pattern, whose own companion (user:*:version) turns
// away the readers that name it; see fill_script.hpp. The lease is not 0.
void hold(Request& request, Bytes key, Lease lease);

void publish(Request& request, Bytes channel, Bytes message);

}  // namespace relay
