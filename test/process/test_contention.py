#!/usr/bin/python3
"""A hundred sessions at twenty keys: each increment counts, locks exclude, nothing deadlocks.

PG_KV_TEST_SECONDS tells for how long (60).
"""

import collections
import os
import threading
import time

import psycopg2

from lib import Client, Cluster, diag, done, finish, is_, ok, query, size_is_right, start, unsound, value

SESSIONS = 100
SECONDS = float(os.environ.get("PG_KV_TEST_SECONDS", 60))
COUNTERS = [f"counter:{i}" for i in range(5)]
LOGS = [f"log:{i}" for i in range(3)]
LOCKS = 3
# Written several at a time.
GROUP = [f"group:{i}" for i in range(6)]
TRANSIENT = [f"transient:{i}" for i in range(3)]

ledger = threading.Lock()
sums = collections.Counter()   # what the sessions added to each key
done_commands = collections.Counter()
holders = [None] * LOCKS       # who holds a lock, as the sessions see it
intrusions = []


def note(key, amount):
    with ledger:
        sums[key] += amount


def increment(client):
    key = client.random.choice(COUNTERS)
    client.value("SELECT kv.incr(%s)", key)
    note(key, 1)


def increment_by(client):
    key, amount = client.random.choice(COUNTERS), client.random.randrange(-50, 100)
    client.value("SELECT kv.incrby(%s, %s)", key, amount)
    note(key, amount)


def increment_in_transaction(client):
    """Rolled back every third time."""
    first, second = sorted(client.random.sample(COUNTERS, 2))
    client.value("BEGIN")
    client.value("SELECT kv.incr(%s)", first)
    client.value("SAVEPOINT here")
    client.value("SELECT kv.incrby(%s, 1000)", second)
    client.value("ROLLBACK TO here")
    client.value("SELECT kv.incrby(%s, 3)", second)
    if client.random.random() < 0.33:
        client.value("ROLLBACK")
        return
    client.value("COMMIT")
    note(first, 1)
    note(second, 3)


def append(client):
    key = client.random.choice(LOGS)
    client.value("SELECT kv.append(%s, %s)", key, f"{client.number:03d}")
    note(key, 3)


def lock(client):
    """Takes a lock and, under it, adds one to a number by reading and writing it."""
    number = client.random.randrange(LOCKS)
    if client.value("SELECT kv.set(%s, %s, nx => true, px => 600000)", f"lock:{number}", client.number) is None:
        return
    with ledger:
        if holders[number] is not None:
            intrusions.append(f"lock {number}: {client.number} came while {holders[number]} held it")
        holders[number] = client.number
    before = client.value("SELECT kv.get(%s)", f"guarded:{number}")
    client.value("SELECT kv.set(%s, %s)", f"guarded:{number}", int(before or 0) + 1)
    holds = client.value("SELECT kv.get(%s)", f"lock:{number}") == str(client.number)
    with ledger:
        sums[f"guarded:{number}"] += 1
        holders[number] = None
    if not holds or client.value("SELECT kv.del(%s)", f"lock:{number}") != 1:
        intrusions.append(f"lock {number}: {client.number} lost it")


def several(client):
    """Keys in an order of its own."""
    keys = client.random.sample(GROUP, client.random.randrange(2, len(GROUP) + 1))
    pairs = [word for key in keys for word in (key, str(client.number))]
    client.value(client.random.choice((
        "SELECT kv.mset(VARIADIC %s::text[])", "SELECT kv.msetnx(VARIADIC %s::text[])")), pairs)


def delete(client):
    client.value("SELECT kv.del(VARIADIC %s::text[])", client.random.sample(GROUP, 4))


def rename(client):
    keys = client.random.sample(GROUP, 2)
    command = client.random.choice(("kv.rename(%s, %s)", "kv.renamenx(%s, %s)", "kv.copy(%s, %s, replace => true)"))
    try:
        client.value(f"SELECT {command}", *keys)
    except psycopg2.Error as error:
        if "no such key" not in str(error):
            raise


def expire(client):
    key = client.random.choice(TRANSIENT)
    client.random.choice((
        lambda: client.value("SELECT kv.set(%s, 'x', px => %s)", key, client.random.randrange(1, 50)),
        lambda: client.value("SELECT kv.pexpire(%s, %s)", key, client.random.randrange(1, 50)),
        lambda: client.value("SELECT kv.persist(%s)", key),
        lambda: client.value("SELECT kv.pexpire(%s, %s)", client.random.choice(GROUP), client.random.randrange(1, 50)),
        lambda: client.value("SELECT kv.expire(%s, 100000)", client.random.choice(COUNTERS)),
        lambda: client.value("SELECT kv.setnx(%s, 'x')", key),
        lambda: client.value("SELECT kv.getdel(%s)", key),
    ))()


COMMANDS = increment, increment_by, increment_in_transaction, append, lock, several, delete, rename, expire


def work(client):
    command = client.random.choice(COMMANDS)
    command(client)
    with ledger:
        done_commands[command.__name__] += 1


settings = {"shared_preload_libraries": "pg_kv", "kv.worker_databases": "postgres", "max_connections": SESSIONS + 20,
            "synchronous_commit": "off"}
with Cluster(settings) as cluster:
    cluster.psql("CREATE EXTENSION pg_kv")
    clients = start([Client(cluster, work, number) for number in range(SESSIONS)])
    time.sleep(SECONDS)
    errors = finish(clients)
    diag("\n".join(errors[:10] + intrusions[:10]))
    diag(", ".join(f"{name} {count}" for name, count in done_commands.items()))
    is_(len(errors), 0, "no session met an error")
    ok("deadlock detected" not in cluster.log(), "nothing deadlocked")
    is_(sorted(done_commands), sorted(command.__name__ for command in COMMANDS), "all kinds of commands were run")
    is_(len(intrusions), 0, "a lock taken with SET NX has one holder at a time")
    connection = cluster.connect()
    for key in COUNTERS + [f"guarded:{number}" for number in range(LOCKS)]:
        is_(int(value(connection, "SELECT kv.get(%s)", key)), sums[key], f"{key} is the sum of what was added")
    for key in LOGS:
        is_(value(connection, "SELECT kv.strlen(%s)", key), sums[key], f"{key} has every APPEND")
        is_(value(connection, "SELECT kv.get(%s) ~ '^([0-9]{3})*$'", key), True, f"{key} has each in one piece")
    is_(query(connection, "SELECT key FROM kv.keys('lock:*') AS key"), [], "every lock was given back")
    is_(value(connection, "SELECT count(*) FROM kv.durable_key WHERE type = ''"), 0, "no placeholder is left")
    is_(value(connection, "SELECT count(*) - count(DISTINCT (keyspace, key)) FROM kv.durable_key"), 0,
        "no key is there twice")
    is_(value(connection, "SELECT count(*) - count(DISTINCT id) FROM kv.durable_key"), 0, "no id is there twice")
    size_is_right(cluster, "afterwards")
    is_(unsound(cluster), "", "amcheck finds nothing")
    connection.close()
done()
