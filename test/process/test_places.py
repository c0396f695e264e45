#!/usr/bin/python3
"""What is remembered of the places of rows is checked against the rows: a session finds the right
row, or none, whatever became of the place."""

from lib import Client, Cluster, diag, done, finish, is_, ok, query, start, unsound, value

KEYS = 5000


def wrong_keys(session, expected):
    """Keys whose values are not as expected; an expectation of None: no such key."""
    found = dict(query(session, "SELECT n, kv.get('key:' || n) FROM generate_series(1, %s) AS n", KEYS))
    return [n for n in found if found[n] != expected(n)][:10]


def table_size(cluster):
    return int(cluster.psql("SELECT pg_relation_size('kv.durable_key')"))


def work(client):
    """Each client has keys of its own, and knows what they must be."""
    known = client.__dict__.setdefault("known", {})
    key = f"own:{client.number}:{client.random.randrange(300)}"
    if client.random.random() < 0.5:
        found = client.value("SELECT kv.get(%s)", key)
        if found != known.get(key):
            raise AssertionError(f"{key} is {found}, not {known.get(key)}")
    elif client.random.random() < 0.3:
        client.value("SELECT kv.del(%s)", key)
        known.pop(key, None)
    else:
        known[key] = f"{client.random.random()}" * client.random.choice((1, 1, 1, 50))
        client.value("SELECT kv.set(%s, %s)", key, known[key])


# So small that there are fewer places than keys.
settings = {"shared_preload_libraries": "pg_kv", "autovacuum": "off", "shared_buffers": "1MB"}
with Cluster(settings) as cluster:
    cluster.psql("CREATE EXTENSION pg_kv")
    session, other = cluster.connect(), cluster.connect()
    query(session, "SELECT kv.set('key:' || n, n) FROM generate_series(1, %s) AS n", KEYS)
    is_(wrong_keys(session, str), [], "each key is found")
    is_(wrong_keys(other, str), [], "by another session, too")

    before = table_size(cluster)
    query(session, "SELECT kv.del('key:' || n) FROM generate_series(1001, %s) AS n", KEYS)
    query(session, "VACUUM kv.durable_key")
    ok(table_size(cluster) < before, "the end of the table is cut off")
    is_(wrong_keys(other, lambda n: str(n) if n <= 1000 else None), [], "keys whose places are beyond it are missing")
    query(other, "SELECT kv.set('key:' || n, 'again') FROM generate_series(%s, 1001, -1) AS n", KEYS)
    is_(wrong_keys(session, lambda n: str(n) if n <= 1000 else "again"), [], "their places may become others'")

    query(session, "BEGIN ISOLATION LEVEL REPEATABLE READ")
    is_(value(session, "SELECT kv.get('key:1')"), "1", "a session that holds a snapshot")
    query(other, "SELECT kv.set('key:' || n, repeat('moved', 100)) FROM generate_series(1, %s) AS n", KEYS)
    is_(wrong_keys(other, lambda n: "moved" * 100), [], "rows that moved to other pages are found")
    is_(wrong_keys(session, lambda n: str(n) if n <= 1000 else "again"), [], "the snapshot's by their old places")
    is_(wrong_keys(other, lambda n: "moved" * 100), [], "and again the new ones")
    query(session, "COMMIT")

    query(session, "BEGIN")
    query(session, "SELECT kv.set('key:1', repeat('x', 3000)), kv.del('key:2'), kv.set('new', 'x')")
    query(session, "ROLLBACK")
    is_(value(other, "SELECT kv.get('key:1')"), "moved" * 100, "a place of a row rolled back")
    is_(value(other, "SELECT kv.get('key:2')"), "moved" * 100, "a removal rolled back")
    is_(value(other, "SELECT kv.get('new')"), None, "a new key rolled back")

    clients = start([Client(cluster, work, number) for number in range(6)])
    for _ in range(20):
        cluster.psql("VACUUM kv.durable_key; SELECT pg_sleep(0.1)")
    for _ in range(3):
        cluster.psql("VACUUM FULL kv.durable_key; SELECT pg_sleep(0.1)")
    errors = finish(clients)
    diag("\n".join(errors))
    is_(len(errors), 0, "sessions find their own writes while the table is vacuumed and rewritten")
    is_(unsound(cluster), "", "amcheck finds nothing")
    session.close()
    other.close()
done()
