#!/usr/bin/python3
"""What was acknowledged survives SIGKILL: of the whole server, and of a session under load."""

import os
import signal
import time

from lib import (Client, Cluster, diag, done, eventually, finish, is_, ok, query, size_is_right, sizes, start, unsound,
                 value)

CLIENTS = 6
SECONDS = 1.5


class Ledger:
    """What one client was told, and the one operation that it may not have been told about."""

    def __init__(self):
        self.last = 0  # number of the last key it began to set
        self.acknowledged = set()
        self.own_began = self.own_done = 0
        self.shared_began = self.shared_done = 0
        self.deleting = set()
        self.deleted = set()


ledgers = [Ledger() for _ in range(CLIENTS)]


def work(client):
    ledger = ledgers[client.number]
    ledger.last += 1
    name = f"key:{client.number}:{ledger.last}"
    client.value("SELECT kv.set(%s, %s)", name, f"value of {name}")
    ledger.acknowledged.add(ledger.last)
    ledger.own_began += 1
    client.value("SELECT kv.incr(%s)", f"own:{client.number}")
    ledger.own_done += 1
    ledger.shared_began += 1
    client.value("SELECT kv.incr('shared')")
    ledger.shared_done += 1
    if ledger.last % 5 == 0:
        ledger.deleting.add(ledger.last - 2)
        client.value("SELECT kv.del(%s)", f"key:{client.number}:{ledger.last - 2}")
        ledger.deleted.add(ledger.last - 2)
    client.value("SELECT kv.set(%s, 'x', db => 1)", name)


def lost(connection):
    """Names of keys that are not as a client was told."""
    found = dict(query(connection, "SELECT key, value FROM kv.strings WHERE db = 0"))
    wrong = []
    for number, ledger in enumerate(ledgers):
        for i in ledger.acknowledged:
            name = f"key:{number}:{i}"
            if i in ledger.deleted:
                if name in found:
                    wrong.append(f"{name} was deleted")
            elif i not in ledger.deleting and found.get(name) != f"value of {name}":
                wrong.append(f"{name} is {found.get(name)}")
    return wrong


def check(cluster, how):
    connection = cluster.connect()
    wrong = lost(connection)
    diag("\n".join(wrong[:10]))
    is_(len(wrong), 0, f"{how}: no acknowledged SET or DEL is lost")
    for number, ledger in enumerate(ledgers):
        count = int(value(connection, "SELECT kv.get(%s)", f"own:{number}") or 0)
        ok(ledger.own_done <= count <= ledger.own_began,
           f"{how}: counter {number} has {ledger.own_done} acknowledged INCR, and is {count}")
        ledger.own_began = ledger.own_done = count
    count = int(value(connection, "SELECT kv.get('shared')") or 0)
    told = sum(ledger.shared_done for ledger in ledgers)
    ok(told <= count <= sum(ledger.shared_began for ledger in ledgers),
       f"{how}: the shared counter has {told} acknowledged INCR, and is {count}")
    ledgers[0].shared_began = ledgers[0].shared_done = count
    for ledger in ledgers[1:]:
        ledger.shared_began = ledger.shared_done = 0

    is_(unsound(cluster), "", f"{how}: amcheck finds nothing")
    size_is_right(cluster, how)
    is_(value(connection, "SELECT count(*) FROM kv.keys WHERE db = 0"), sizes(cluster)[1],
        f"{how}: every row is a key")
    is_((sizes(cluster, 1), value(connection, "SELECT kv.get('key:0:1', db => 1)")), ((0, 0), None),
        f"{how}: the cache database is empty")
    value(connection, "SELECT kv.set('again', 'there', db => 1)")
    is_((value(connection, "SELECT kv.get('again', db => 1)"), value(connection, "SELECT kv.dbsize(1)")),
        ("there", 1), f"{how}: the cache database works")
    connection.close()


def load(cluster):
    clients = start([Client(cluster, work, number) for number in range(CLIENTS)])
    time.sleep(SECONDS)
    return clients


with Cluster({"shared_preload_libraries": "pg_kv", "synchronous_commit": "on"}) as cluster:
    cluster.psql("CREATE EXTENSION pg_kv; SELECT kv.set_storage(1, 'cache')")
    for round in 1, 2, 3:
        clients = load(cluster)
        ok(all(client.error is None for client in clients), f"crash {round}: until then all was well")
        cluster.crash()
        finish(clients)
        cluster.start()
        check(cluster, f"crash {round}")
        if round == 2:
            cluster.psql("CHECKPOINT")

    # The postmaster lives and starts shared memory anew.
    clients = load(cluster)
    os.kill(clients[0].connection.get_backend_pid(), signal.SIGKILL)
    ok(eventually(lambda: all(client.error for client in clients)), "the death of one session ends all")
    finish(clients)

    def answers():
        try:
            return cluster.psql("SELECT 1") == "1"
        except Exception:
            return False

    eventually(answers)
    check(cluster, "a session killed")
done()
