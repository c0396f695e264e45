#!/usr/bin/python3
"""Long commands and waits can be ended, and so can sessions: what they were at is undone, the
others go on."""

import threading
import time

from lib import Client, Cluster, done, eventually, failure, finish, is_, ok, size_is_right, sqlstate, start, unsound, value

CANCELED = "57014"
KEYS = 200_000

# Each takes seconds if nothing ends it.
LONG = {
    "KEYS": "SELECT count(*) FROM generate_series(1, 100) AS i, kv.keys('*[xyz]?*' || i || 'no')",
    "KEYS that match": "SELECT count(*) FROM generate_series(1, 100) AS i, kv.keys(left('*' || i, 1))",
    "SCAN": "SELECT count(*) FROM generate_series(1, 100) AS i, kv.scan(0, match => '*none' || i, count => 1000000)",
    "LCS": "SELECT sum(kv.lcs_len('left', 'right')) FROM generate_series(1, 1000) AS i WHERE kv.exists('left') = i / i",
    "DBSIZE with a prefix": "SELECT sum(kv.dbsize(0 * i)) FROM generate_series(1, 1000) AS i, set_config('kv.prefix', 'many:', false)",
    "views": "SELECT count(*) FROM kv.keys AS one, kv.keys AS other WHERE one.key < other.key",
    "SET": "SELECT count(kv.set('long:' || i, i)) FROM generate_series(1, 10000000) AS i",
    "INCR of one key": "SELECT count(kv.incr('long')) FROM generate_series(1, 100000000) AS i",
}


def goes_on(session, name):
    """The session works, and what was canceled has left nothing."""
    value(session, "RESET kv.prefix")
    value(session, "SELECT kv.set('session', 'x')")
    is_((value(session, "SELECT kv.get('session')"), value(session, "SELECT kv.exists('long', 'long:1')")), ("x", 0),
        f"{name}: the session goes on")


def by_timeout(cluster):
    session = cluster.connect()
    for name, sql in LONG.items():
        value(session, "SET statement_timeout = 300")
        is_(sqlstate(session, sql), CANCELED, f"{name}: statement_timeout ends it")
        value(session, "RESET statement_timeout")
        goes_on(session, name)
    # One call, not a statement of many.
    value(session, "SET statement_timeout = 15")
    is_(sqlstate(session, "SELECT kv.keys('*')"), CANCELED, "one KEYS: statement_timeout ends it")
    is_(sqlstate(session, "SELECT kv.lcs_len('left', 'right')"), CANCELED, "one LCS: statement_timeout ends it")
    value(session, "RESET statement_timeout")
    goes_on(session, "one call")
    session.close()


class Statement(threading.Thread):
    """Runs a statement in a thread; error tells how it ended."""

    def __init__(self, connection, sql):
        super().__init__(daemon=True)
        self.connection, self.sql = connection, sql
        self.start()

    def run(self):
        self.error = failure(self.connection, self.sql)

    def state(self):
        self.join()
        return self.error and self.error.pgcode


def is_active(admin, session, wait=None):
    """Waits until the session is at a statement, or waits in it for a lock."""
    sql = "SELECT state = 'active' AND (%s IS NULL OR wait_event_type = %s) FROM pg_stat_activity WHERE pid = %s"
    return eventually(lambda: value(admin, sql, wait, wait, session.get_backend_pid()))


def by_request(cluster, admin):
    session = cluster.connect()
    for name, sql in LONG.items():
        statement = Statement(session, sql)
        is_active(admin, session)
        time.sleep(0.1)
        value(admin, "SELECT pg_cancel_backend(%s)", session.get_backend_pid())
        is_(statement.state(), CANCELED, f"{name}: pg_cancel_backend ends it")
        goes_on(session, name)
    session.close()


def waiting(cluster, admin):
    """Sessions that wait for a key that another one has written."""
    holder, session = cluster.connect(), cluster.connect()
    value(admin, "SELECT kv.set('held', '1')")
    value(holder, "BEGIN")
    value(holder, "SELECT kv.incr('held')")
    value(holder, "SELECT kv.set('missing', 'x')")
    for sql in ("SELECT kv.incr('held')", "SELECT kv.set('missing', 'y')", "SELECT kv.del('held')",
                "SELECT kv.mset('a', '1', 'held', '2', 'z', '3')", "SELECT kv.rename('held', 'other')",
                "SELECT kv.expire('held', 100)"):
        statement = Statement(session, sql)
        ok(is_active(admin, session, "Lock"), f"{sql} waits for the key")
        value(admin, "SELECT pg_cancel_backend(%s)", session.get_backend_pid())
        is_(statement.state(), CANCELED, f"{sql}: pg_cancel_backend ends the wait")
        value(session, "SET statement_timeout = 50")
        is_(sqlstate(session, sql), CANCELED, f"{sql}: statement_timeout ends the wait")
        value(session, "RESET statement_timeout; SET lock_timeout = 50")
        is_(sqlstate(session, sql), "55P03", f"{sql}: lock_timeout ends the wait")
        value(session, "RESET lock_timeout")
    is_(value(session, "SELECT kv.get('held')"), "1", "readers do not wait")

    # The holder dies.
    statement = Statement(session, "SELECT kv.incrby('held', 10)")
    is_active(admin, session, "Lock")
    value(admin, "SELECT pg_terminate_backend(%s, 10000)", holder.get_backend_pid())
    is_(statement.state(), None, "the wait ends with the session that held the key")
    is_((value(session, "SELECT kv.get('held')"), value(session, "SELECT kv.get('missing')")), ("11", None),
        "and what that session wrote is undone")
    session.close()


def terminated(cluster, admin):
    """Sessions are terminated in the middle of their writes."""
    added = [0] * 4

    def work(client):
        if client.value("SELECT kv.incr('counted')") is not None:
            added[client.number] += 1
        client.value("SELECT kv.mset(%s, 'x', 'shared', 'x')", f"own:{client.number}")
        client.value("SELECT kv.rename('shared', 'other'), kv.del('other')")

    def try_work(client):
        """Does not mind that another session took the key away."""
        try:
            work(client)
        except Exception as error:
            if "no such key" not in str(error):
                raise

    steady = start([Client(cluster, try_work, number) for number in range(4)])
    for _ in range(15):
        victims = start([Client(cluster, lambda client: (
            client.value("SELECT kv.mset('shared', 'v', 'victim', 'v')"),
            client.value("SELECT kv.set('victim:' || i, i), kv.incr('victims'), kv.del('victim') FROM generate_series(1, 50) AS i")),
            number) for number in range(2)])
        time.sleep(0.05)
        for victim in victims:
            value(admin, "SELECT pg_terminate_backend(%s)", victim.connection.get_backend_pid())
        eventually(lambda: all(victim.error for victim in victims))
        finish(victims)
    is_(finish(steady), [], "sessions go on while others are terminated")
    is_(int(value(admin, "SELECT kv.get('counted')")), sum(added), "and nothing of theirs is lost")
    is_(int(value(admin, "SELECT coalesce(kv.get('victims'), '0')")) % 50, 0, "a terminated session's statement counts as a whole or not at all")


with Cluster({"shared_preload_libraries": "pg_kv", "synchronous_commit": "off", "fsync": "off"}) as cluster:
    cluster.psql(f"""
        CREATE EXTENSION pg_kv;
        SELECT count(kv.set('many:' || i, i)) FROM generate_series(1, {KEYS}) AS i;
        SELECT kv.set('left', (SELECT string_agg(chr(97 + i * i % 26), '') FROM generate_series(1, 11000) AS i)),
               kv.set('right', (SELECT string_agg(chr(97 + i * 7 % 23), '') FROM generate_series(1, 11000) AS i))""")
    admin = cluster.connect()
    by_timeout(cluster)
    by_request(cluster, admin)
    waiting(cluster, admin)
    terminated(cluster, admin)
    ok("terminated by signal" not in cluster.log(), "no process crashed")
    is_(cluster.log().count("leak"), 0, "nothing was left open")
    size_is_right(cluster, "afterwards")
    is_(unsound(cluster), "", "amcheck finds nothing")
    admin.close()
done()
