#!/usr/bin/python3
"""Indexes are built, rebuilt and dropped, and tables rewritten, while sessions write: no session
meets an error, and table and indexes agree."""

import psycopg2

from lib import Client, Cluster, diag, done, finish, is_, ok, size_is_right, sizes, start, unsound

KEYS = 200
# What an administrator might add. The name, and how its rows are found through it.
ADDED = {
    "plain": ("INDEX {} ON kv.durable_key (version)", "version > 0"),
    "partial": ("INDEX {} ON kv.durable_key (expires_at) WHERE expires_at < 9223372036854775807",
                "expires_at < 9223372036854775807"),
    "expression": ("INDEX {} ON kv.durable_key (length(value), keyspace)", "length(value) >= 0"),
    "unique_id": ("UNIQUE INDEX {} ON kv.durable_key (id)", "id > 0"),
    "hashed": ("INDEX {} ON kv.durable_key USING hash (key)", None),
}
OWN = {
    "durable_key_pkey": "key >= ''",
    "durable_key_id": "keyspace >= 0",
    "durable_key_due": "due > 0",
}


def work(client):
    """One command on keys that the other sessions use, too."""
    first, second = (f"key:{client.random.randrange(KEYS)}" for _ in range(2))
    command = client.random.choice((
        ("SELECT kv.set(%s, %s)", first, "v" * client.random.randrange(300)),
        ("SELECT kv.set(%s, '1', px => %s)", first, client.random.randrange(1, 2000)),
        ("SELECT kv.set(%s, '1', nx => true)", first),
        ("SELECT kv.incr(%s)", "count:" + first),
        ("SELECT kv.incr(%s)", "count:" + second),
        ("SELECT kv.del(%s)", first),
        ("SELECT kv.expire(%s, %s)", first, client.random.randrange(1, 200)),
        ("SELECT kv.mset(%s, 'm', %s, 'm')", first, second),
        ("SELECT kv.getex(%s, persist => true)", first),
        ("SELECT kv.rename(%s, %s)", first, second),
    ))
    try:
        client.value(*command)
    except psycopg2.Error as error:
        if "no such key" not in str(error):
            raise


def rows_differ(cluster, index, condition):
    """What a scan of the table and one of an index find, if that is not the same."""
    rows = f"""SELECT count(*), md5(string_agg(id::text, ',' ORDER BY id)) FROM kv.durable_key WHERE {condition}"""
    answer = cluster.psql(f"""
        BEGIN ISOLATION LEVEL REPEATABLE READ;
        SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off;
        {rows};
        RESET enable_indexscan; RESET enable_indexonlyscan; SET LOCAL enable_seqscan = off;
        -- The planner shall have no other index.
        UPDATE pg_index SET indisvalid = false
        WHERE indrelid = 'kv.durable_key'::regclass AND indexrelid <> 'kv.{index}'::regclass;
        {rows};
        EXPLAIN (COSTS off) {rows};
        ROLLBACK""").splitlines()
    if not any(f"using {index} on" in line for line in answer[2:]):
        return f"{index} was not used: {answer}"
    return "" if answer[0] == answer[1] else f"table: {answer[0]}, {index}: {answer[1]}"


def come_and_go(client):
    """A key that many sessions make and remove at once."""
    client.value(client.random.choice((
        "SELECT kv.set(%s, '1', nx => true)", "SELECT kv.del(%s)", "SELECT kv.mset(%s, '2')", "SELECT kv.incr(%s)",
        "SELECT kv.getdel(%s)")), f"few:{client.random.randrange(3)}")


class Load:
    """Sessions that write while the administrator does something."""

    def __init__(self, cluster, what, work=work, sessions=6):
        self.cluster = cluster
        self.what = what
        self.work = work
        self.sessions = sessions

    def __enter__(self):
        self.clients = start([Client(self.cluster, self.work, number) for number in range(self.sessions)])
        return self

    def __exit__(self, kind, *_):
        errors = finish(self.clients)
        diag("\n".join(errors))
        is_(len(errors), 0, f"{self.what}: no session met an error")

    def run(self, *statements):
        for sql in statements:
            self.cluster.psql(f"SET client_min_messages = warning; {sql}")


def agree(cluster, what, indexes):
    is_(unsound(cluster), "", f"{what}: amcheck finds nothing")
    for index, condition in indexes.items():
        is_(rows_differ(cluster, index, condition), "", f"{what}: {index} and the table have the same rows")
    size_is_right(cluster, what)
    ok(sizes(cluster)[1] > KEYS // 2, f"{what}: there are rows")


settings = {"shared_preload_libraries": "pg_kv", "kv.worker_databases": "postgres", "log_lock_waits": "on"}
with Cluster(settings) as cluster:
    cluster.psql("CREATE EXTENSION pg_kv; SELECT kv.expire_batch()")

    with Load(cluster, "REINDEX CONCURRENTLY") as load:
        for _ in range(3):
            load.run(*(f"REINDEX INDEX CONCURRENTLY kv.{index}" for index in OWN))
        load.run("REINDEX TABLE CONCURRENTLY kv.durable_key", "REINDEX TABLE kv.durable_key")
    agree(cluster, "REINDEX CONCURRENTLY", OWN)

    with Load(cluster, "REINDEX CONCURRENTLY while keys come and go", come_and_go, 16) as load:
        for _ in range(100):
            load.run("REINDEX INDEX CONCURRENTLY kv.durable_key_pkey")
    agree(cluster, "REINDEX CONCURRENTLY while keys come and go", OWN)

    with Load(cluster, "CREATE INDEX CONCURRENTLY") as load:
        for name, (definition, _) in ADDED.items():
            load.run("CREATE " + definition.format("CONCURRENTLY " + name))
    scannable = {name: condition for name, (_, condition) in ADDED.items() if condition}
    agree(cluster, "CREATE INDEX CONCURRENTLY", OWN | scannable)

    with Load(cluster, "REINDEX CONCURRENTLY of an administrator's indexes") as load:
        load.run(*(f"REINDEX INDEX CONCURRENTLY kv.{index}" for index in ADDED))
    agree(cluster, "REINDEX CONCURRENTLY of an administrator's indexes", OWN | scannable)

    with Load(cluster, "DROP INDEX CONCURRENTLY") as load:
        for name, (definition, _) in ADDED.items():
            load.run(f"DROP INDEX CONCURRENTLY kv.{name}",
                     "CREATE " + definition.format("CONCURRENTLY " + name),
                     f"DROP INDEX CONCURRENTLY kv.{name}")
    agree(cluster, "DROP INDEX CONCURRENTLY", OWN)

    with Load(cluster, "VACUUM FULL and CLUSTER") as load:
        for _ in range(3):
            load.run("VACUUM FULL kv.durable_key", "VACUUM FULL kv.durable_size",
                     "CLUSTER kv.durable_key USING durable_key_id", "VACUUM kv.durable_key",
                     "VACUUM FULL kv.database_map")
    agree(cluster, "VACUUM FULL and CLUSTER", OWN)

    with Load(cluster, "TRUNCATE") as load:
        for _ in range(10):
            load.run("TRUNCATE kv.durable_key")
            load.run("SELECT pg_sleep(0.1)")
    agree(cluster, "TRUNCATE", OWN)
    cluster.psql("BEGIN; SELECT kv.set('before', 'x'); TRUNCATE kv.durable_key; SELECT kv.set('after', 'x'); COMMIT")
    is_(cluster.psql("SELECT kv.get('before') IS NULL, kv.get('after')"), "t|x", "TRUNCATE between writes of a transaction")
    size_is_right(cluster, "TRUNCATE between writes of a transaction")
done()
