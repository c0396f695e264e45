#!/usr/bin/python3
"""Clients of the Redis protocol and SQL sessions at the same keys: who waits for whom, and what they
leave together. Nothing is timed; what was answered before a lock was released is counted.

PG_KV_TEST_SECONDS tells for how long both write (8).
"""

import collections
import os
import random
import socket
import threading
import time

from lib import Client, diag, done, finish, is_, ok, query, size_is_right, start, unsound
from resp import DoorCluster, Resp, RespError

SECONDS = float(os.environ.get("PG_KV_TEST_SECONDS", 8))
LOCKED_SECONDS = 5
LOCKED_KEYS = 10
WAITING_CLIENTS = 50
ACCOUNTS = [f"account:{number}" for number in range(20)]
BALANCE = 1000


# A key locked by an open transaction delays only who wants it ---------------------------------------


def locked_keys(cluster):
    session = cluster.connect(autocommit=False)
    for number in range(LOCKED_KEYS):
        query(session, "SELECT kv.incrby(%s, 100)", f"locked:{number}")
    waiting = [Resp(cluster.resp_port) for _ in range(WAITING_CLIENTS)]
    for number, client in enumerate(waiting):
        client.send("INCR", f"locked:{number % LOCKED_KEYS}")
    answered = 0
    with Resp(cluster.resp_port) as client:
        client.ask("SET", "unrelated", "value")
        until = time.monotonic() + LOCKED_SECONDS
        while time.monotonic() < until:
            if client.ask("GET", "unrelated") != b"value" or client.ask("INCR", "other") != answered + 1:
                break
            answered += 1
        ok(time.monotonic() >= until, f"{answered} unrelated GET and INCR were answered while ten keys were locked")
        ok(answered >= 50 * LOCKED_SECONDS, "which are not a few")
        is_(client.ask("GET", "locked:0"), None, "a locked key can be read, as it was before")
        is_(client.ask("EXISTS", *(f"locked:{number}" for number in range(LOCKED_KEYS))), 0, "all of them")
        is_(still_waiting(waiting), WAITING_CLIENTS, f"{WAITING_CLIENTS} clients still wait for the keys")
        impatient = waiting.pop()
        impatient.close()
        is_(client.ask("GET", "unrelated"), b"value", "one of them goes away")
        session.commit()
        replies = sorted(other.receive().value for other in waiting)
        ok(all(b"101" <= reply <= b"106" for reply in replies), "when the lock is released all are answered")
        total = sum(int(client.ask("GET", f"locked:{number}")) for number in range(LOCKED_KEYS))
        ok(total - 100 * LOCKED_KEYS - len(waiting) in (0, 1), f"and each counts: {total}")
    for other in waiting:
        other.close()
    session.close()


def still_waiting(clients):
    """How many have no reply yet."""
    count = 0
    for client in clients:
        client.socket.setblocking(False)
        try:
            client.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            count += 1
        client.socket.settimeout(60)
    return count


def locked_table(cluster):
    session = cluster.connect(autocommit=False)
    query(session, "LOCK TABLE kv.durable_key IN ACCESS EXCLUSIVE MODE")
    with Resp(cluster.resp_port) as waiting, Resp(cluster.resp_port) as client:
        waiting.send("INCR", "behind")
        is_([client.ask("ECHO", number) for number in range(100)], [b"%d" % number for number in range(100)],
            "a locked table delays no command that does not need it")
        is_(still_waiting([waiting]), 1, "one that does waits")
        session.rollback()
        is_(waiting.receive().value, b"1", "until it is free")
    session.close()


def killed_while_waiting(cluster):
    session = cluster.connect(autocommit=False)
    query(session, "SELECT kv.set('held', 'mine')")
    with Resp(cluster.resp_port) as waiting, Resp(cluster.resp_port) as client:
        number = waiting.ask("CLIENT", "ID")
        waiting.send("SET", "held", "killed")
        is_(client.ask("PING"), b"PONG", "somebody else is answered")
        is_(client.ask("CLIENT", "KILL", "ID", number), 1, "CLIENT KILL of a client that waits for a key")
        ok(waiting.is_closed(), "ends it")
        session.commit()
        is_(client.ask("GET", "held"), b"mine", "and what it wanted is not done")
    session.close()


def crossing(cluster):
    """Each side wants the keys of the other, in the other order. Nobody may end in a deadlock."""
    errors = []
    finished = threading.Event()

    def by_redis(number):
        with Resp(cluster.resp_port) as client:
            while not finished.is_set():
                try:
                    client.ask("MSET", "cross:b", number, "cross:a", number)
                    client.pipeline([("MULTI",), ("INCR", "cross:b"), ("INCR", "cross:a"), ("EXEC",)])
                except RespError as error:
                    errors.append(str(error))

    def by_sql(client):
        client.value("BEGIN")
        client.value("SELECT kv.set('cross:a', %s)", client.number)
        client.value("SELECT kv.set('cross:b', %s)", client.number)
        client.value("COMMIT")

    threads = [threading.Thread(target=by_redis, args=(number,)) for number in range(4)]
    sessions = start([Client(cluster, by_sql, number) for number in range(4)])
    for thread in threads:
        thread.start()
    time.sleep(SECONDS / 2)
    errors += finish(sessions)
    finished.set()
    for thread in threads:
        thread.join()
    diag("\n".join(errors[:5]))
    is_(len(errors), 0, "keys taken in opposite orders: nobody ends in a deadlock")
    with Resp(cluster.resp_port) as client:
        a, b = client.ask("MGET", "cross:a", "cross:b")
        is_(a, b, "and nothing is done by half")


# Both write the same keys ---------------------------------------------------------------------------


class Books:
    """What all clients together did."""

    def __init__(self):
        self.lock = threading.Lock()
        self.deposits = 0
        self.done = collections.Counter()

    def note(self, what, deposit=0):
        with self.lock:
            self.done[what] += 1
            self.deposits += deposit


books = Books()


def transfer_in_sql(client):
    """In a transaction, in the order of the names; every fourth is rolled back."""
    giver, taker = sorted(client.random.sample(ACCOUNTS, 2))
    amount = client.random.randint(1, 50)
    client.value("BEGIN")
    client.value("SELECT kv.decrby(%s, %s)", giver, amount)
    client.value("SELECT kv.incrby(%s, %s)", taker, amount)
    client.value("ROLLBACK" if client.random.random() < 0.25 else "COMMIT")
    books.note("SQL transfers")


def deposit_in_sql(client):
    client.value("SELECT kv.incr(%s)", client.random.choice(ACCOUNTS))
    books.note("SQL deposits", 1)


def sql_work(client):
    client.random.choice((transfer_in_sql, transfer_in_sql, deposit_in_sql))(client)


class RedisClient(threading.Thread):
    def __init__(self, port, number):
        super().__init__(daemon=True)
        self.port = port
        self.random = random.Random(1000 + number)
        self.finish = threading.Event()
        self.error = None

    def run(self):
        try:
            with Resp(self.port, protocol=self.random.choice((2, 3))) as client:
                while not self.finish.is_set():
                    self.random.choice((self.transfer, self.transfer, self.watched, self.deposit, self.discarded,
                                        self.pipelined))(client)
        except Exception as error:
            self.error = error

    def pair(self):
        return (*self.random.sample(ACCOUNTS, 2), self.random.randint(1, 50))

    def transfer(self, client):
        giver, taker, amount = self.pair()
        replies = client.pipeline([("MULTI",), ("DECRBY", giver, amount), ("INCRBY", taker, amount), ("EXEC",)])
        if not isinstance(replies[-1], list):
            raise replies[-1]
        books.note("transfers")

    def watched(self, client):
        """Reads, and writes what it computed from that unless somebody was faster."""
        giver, taker, amount = self.pair()
        client.ask("WATCH", giver, taker)
        before = [int(reply) for reply in client.ask("MGET", giver, taker)]
        done = client.pipeline([("MULTI",), ("SET", giver, before[0] - amount), ("SET", taker, before[1] + amount), ("EXEC",)])
        books.note("transfers under WATCH" if done[-1] else "transfers given up")

    def discarded(self, client):
        giver, _, amount = self.pair()
        client.pipeline([("MULTI",), ("INCRBY", giver, amount), ("DISCARD",)])
        books.note("discarded")

    def deposit(self, client):
        client.ask("INCR", self.random.choice(ACCOUNTS))
        books.note("deposits", 1)

    def pipelined(self, client):
        replies = client.pipeline([("INCR", self.random.choice(ACCOUNTS)) for _ in range(10)])
        for reply in replies:
            if not isinstance(reply, int):
                raise reply
        books.note("deposits in pipelines", 10)


def mixed(cluster):
    with Resp(cluster.resp_port) as client:
        client.ask("MSET", *(word for account in ACCOUNTS for word in (account, BALANCE)))
        sessions = start([Client(cluster, sql_work, number) for number in range(6)])
        clients = [RedisClient(cluster.resp_port, number) for number in range(10)]
        for other in clients:
            other.start()
        time.sleep(SECONDS)
        errors = finish(sessions)
        for other in clients:
            other.finish.set()
        for other in clients:
            other.join()
        errors += [repr(other.error) for other in clients if other.error]
        diag("\n".join(errors[:10]))
        diag(", ".join(f"{name} {count}" for name, count in sorted(books.done.items())))
        is_(len(errors), 0, "20 keys, SQL sessions and clients: no errors")
        ok(len(books.done) >= 7, "all kinds of work were done")
        expected = BALANCE * len(ACCOUNTS) + books.deposits
        is_(sum(map(int, client.ask("MGET", *ACCOUNTS))), expected, "the sums are right")
    is_(int(cluster.psql(f"SELECT sum(kv.get('account:' || n)::bigint) FROM generate_series(0, {len(ACCOUNTS) - 1}) AS n")),
        expected, "in SQL too")


def isolated(cluster):
    """Transfers only: at no moment may anybody see the sum otherwise than it is."""
    with Resp(cluster.resp_port) as client:
        client.ask("MSET", *(word for account in ACCOUNTS for word in (account, BALANCE)))
    sums = collections.Counter()

    def look(client):
        client.value("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        sums["SQL", int(client.value("SELECT sum(kv.get(name)::bigint) FROM unnest(%s) AS name", ACCOUNTS))] += 1
        client.value("COMMIT")

    clients = [RedisClient(cluster.resp_port, number) for number in range(6)]
    for other in clients:
        other.deposit = other.pipelined = other.discarded  # which leave the sum as it is
        other.start()
    sessions = start([Client(cluster, transfer_in_sql, number) for number in range(3)] +
                     [Client(cluster, look, 9)])
    until = time.monotonic() + SECONDS / 2
    with Resp(cluster.resp_port) as client:
        while time.monotonic() < until:
            sums["MGET", sum(map(int, client.ask("MGET", *ACCOUNTS)))] += 1
            replies = client.pipeline([("MULTI",), *(("GET", account) for account in ACCOUNTS), ("EXEC",)])
            sums["EXEC", sum(map(int, replies[-1]))] += 1
    errors = finish(sessions)
    for other in clients:
        other.finish.set()
    for other in clients:
        other.join()
    errors += [repr(other.error) for other in clients if other.error]
    diag("\n".join(errors[:10]))
    is_(len(errors), 0, "transfers and those who look: no errors")
    is_(sorted(sums), [(who, BALANCE * len(ACCOUNTS)) for who in ("EXEC", "MGET", "SQL")],
        f"nobody sees half a transfer in {sum(sums.values())} looks")


def watch_and_sql(cluster):
    """WATCH sees what SQL commits, also of a key that did not exist, and not what it rolls back."""
    session = cluster.connect()
    with Resp(cluster.resp_port) as client:
        for name, before, statement, runs in (
            ("a change through SQL", "1", "SELECT kv.incr('seen')", False),
            ("a key that came through SQL", None, "SELECT kv.set('seen', 'x')", False),
            ("a key deleted through SQL", "1", "SELECT kv.del('seen')", False),
            ("one that was rolled back", "1", "BEGIN; SELECT kv.incr('seen'); ROLLBACK", True),
            ("a read", "1", "SELECT kv.get('seen')", True),
            ("a change of another key", "1", "SELECT kv.set('unseen', 'x')", True),
        ):
            client.ask("DEL", "seen")
            if before:
                client.ask("SET", "seen", before)
            client.ask("WATCH", "seen")
            query(session, statement)
            replies = client.pipeline([("MULTI",), ("SET", "seen", "mine"), ("EXEC",)])
            is_(replies[-1] is not None, runs, f"WATCH and {name}: EXEC is {'run' if runs else 'refused'}")
        # What is open while EXEC comes decides when it ends.
        client.ask("SET", "seen", "1")
        client.ask("WATCH", "seen")
        query(session, "BEGIN; SELECT kv.incr('seen')")
        client.ask("MULTI")
        client.ask("SET", "seen", "mine")
        client.send("EXEC")
        with Resp(cluster.resp_port) as other:
            is_(other.ask("PING"), b"PONG", "EXEC waits for an open SQL transaction, and nobody else does")
        query(session, "COMMIT")
        is_(client.receive().value, None, "whose commit makes it refuse")
        is_(client.ask("GET", "seen"), b"2", "and stays")
    session.close()


with DoorCluster({"max_connections": "100"}) as cluster:
    locked_keys(cluster)
    locked_table(cluster)
    killed_while_waiting(cluster)
    watch_and_sql(cluster)
    crossing(cluster)
    mixed(cluster)
    isolated(cluster)
    ok("deadlock detected" not in cluster.log(), "nothing deadlocked")
    size_is_right(cluster, "afterwards")
    is_(unsound(cluster), "", "amcheck finds nothing")
done()
