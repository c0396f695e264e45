#!/usr/bin/python3
"""Readers through the cache among random writers: no committed change is followed by an old read.

PG_KV_TEST_SECONDS tells for how long (20), half of them before a crash and half after it.
"""

import os
import threading

from lib import Client, Cluster, diag, done, finish, is_, ok, query, start, unsound

SECONDS = float(os.environ.get("PG_KV_TEST_SECONDS", 20))
ROWS = 40
READ = "SELECT kv.cache_read('item', jsonb_build_object('id', %s))->>'version'"
TOTAL = "SELECT count(*), sum(version) FROM item"
CACHED_TOTAL = "SELECT (cached->>'count')::bigint, (cached->>'sum')::numeric FROM kv.cache_query('total', NULL, 'SELECT count(*), sum(version) FROM item') AS cached"


class Row:
    """What a row was, commit by commit, and what it may have become; None: not there."""

    def __init__(self):
        self.writing = threading.Lock()
        self.states = []
        self.committed = 0  # the last state that is known to be committed

    def allowed_since(self, known):
        return self.states[known:]


rows = [Row() for _ in range(ROWS)]
versions = iter(range(1, 10**9))
counts = {"reads": 0, "writes": 0, "agreements": 0}
stale = []


def change(client, numbers, write, commits=True, begin="BEGIN"):
    """Runs write(), which returns what becomes of the rows, in a transaction."""
    numbers = sorted(set(numbers))
    for number in numbers:
        rows[number].writing.acquire()
    try:
        client.value(begin)
        states = write()
        if not commits:
            client.value("ROLLBACK")
            return
        # From here on, readers may see it.
        for number in numbers:
            rows[number].states.append(states[number])
        if client.random.random() < 0.2:
            name = f"c{client.number}"
            client.value(f"PREPARE TRANSACTION '{name}'")
            client.value(f"COMMIT PREPARED '{name}'")
        else:
            client.value("COMMIT")
        for number in numbers:
            rows[number].committed = len(rows[number].states) - 1
        counts["writes"] += 1
    finally:
        for number in numbers:
            rows[number].writing.release()


def put(client, number):
    version = next(versions)
    client.value("INSERT INTO item VALUES (%s, %s) ON CONFLICT (id) DO UPDATE SET version = excluded.version",
                 number, version)
    return version


def write_one(client, commits=True):
    number = client.random.randrange(ROWS)

    def work():
        if client.random.random() < 0.5:
            client.value("SAVEPOINT here")
            client.value("DELETE FROM item WHERE id = %s", number)
            client.value(READ, number)
            client.value("ROLLBACK TO here")
        if client.random.random() < 0.2:
            client.value("DELETE FROM item WHERE id = %s", number)
            return {number: None}
        version = put(client, number)
        seen = client.value(READ, number)
        if seen != str(version):
            stale.append(f"a writer of row {number} read {seen}, not its own {version}")
        return {number: version}

    begin = client.random.choice(["BEGIN", "BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ"])
    change(client, [number], work, commits, begin)


def write_and_roll_back(client):
    write_one(client, commits=False)


def swap(client):
    """Changes primary keys."""
    one, other = client.random.sample(range(ROWS), 2)

    def work():
        before = dict(query(client.connection, "SELECT id, version FROM item WHERE id IN (%s, %s)", one, other))
        client.value("UPDATE item SET id = -1 - id WHERE id IN (%s, %s)", one, other)
        client.value("UPDATE item SET id = %s WHERE id = -1 - %s", one, other)
        client.value("UPDATE item SET id = %s WHERE id = -1 - %s", other, one)
        return {one: before.get(other), other: before.get(one)}

    change(client, [one, other], work)


def write_all(client):
    def work():
        if client.random.random() < 0.3:
            client.value("TRUNCATE item")
            return dict.fromkeys(range(ROWS))
        version = next(versions)
        client.value("UPDATE item SET version = %s", version)
        there = {number for number, in query(client.connection, "SELECT id FROM item")}
        return {number: version if number in there else None for number in range(ROWS)}

    change(client, range(ROWS), work)


def writer(client):
    choice = client.random.random()
    if choice < 0.7:
        write_one(client)
    elif choice < 0.85:
        write_and_roll_back(client)
    elif choice < 0.98:
        swap(client)
    else:
        write_all(client)


def check(number, known, found):
    counts["reads"] += 1
    version = None if found is None else int(found)
    if version not in rows[number].allowed_since(known):
        stale.append(f"row {number}: read {version} after {rows[number].states[known]} was committed")


def reader(client):
    number = client.random.randrange(ROWS)
    if client.random.random() < 0.1:
        agree(client, number)
        return
    known = rows[number].committed
    if client.random.random() < 0.8:
        check(number, known, client.value(READ, number))
        return
    other = client.random.randrange(ROWS)
    known_other = rows[other].committed
    found = query(client.connection,
                  "SELECT value->>'version' FROM kv.cache_multiread('item', ARRAY[jsonb_build_object('id', %s), jsonb_build_object('id', %s)])",
                  number, other)
    check(number, known, found[0][0])
    check(other, known_other, found[1][0])


def agree(client, number):
    """Under REPEATABLE READ the cache says what the table says."""
    query(client.connection, CACHED_TOTAL)
    client.value("BEGIN ISOLATION LEVEL REPEATABLE READ")
    row = query(client.connection, "SELECT version::text FROM item WHERE id = %s", number)
    cached = client.value(READ, number)
    if cached != (row[0][0] if row else None):
        stale.append(f"row {number}: the cache says {cached}, the table {row}")
    cached, total = query(client.connection, CACHED_TOTAL), query(client.connection, TOTAL)
    if cached != total:
        stale.append(f"the cached query says {cached}, the table {total}")
    client.value("COMMIT")
    counts["agreements"] += 1


def run(cluster, seconds):
    clients = start([Client(cluster, writer, number) for number in range(4)] +
                    [Client(cluster, reader, number) for number in range(10, 18)])
    threading.Event().wait(seconds)
    return finish(clients)


def know(cluster):
    """What stands in the table is what the rows are."""
    with cluster.connect() as connection:
        found = dict(query(connection, "SELECT id, version FROM item"))
    for number, row in enumerate(rows):
        row.states = [found.get(number)]
        row.committed = 0


def read_everything(cluster):
    with cluster.connect() as connection:
        return query(connection, "SELECT id, version::text, kv.cache_read('item', jsonb_build_object('id', id))->>'version' "
                                 "FROM (SELECT generate_series(0, %s) AS id) AS wanted LEFT JOIN item USING (id)", ROWS - 1)


with Cluster({"shared_preload_libraries": "pg_kv", "kv.worker_databases": "postgres",
              "max_prepared_transactions": 20, "kv.cache_ttl": "2s", "synchronous_commit": "off"}) as cluster:
    cluster.psql("CREATE EXTENSION pg_kv; CREATE TABLE item (id integer PRIMARY KEY, version bigint NOT NULL);"
                 "INSERT INTO item SELECT id, 0 FROM generate_series(0, 29) AS id; SELECT kv.cache_table('item', mode => 'read')")
    know(cluster)
    is_(run(cluster, SECONDS / 2), [], "no session fails")
    is_(stale[:5], [], "no committed change is followed by an old read")
    cluster.crash()
    cluster.start()
    is_(cluster.psql("SELECT count(*) FROM kv.cache_key"), "0", "after a crash nothing is cached")
    know(cluster)
    is_(run(cluster, SECONDS / 2), [], "no session fails after a crash")
    is_(stale[:5], [], "nor is a change followed by an old read")
    read_everything(cluster)
    is_([row for row in read_everything(cluster) if row[1] != row[2]], [], "in the end the cache says what the table says")
    # A prepared transaction outlives a crash; what it noted for the cached queries does not.
    cluster.psql("BEGIN; INSERT INTO item VALUES (1000, 0); PREPARE TRANSACTION 'outlives'")
    cluster.crash()
    cluster.start()
    cluster.psql(CACHED_TOTAL)
    cluster.psql("COMMIT PREPARED 'outlives'")
    is_(cluster.psql(CACHED_TOTAL), cluster.psql(TOTAL), "what was prepared before a crash is seen once it is committed")
    ok(counts["reads"] > 1000 and counts["writes"] > 100 and counts["agreements"] > 50, "much was read and written")
    diag(str(counts))
    is_(cluster.psql("SELECT * FROM kv.check()"), "", "what is stored agrees with itself")
    is_(unsound(cluster), "", "no index or table is damaged")
done()
