#!/usr/bin/python3
"""The extension is dropped, made again and doubled while sessions use it, and works without
being preloaded."""

import collections
import re
import time

from lib import Client, Cluster, done, eventually, failure, finish, is_, ok, query, size_is_right, sqlstate, start, value

COMMANDS = ("SELECT kv.get('key')", "SELECT kv.set('key', 'x')", "SELECT kv.incr('count')", "SELECT kv.dbsize()",
            "SELECT count(*) FROM kv.keys", "SELECT * FROM kv.keys('*')", "SELECT kv.flushdb()")
DEADLOCK = "40P01"
# Undefined function, schema or relation, as for anything that was dropped.
GONE = {"42883", "3F000", "42P01", "42704"}


def drop_while_used(cluster):
    this, other = cluster.connect(), cluster.connect()
    value(this, "CREATE EXTENSION pg_kv")
    value(other, "PREPARE reading AS SELECT kv.get('key')")
    for sql in COMMANDS:
        is_(sqlstate(other, sql), None, f"before: {sql}")
    is_(value(other, "EXECUTE reading"), None, "before: a prepared statement")
    value(this, "DROP EXTENSION pg_kv")
    for session, name in (other, "another session"), (this, "the session that dropped it"):
        for sql in COMMANDS:
            ok(sqlstate(session, sql) in GONE, f"dropped: {name}: {sql} says what is missing")
    ok(sqlstate(other, "EXECUTE reading") in GONE, "dropped: a prepared statement says what is missing")

    value(this, "CREATE EXTENSION pg_kv")
    for session, name in (this, "the session that made it"), (other, "another session"):
        value(session, "SELECT kv.set('key', 'anew')")
        is_(query(session, "SELECT kv.get('key'), kv.dbsize()"), [("anew", 1)], f"made again: {name}")
    is_(value(other, "EXECUTE reading"), "anew", "made again: a prepared statement")
    value(this, "DROP EXTENSION pg_kv; CREATE EXTENSION pg_kv")
    is_(query(other, "SELECT kv.get('key'), kv.dbsize()"), [(None, 0)], "dropped and made in one breath")
    this.close()
    other.close()


def drop_after_writes(cluster):
    session, other = cluster.connect(), cluster.connect()
    value(session, "SELECT kv.set('kept', 'x')")
    value(session, "BEGIN")
    value(session, "SELECT kv.set('in between', 'x')")
    value(session, "DROP EXTENSION pg_kv")
    ok(sqlstate(session, "SELECT kv.get('kept')") in GONE, "dropped in a transaction: it is gone there")
    value(session, "ROLLBACK")
    for connection in session, other:
        is_(query(connection, "SELECT kv.get('kept'), kv.get('in between'), kv.dbsize()"), [("x", None, 1)],
            "dropped in a transaction, rolled back: all is as before")
    value(session, "BEGIN")
    value(session, "SELECT kv.set('first', 'x')")
    value(session, "SAVEPOINT here")
    value(session, "DROP EXTENSION pg_kv")
    value(session, "ROLLBACK TO here")
    value(session, "SELECT kv.set('second', 'x')")
    value(session, "COMMIT")
    is_(value(other, "SELECT kv.dbsize()"), 3, "dropped in a savepoint, rolled back: the transaction goes on")
    size_is_right(cluster, "dropped in a savepoint")
    value(session, "BEGIN")
    value(session, "SELECT kv.set('lost', 'x')")
    value(session, "DROP EXTENSION pg_kv")
    value(session, "CREATE EXTENSION pg_kv")
    value(session, "SELECT kv.set('new', 'x')")
    value(session, "COMMIT")
    for connection in session, other:
        is_(query(connection, "SELECT kv.get('lost'), kv.get('new'), kv.dbsize()"), [(None, "x", 1)],
            "dropped and made again after writes, committed")
    value(session, "BEGIN")
    value(session, "SELECT kv.set('lost', 'x')")
    value(session, "DROP EXTENSION pg_kv")
    value(session, "COMMIT")
    ok(sqlstate(other, "SELECT kv.get('lost')") in GONE, "dropped after a write, committed")
    session.close()
    other.close()


def drop_under_load(cluster):
    """Sessions that write all the time meet no other error than that it is gone."""
    cluster.psql("CREATE EXTENSION pg_kv")
    met = collections.Counter()

    def work(client):
        sql = client.random.choice(COMMANDS[:-1] + ("SELECT kv.mset('a', '1', 'b', '2')", "SELECT kv.del('key')"))
        error = failure(client.connection, sql)
        met[error and f"{error.pgcode} {re.sub('[0-9]+', '...', error.diag.message_primary)}"] += 1

    clients = start([Client(cluster, work, number) for number in range(6)])
    session = cluster.connect()
    dropped = 0
    for _ in range(10):
        # It locks many tables, one after the other, so it may lose against a session that has some.
        dropped += sqlstate(session, "DROP EXTENSION pg_kv; CREATE EXTENSION pg_kv") != DEADLOCK
        time.sleep(0.05)
    is_(finish(clients), [], "dropped under load: the sessions live")
    ok(dropped > 0 and met[None] > 0, "dropped under load: the extension goes and comes back, commands succeed between")
    unclear = {error: count for error, count in met.items() if error and error[:5] not in GONE | {DEADLOCK}}
    is_(unclear, {}, "dropped under load: the errors tell what is missing")
    size_is_right(cluster, "dropped under load")
    session.close()


def two_databases(cluster):
    cluster.psql("CREATE DATABASE second")
    cluster.psql("CREATE EXTENSION pg_kv; SELECT kv.set('key', 'second')", "second")
    cluster.psql("SELECT kv.flushdb(), kv.set('key', 'first')")
    is_((cluster.psql("SELECT kv.get('key'), kv.dbsize()"), cluster.psql("SELECT kv.get('key'), kv.dbsize()", "second")),
        ("first|1", "second|1"), "two databases have each its own keys")
    cluster.psql("DROP EXTENSION pg_kv", "second")
    is_(cluster.psql("SELECT kv.get('key')"), "first", "dropped in one, it stays in the other")
    cluster.psql("DROP DATABASE second")


def other_version(cluster):
    cluster.psql("CREATE DATABASE scratch")
    cluster.psql("CREATE EXTENSION pg_kv; UPDATE pg_extension SET extversion = '0.0.1' WHERE extname = 'pg_kv'", "scratch")
    connection = cluster.connect("scratch")
    for sql in COMMANDS[:2]:
        error = failure(connection, sql)
        is_(error and error.pgcode, "55000", f"a layout of another version: {sql} is refused")
        ok(error and "ALTER EXTENSION pg_kv UPDATE" in (error.diag.message_hint or ""), "and the hint tells what to do")
    connection.close()
    cluster.psql("UPDATE pg_extension SET extversion = (SELECT default_version FROM pg_available_extensions "
                 "WHERE name = 'pg_kv') WHERE extname = 'pg_kv'; SELECT kv.set('key', 'x')", "scratch")
    is_(cluster.psql("SELECT kv.get('key')", "scratch"), "x", "of the right version again, it works")
    cluster.psql("DROP DATABASE scratch")


def works_without_preload():
    with Cluster({"synchronous_commit": "off"}) as cluster:
        cluster.psql("CREATE EXTENSION pg_kv")
        session = cluster.connect()
        value(session, "SELECT kv.set('key', 'x'), kv.incr('count'), kv.set('short', 'x', px => 1), "
                       "kv.mset('a', '1', 'b', '2'), kv.rename('a', 'c'), kv.expire('b', 1000)")
        time.sleep(0.01)
        is_(query(session, "SELECT kv.get('key'), kv.get('count'), kv.get('short'), kv.get('c'), kv.ttl('b') > 0"),
            [("x", "1", None, "1", True)], "not preloaded: commands")
        is_(value(session, "SELECT count(*) FROM kv.keys"), 4, "not preloaded: views")
        ok(value(session, "SELECT sum(commands) > 0 AND NOT bool_or(shared) FROM kv.counters()"),
           "not preloaded: a session counts its own commands")
        ok(value(session, "SELECT count(*) FROM kv.info()") > 10, "not preloaded: kv.info()")
        ok(eventually(lambda: value(session, "SELECT kv.expire_batch()") == 1), "not preloaded: kv.expire_batch()")
        is_(value(session, "SELECT kv.dbsize()"), 4, "not preloaded: and DBSIZE knows")
        value(session, "SELECT kv.flushdb()")
        ok(eventually(lambda: value(session, "SELECT kv.expire_batch()") == 0 and
                      value(session, "SELECT count(*) FROM kv.durable_key") == 0),
           "not preloaded: kv.expire_batch() sweeps")

        # One transaction in a thousand folds, so that none comes in so many is as good as impossible.
        added, most, folded = 0, 0, False
        while added < 5000 or not folded and added < 30000:
            for _ in range(500):
                added += 1
                value(session, "SELECT kv.set(%s, 'x')", f"added:{added}")
            rows = value(session, "SELECT count(*) FROM kv.durable_size")
            folded |= rows < most
            most = max(most, rows)
            if value(session, "SELECT kv.dbsize()") != added:
                break
        ok(folded, "not preloaded: the rows behind DBSIZE are summed up now and then")
        is_(value(session, "SELECT kv.dbsize()"), added, "not preloaded: and DBSIZE is right all the time")
        session.close()


settings = {"shared_preload_libraries": "pg_kv", "kv.worker_databases": "postgres", "deadlock_timeout": "100ms"}
with Cluster(settings) as cluster:
    drop_while_used(cluster)
    drop_after_writes(cluster)
    drop_under_load(cluster)
    two_databases(cluster)
    other_version(cluster)
works_without_preload()
done()
