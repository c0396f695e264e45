#!/usr/bin/python3
"""One key, written again and again in one transaction: a call touches as many pages late as early."""

import json

from lib import Cluster, done, ok, value

# The number of the call is i.
COMMANDS = {
    "SET": "kv.set('hot', i)",
    "INCR": "kv.incr('hot number')",
    "APPEND": "kv.append('hot text', 'x')",
    "SETRANGE": "kv.setrange('hot text', 0, 'x')",
    "SET that expires": "kv.set('hot', i, px => 1000000 + i)",
    "EXPIRE": "kv.expire('hot', 1000 + i)",
    "GET after SET": "kv.set('hot', i) || kv.get('hot')",
    "MSET": "kv.mset('hot', i, 'hot too', i)",
    "SET NX and DEL": "kv.set('hot lock', i, nx => true) || kv.del('hot lock')",
    "SET and GETDEL": "kv.set('hot lock', i) || kv.getdel('hot lock')",
    "RENAME to and fro": "kv.rename('hot', 'hotter') || kv.rename('hotter', 'hot')",
}


def pages(session, command, calls):
    """Pages that so many calls touched."""
    plan = value(session, f"EXPLAIN (ANALYZE, BUFFERS, TIMING off, FORMAT json) "
                          f"SELECT {command} FROM generate_series(1, {calls}) AS i")
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"]


with Cluster({"shared_preload_libraries": "pg_kv", "autovacuum": "off"}) as cluster:
    cluster.psql("CREATE EXTENSION pg_kv; SELECT kv.set('hot', 'x')")
    session = cluster.connect()
    for name, command in COMMANDS.items():
        pages(session, command, 10)
        few, many = pages(session, command, 400), pages(session, command, 1600)
        ok(many <= 2 * 4 * few, f"{name}: 400 calls touch {few} pages, 1600 calls {many}")
    session.close()
done()
