#!/usr/bin/python3
"""Where a relay runs and where not: targets, extensions and databases that come and go, a standby
that is promoted, and a server without workers, where a session drains the outbox."""

import os
import time

from lib import Cluster, done, eventually, is_, ok, query, sqlstate, value
from relay_servers import Pretender, Redis, destroy_servers, is_delivered, relaying_cluster

SET_UP = """CREATE TABLE items (id integer PRIMARY KEY, n integer);
            SELECT kv.cache_table('items', 'item:{id}');
            INSERT INTO items SELECT i, 0 FROM generate_series(1, 1000) AS i"""


def gone(client, *keys):
    return eventually(lambda: client.exists(*keys) == 0)


def state(cluster, database="postgres"):
    return cluster.psql(f"SELECT state FROM kv.workers WHERE kind = 'relay' AND database = '{database}'", "watch")


def comes_to(cluster, wanted, name):
    if not ok(eventually(lambda: state(cluster) == wanted), name):
        is_(state(cluster), wanted, name)


def test_life(cluster, server):
    client = server.client()
    cluster.psql("CREATE DATABASE watch")
    cluster.psql("CREATE EXTENSION pg_kv", "watch")
    comes_to(cluster, "no target", "without a target there is no relay")
    cluster.psql(f"SELECT kv.add_target('default', port => {server.port})")
    comes_to(cluster, "running", "kv.add_target brings it")
    cluster.psql("SELECT kv.drop_target('default')")
    comes_to(cluster, "no target", "kv.drop_target sends it away")
    cluster.psql(f"SELECT kv.add_target('default', port => {server.port}); {SET_UP}")
    ok(is_delivered(cluster), "and back, it relays")

    connection = cluster.connect()
    is_(sqlstate(connection, "SELECT kv.relay_drain()"), "55P03", "nobody else may meanwhile")
    connection.close()

    blocker = cluster.connect(autocommit=False)
    query(blocker, "LOCK TABLE kv.relay_outbox_0, kv.relay_pending IN ACCESS EXCLUSIVE MODE")
    time.sleep(1.5)
    is_(cluster.psql("SELECT count(*) FROM pg_locks WHERE NOT granted", "watch"), "0",
        "the relay waits for nobody's lock")
    blocker.close()
    client.set("item:1", "old")
    cluster.psql("UPDATE items SET n = 1 WHERE id = 1")
    ok(gone(client, "item:1"), "and goes on afterwards")

    holder = cluster.connect(autocommit=False)
    query(holder, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    query(holder, "SELECT count(*) FROM items")
    for _ in range(30):
        cluster.psql("UPDATE items SET n = n + 1")
    ok(is_delivered(cluster), "an old snapshot holds nothing up")
    ok(eventually(lambda: cluster.psql("SELECT pg_relation_size('kv.relay_outbox_0') + "
                                       "pg_relation_size('kv.relay_outbox_1')") == "0"),
       "nor keeps the outbox from being emptied")
    holder.close()

    cluster.psql("DROP EXTENSION pg_kv CASCADE")
    comes_to(cluster, "no extension", "DROP EXTENSION sends it away")
    cluster.psql(f"DROP TABLE items; CREATE EXTENSION pg_kv; "
                 f"SELECT kv.add_target('default', port => {server.port}); {SET_UP}")
    comes_to(cluster, "running", "CREATE EXTENSION brings it back")
    cluster.psql("ALTER DATABASE postgres RENAME TO renamed", "watch")
    cluster.psql("ALTER DATABASE renamed RENAME TO postgres", "watch")
    comes_to(cluster, "running", "it makes way for ALTER DATABASE")
    for statement in ("DROP DATABASE postgres", "CREATE DATABASE postgres"):
        cluster.psql(statement, "watch")
    comes_to(cluster, "no extension", "and for DROP DATABASE")


def test_promotion(cluster, server):
    client = server.client()
    cluster.psql(f"CREATE EXTENSION pg_kv; SELECT kv.add_target('default', port => {server.port}); {SET_UP}")
    is_delivered(cluster)
    cluster.psql("SELECT kv.relay_pause(); UPDATE items SET n = 5 WHERE id = 5")
    standby = Cluster(copy_of=cluster)
    cluster.caught_up(standby)
    cluster.stop()
    client.mset({"item:5": "old", "item:6": "what only the lost primary knew", "other": "x"})
    version = "SELECT kv.fill_version()"
    standby.run("pg_ctl", "promote", f"--pgdata={standby.data}", "--wait")
    standby.psql("SELECT kv.relay_resume()")
    ok(gone(client, "item:5"), "a standby that is promoted goes on")
    ok(gone(client, "item:6"), "and has all keys forgotten")
    is_(client.exists("other"), 1, "but nobody else's")
    ok(standby.psql(version) > "00000002", "its versions are greater than all before")


def test_drain(server):
    client = server.client()
    with Cluster() as cluster:
        cluster.psql(f"CREATE EXTENSION pg_kv; SELECT kv.add_target('default', port => {server.port}); {SET_UP}")
        is_(cluster.psql("SELECT state || backlog FROM kv.relay_targets"), "no worker1000", "without workers")
        is_(cluster.psql("SELECT kv.relay_drain()"), "1000", "a session sends what is due")
        is_(cluster.psql("SELECT backlog FROM kv.relay_targets"), "0", "all of it")
        client.mset({f"item:{i}": "old" for i in range(1, 1001)})
        cluster.psql("UPDATE items SET n = 1")
        is_(cluster.psql("SELECT kv.relay_drain(max_keys => 100)") != "0", True, "or some")
        cluster.psql("SELECT kv.relay_drain()")
        is_(client.dbsize(), 0, "then the rest")

        client.set("item:1", "old")
        cluster.psql("BEGIN; UPDATE items SET n = 2 WHERE id = 1; SELECT kv.relay_drain(); ROLLBACK")
        is_(client.exists("item:1"), 1, "what is not committed is not sent")

        connection = cluster.connect()
        query(connection, "LISTEN kv_relay; SET kv.relay_notify_writers = on")
        query(connection, "UPDATE items SET n = 3 WHERE id = 1; UPDATE items SET n = 3 WHERE id = 2")
        connection.poll()
        is_([n.channel for n in connection.notifies], ["kv_relay"], "writers may say that there is work, once")

        cluster.psql("SELECT kv.relay_pause()")
        is_(cluster.psql("SELECT kv.relay_drain()"), "0", "nothing is sent while paused")
        is_(cluster.psql("SELECT count(*) FROM kv.relay_pending"), "2", "but folded")
        cluster.psql("SELECT kv.relay_resume()")
        is_(cluster.psql("SELECT kv.relay_drain()"), "2", "and sent later")

        silent = Pretender(lambda words: None)
        cluster.psql(f"SELECT kv.alter_target('default', port => {silent.port}); UPDATE items SET n = 4 WHERE id = 1")
        folder = f"/proc/{value(connection, 'SELECT pg_backend_pid()')}/fd"

        def sockets():
            return sum(os.readlink(f"{folder}/{name}").startswith("socket:") for name in os.listdir(folder))

        before = sockets()
        for _ in range(5):
            query(connection, "SET statement_timeout = 300")
            is_(sqlstate(connection, "SELECT kv.relay_drain()"), "57014", "a drain can be cancelled")
        query(connection, "SET statement_timeout = 0")
        is_(sockets(), before, "and leaves no socket behind")
        is_(cluster.psql("SELECT backlog FROM kv.relay_targets"), "1", "nor loses anything")
        is_(sqlstate(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT kv.relay_drain()"), "0A000",
            "it needs READ COMMITTED")
        connection.close()


try:
    server = Redis()
    test_drain(server)
    with relaying_cluster({"wal_level": "replica"}) as cluster:
        test_life(cluster, server)
        test_promotion(cluster, server)
finally:
    destroy_servers()
done()
