"""The measures, in the order in which they run. Each has a NAME and run(bench, section)."""

from . import (get, set, in_server, operations, one_key, large_value, sessions, expiry,
               old_snapshot, add, hgetall, one_collection, element, queue, rank, ranges, loading,
               growth, cache_read, resp_get, resp_set, resp_commands, relay_writes, relay_sending)

MEASURES = [get, set, in_server, operations, one_key, large_value, sessions, expiry, old_snapshot,
            add, hgetall, one_collection, element, queue, rank, ranges, loading, growth, cache_read,
            resp_get, resp_set, resp_commands, relay_writes, relay_sending]
