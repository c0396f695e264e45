// How a reader fills a cache without leaving there what was changed meanwhile.
//
// The reader draws a version (kv.fill_version()) in a statement of its own, then reads the row in
// another, then fills by this script. The relay draws a version after it has seen a change
// committed, and before it takes the snapshot that it re-reads rows with; it sets key:version to it
// in the transaction (MULTI) that removes or sets the key. Versions only grow, so:
//
// - Stale reader: it drew its version before the relay did, and perhaps read before the commit. Its
//   version is smaller than key:version, and the fill is too late, whether the relay has removed
//   the key, refreshed it, or removed it because the row is gone. If the fill comes before the
//   relay, it succeeds, and the relay then removes or overwrites it.
// - A reader with a greater version drew it after the relay had seen the commit, so its snapshot,
//   which is younger, shows the change: it may fill.
// - The relay's own refresh overwrites without looking. It may put back an older row than a reader
//   has just filled in; but then the newer one was committed after the relay's snapshot, stands in
//   the outbox, and is sent next.
// - Refresh after delete, or the reverse: both go through one connection in the order of their
//   commits per key, and one that is sent again after a failure reads the row again. The fill
//   script cannot tell them apart and need not.
// - MULTI ... EXEC: no fill runs between the key's change and the version's.
// - Expired lease: key:version lives for the lease. A reader that takes longer than this between
//   its two statements and the fill could leave a stale entry: give it a time-out below the lease.
// - Eviction: Redis short of memory may evict key:version before its time, and the race is open
//   again until the next change. maxmemory-policy volatile-ttl makes that likely; noeviction, or
//   allkeys-lru with room to spare, unlikely; a TTL on what is filled bounds what can come of it.
// - TRUNCATE names no keys, only their pattern. The relay sets the pattern's own version
//   (user:*:version) before it scans. Readers that pass this key too are turned away likewise.
// - A failover of Redis may lose what the replica had not got: the key's removal and its version
//   alike. A TTL bounds it.
#pragma once

#include <string_view>

namespace relay {

// Between a key and its companion's name: user:1:version.
constexpr std::string_view version_suffix = ":version";

// For EVAL: KEYS[1] is the key, KEYS[2] its companion key:version, further ones (optional) are
// companions of patterns; ARGV are the value, the reader's version, and the time to live in
// milliseconds, or 0 for none. Returns 1 if it filled, 0 if it was too late.
std::string_view fill_script();

}  // namespace relay
