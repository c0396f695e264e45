#!/usr/bin/python3
"""A physical standby reads what its primary wrote, writes nothing, and can take over."""

from lib import Cluster, done, is_, ok, query, size_is_right, sqlstate, unsound, value

FILL = """
    CREATE EXTENSION pg_kv;
    SELECT kv.set('key:' || i, i) FROM generate_series(1, 2500) AS i;
    SELECT kv.set('lasting', 'x', pxat => 4000000000123), kv.set('gone', 'x', px => 1);
    SELECT kv.set('large', repeat('0123456789', 20000)), kv.set('number', '41');
    SELECT kv.set(repeat('k', 5000), 'long'), kv.set('text1', 'ohmytext'), kv.set('text2', 'mynewtext');
    SELECT kv.set('in two', 'x', db => 2), kv.name_database(2, 'second');
    SELECT kv.set_storage(1, 'cache'), kv.set('cached', 'x', db => 1);
"""

READS = {
    "SELECT kv.get('key:17')": "17",
    "SELECT kv.get('gone')": None,
    "SELECT kv.get(repeat('k', 5000))": "long",
    "SELECT md5(kv.get('large'))": None,  # what the primary says
    "SELECT array_agg(value) FROM kv.mget('key:1', 'none', 'key:3')": ["1", None, "3"],
    "SELECT count(*) FROM kv.keys('key:*')": 2500,
    "SELECT count(*) FROM kv.keys('*')": 2506,
    "SELECT kv.pexpiretime('lasting')": 4000000000123,
    "SELECT kv.ttl('key:1')": -1,
    "SELECT kv.pttl('gone')": -2,
    "SELECT kv.exists('key:1', 'key:2', 'none')": 2,
    "SELECT kv.type('key:1')": "string",
    "SELECT kv.strlen('large')": 200000,
    "SELECT kv.getrange('large', 199995, -1)": "56789",
    "SELECT kv.lcs('text1', 'text2')": "mytext",
    "SELECT kv.object_encoding('number')": "int",
    "SELECT kv.randomkey() IS NOT NULL": True,
    "SELECT kv.get('in two', db => kv.db('second'))": "x",
    "SELECT count(*) FROM kv.keys": 2507,
    "SELECT value FROM kv.strings WHERE key = 'key:5'": "5",
    "SELECT name::text FROM kv.databases WHERE db = 2": "second",
    "SELECT count(*) FROM kv.stats": 16,
    "SELECT value FROM kv.info() WHERE name = 'role'": "slave",
    "SELECT encode(kv.call('GET', 'key:9'), 'escape')": "$1\r\n9\r\n",
}

CACHE_READS = {
    "SELECT kv.get('cached', db => 1)": None,
    "SELECT array_agg(value) FROM kv.mget(ARRAY['cached', 'other'], 1)": [None, None],
    "SELECT count(*) FROM kv.keys('*', db => 1)": 0,
    "SELECT kv.dbsize(1)": 0,
    "SELECT kv.exists(ARRAY['cached'], 1)": 0,
    "SELECT kv.type('cached', db => 1)": "none",
    "SELECT kv.ttl('cached', db => 1)": -2,
    "SELECT kv.strlen('cached', db => 1)": 0,
    "SELECT kv.randomkey(db => 1)": None,
    "SELECT count(*) FROM kv.scan(0, db => 1) AS page, unnest(page.keys)": 0,
    "SELECT count(*) FROM kv.keys WHERE db = 1": 0,
    "SELECT count(*) FROM kv.strings WHERE db = 1": 0,
    "SELECT storage FROM kv.databases WHERE db = 1": "cache",
    "SELECT keys FROM kv.databases WHERE db = 1": 0,
}

WRITES = (
    "SELECT kv.set('key:1', 'x')", "SELECT kv.set('new', 'x', nx => true)", "SELECT kv.setnx('key:1', 'x')",
    "SELECT kv.mset('a', '1', 'b', '2')", "SELECT kv.incr('number')", "SELECT kv.append('key:1', 'x')",
    "SELECT kv.del('key:1')", "SELECT kv.del('none')", "SELECT kv.unlink('key:1')", "SELECT kv.getdel('key:1')",
    "SELECT kv.getex('key:1', ex => 10)", "SELECT kv.expire('key:1', 10)", "SELECT kv.persist('lasting')",
    "SELECT kv.rename('key:1', 'key:2')", "SELECT kv.copy('key:1', 'new')", "SELECT kv.move('key:1', 2)",
    "SELECT kv.setrange('key:1', 0, 'x')", "SELECT kv.flushdb()", "SELECT kv.flushall()", "SELECT kv.swapdb(0, 2)",
    "SELECT kv.set('cached', 'x', db => 1)", "SELECT kv.del(ARRAY['cached'], 1)", "SELECT kv.flushdb(db => 1)",
    "SELECT kv.call('SET', 'key:1', 'x')", "SELECT kv.expire_batch()", "SELECT kv.set_storage(2, 'cache')",
    "SELECT kv.name_database(2, 'other')",
)


def scan_all(connection):
    """What a walk with SCAN finds."""
    cursor, found = 0, []
    while True:
        cursor, keys = query(connection, "SELECT * FROM kv.scan(%s, match => 'key:*', count => 100)", cursor)[0]
        found += keys
        if cursor == 0:
            return found


with Cluster({"shared_preload_libraries": "pg_kv", "kv.worker_databases": "postgres"}) as primary:
    primary.psql(FILL)
    with primary.standby() as standby:
        primary.caught_up(standby)
        there, here = primary.connect(), standby.connect()

        for sql, expected in READS.items():
            if "md5" in sql:
                expected = value(there, sql)
            is_(value(here, sql), expected, f"standby: {sql}")
        # The expired key counts until it is removed, here as there.
        size_is_right(standby, "standby")
        is_(sorted(scan_all(here)), sorted(f"key:{i}" for i in range(1, 2501)), "standby: SCAN finds every key")
        for sql, expected in CACHE_READS.items():
            is_(value(here, sql), expected, f"standby, cache database: {sql}")
        for sql in WRITES:
            is_(sqlstate(here, sql), "25006", f"standby: {sql} is refused")
        is_(sqlstate(there, "BEGIN READ ONLY; SELECT kv.set('key:1', 'x')"), "25006",
            "a read-only transaction on the primary is refused the same")
        value(there, "ROLLBACK")
        is_(standby.psql("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT kv.get('key:2'); COMMIT"), "2",
            "standby: REPEATABLE READ")
        standby.run("pg_dump", "--no-unlogged-table-data", f"--file={standby.folder / 'dump'}", "postgres")
        ok((standby.folder / "dump").stat().st_size > 0, "standby: pg_dump without unlogged data")

        value(there, "SELECT kv.set('key:1', 'changed')")
        value(there, "SELECT kv.flushdb(db => 2)")
        value(there, "SELECT kv.set('after', 'x', db => 2)")
        primary.caught_up(standby)
        is_(value(here, "SELECT kv.get('key:1')"), "changed", "standby: an open session sees a change")
        is_(query(here, "SELECT kv.get('in two', db => 2), kv.get('after', db => 2), kv.dbsize(2)"),
            [(None, "x", 1)], "standby: an open session sees a flush")
        value(there, "SELECT kv.set('sixth', 'x', db => 6)")
        value(there, "SELECT kv.swapdb(2, 6)")
        primary.caught_up(standby)
        is_(query(here, "SELECT kv.get('sixth', db => 2), kv.get('after', db => 6)"), [("x", "x")],
            "standby: an open session sees a swap")

        primary.crash()
        standby.promote()
        is_(value(here, "SELECT kv.incr('number')"), 42, "promoted: an open session writes")
        is_(value(here, "SELECT count(kv.set('new:' || i, i)) FROM generate_series(1, 500) AS i"), 500,
            "promoted: new keys")
        is_(value(here, "SELECT count(*) - count(DISTINCT id) FROM kv.durable_key"), 0, "promoted: their ids are new")
        is_(value(here, "SELECT kv.dbsize(1)"), 0, "promoted: the cache database is empty")
        value(here, "SELECT kv.set('cached', 'anew', db => 1)")
        is_(query(here, "SELECT kv.get('cached', db => 1), kv.dbsize(1)"), [("anew", 1)],
            "promoted: the cache database works")
        value(here, "SELECT kv.flushdb()")
        is_(query(here, "SELECT kv.dbsize(), kv.get('key:2'), kv.get('sixth', db => 2)"), [(0, None, "x")],
            "promoted: FLUSHDB")
        is_(unsound(standby), "", "promoted: amcheck finds nothing")
        is_(value(here, "SELECT value FROM kv.info() WHERE name = 'role'"), "master", "promoted: role")
        there.close()
        here.close()
done()
