#!/usr/bin/python3
"""A session that holds an old snapshot: everybody sees what they should, and the space that dead
rows take is used again once it has gone."""

import psycopg2.extensions

from lib import Cluster, done, eventually, is_, ok, query, size_is_right, sqlstate, unsound, value

UPDATES = 3000


def size(connection):
    """Bytes of the key table and its indexes."""
    return value(connection, "SELECT pg_total_relation_size('kv.durable_key')")


def write(connection):
    """A hot key, sessions that are refreshed, and queue-like keys that come and go."""
    for i in range(UPDATES // 100):
        for _ in range(100):
            value(connection, "SELECT kv.incr('hot')")
        value(connection, "SELECT count(kv.set('session:' || i, repeat('s', 500), ex => 3600)) "
                          "FROM generate_series(1, 20) AS i")
        value(connection, "SELECT count(kv.set('job:' || %s || ':' || i, 'x')) FROM generate_series(1, 20) AS i", i)
        value(connection, "SELECT count(kv.del('job:' || %s || ':' || i)) FROM generate_series(1, 20) AS i", i)


def vacuum(connection):
    for table in "durable_key", "durable_size":
        value(connection, f"VACUUM kv.{table}")


with Cluster({"shared_preload_libraries": "pg_kv", "autovacuum": "off", "synchronous_commit": "off"}) as cluster:
    cluster.psql("""
        CREATE EXTENSION pg_kv;
        SELECT kv.set('hot', '0'), kv.set('still', 'there'), kv.set('deleted', 'there');
        SELECT kv.set('expired:' || i, 'x', px => 1) FROM generate_series(1, 500) AS i""")
    writer, holder = cluster.connect(), cluster.connect()
    write(writer)
    vacuum(writer)
    before = size(writer)
    value(writer, "SELECT kv.set('short', 'x', px => 3000)")

    holder.set_session(isolation_level=psycopg2.extensions.ISOLATION_LEVEL_REPEATABLE_READ, autocommit=False)
    is_(query(holder, "SELECT kv.get('hot'), kv.get('short')"), [(str(UPDATES), "x")], "the snapshot is taken")
    write(writer)
    value(writer, "SELECT kv.set('new', 'x')")
    value(writer, "SELECT kv.del('deleted')")
    is_(value(writer, "SELECT kv.get('hot')"), str(2 * UPDATES), "others see each increment")
    is_(query(holder, "SELECT kv.get('hot'), kv.get('still'), kv.get('deleted'), kv.get('new')"),
        [(str(UPDATES), "there", "there", None)], "the holder sees what was")
    is_(value(holder, "SELECT count(*) FROM kv.keys('job:*')"), 0, "the holder sees no key that came and went")
    vacuum(writer)
    held = size(writer)
    ok(held > before, "dead rows take space meanwhile")
    is_(value(writer, "SELECT pid FROM kv.snapshot_holder()"), holder.get_backend_pid(), "kv.snapshot_holder() names it")
    ok(value(writer, "SELECT value FROM kv.info('horizon') WHERE name = 'oldest_snapshot_holder'")
       .startswith(str(holder.get_backend_pid())), "kv.info('horizon') names it")

    ok(eventually(lambda: value(writer, "SELECT kv.get('short') IS NULL")), "a key expires")
    is_(value(holder, "SELECT kv.get('short')"), None, "the holder's clock goes on: the key has expired for it, too")
    removed = value(writer, "SELECT kv.expire_batch(10000)")
    ok(removed <= 501 and value(writer, "SELECT kv.exists('still', 'new', 'hot', 'session:1')") == 4,
       "the expiry removes nothing else")
    is_(query(holder, "SELECT kv.get('short'), kv.get('still'), kv.exists('session:1')"), [(None, "there", 1)],
        "the holder sees the same after the expiry")
    is_(sqlstate(holder, "SELECT kv.incr('hot')"), "40001", "a write of the holder that comes too late fails")
    holder.rollback()

    vacuum(writer)
    write(writer)
    vacuum(writer)
    after = size(writer)
    for _ in range(3):
        write(writer)
        vacuum(writer)
    # Without reuse each round would take as much as the first one did.
    ok(size(writer) - after < before, "space is used again: the table does not go on growing")
    ok(after <= held + before, "nor did it much when the snapshot had gone")
    is_(value(writer, "SELECT kv.get('hot')"), str(6 * UPDATES), "and nothing was lost")

    def nothing_expired_is_left():
        value(writer, "SELECT kv.expire_batch(10000)")
        return value(writer, "SELECT count(*) FROM kv.durable_key WHERE expires_at < "
                             "extract(epoch FROM clock_timestamp()) * 1000") == 0

    ok(eventually(nothing_expired_is_left), "the expiry removes what has expired")

    # A move to another storage class copies what there is, not what the mover's snapshot has.
    is_(query(holder, "SELECT 1"), [(1,)], "a snapshot is taken")
    value(writer, "SELECT kv.set('moved', 'x', db => 3)")
    moved = sqlstate(holder, "SELECT kv.set_storage(3, 'cache')")
    if moved is None:
        holder.commit()
    ok(moved in (None, "40001", "0A000"), f"a storage class is changed under an old snapshot, or that is refused ({moved})")
    holder.rollback()
    is_(query(writer, "SELECT kv.get('moved', db => 3), kv.dbsize(3)"), [("x", 1)], "and no key is lost")
    size_is_right(cluster, "afterwards")
    is_(unsound(cluster), "", "amcheck finds nothing")
    writer.close()
    holder.close()
done()
