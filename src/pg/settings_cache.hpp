// The settings kv.cache_*, of rows and results that are read through the cache.
#pragma once

#include <cstdint>

namespace pg::settings {

// Milliseconds.
int64_t cache_ttl();
int64_t cache_negative_ttl();
int cache_wait();

enum class Events { off, sampled, on };
Events cache_events();

// Called by define().
void define_cache();

}  // namespace pg::settings
