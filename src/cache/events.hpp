// Tells who listens to pg_cache_events what the cache does, if kv.cache_events asks for it.
#pragma once

#include "cache/source.hpp"

namespace cache::events {

enum class Event { hit, miss, write, invalidate };

// The key is left out where there is none, or where it is too long for a notification. These call
// PostgreSQL and may raise.
void tell(Event event, Oid table, Jsonb* key);
void tell(Event event, Source& source, const Part* parts);

}  // namespace cache::events
