#!/usr/bin/python3
"""Writers and readers of a cached table while Redis, the relay and PostgreSQL are killed again and again: at the end
nothing in Redis is stale, and nothing waits or has died.

PG_KV_TORTURE_SECONDS says for how long (25).
"""

import json
import os
import random
import signal
import subprocess
import threading
import time

import psycopg2

from lib import Cluster, diag, done, eventually, free_port, is_, ok, temporary_folder
from resp import ProtocolError, Resp, RespError

SECONDS = float(os.environ.get("PG_KV_TORTURE_SECONDS", "25"))
SEED = int(os.environ.get("PG_KV_TORTURE_SEED", random.randrange(10**6)))
ROWS = 10_000
STAYING = ROWS // 2   # rows up to here keep their primary keys
WRITERS = 4
READERS = 4
BROKEN = (OSError, ProtocolError, RespError, psycopg2.Error)

SETUP = f"""
CREATE EXTENSION pg_kv;
CREATE TABLE account (id integer PRIMARY KEY, name text NOT NULL, stamp bigint NOT NULL);
CREATE SEQUENCE stamp;
INSERT INTO account SELECT i, 'name ' || i, nextval('stamp') FROM generate_series(1, {ROWS}) AS i;
"""
WATCHES = """
SELECT kv.add_target('redis', port => %d);
SELECT kv.cache_table('account', 'gone:{id}', mode => 'invalidate', target => 'redis', lease => interval '20 seconds');
SELECT kv.cache_table('account', 'fresh:{id}', mode => 'refresh', target => 'redis', lease => interval '20 seconds');
SELECT kv.cache_table('account', 'order:{id}', mode => 'refresh', target => 'redis', condition => 'id <= %d');
"""


class Redis:
    """A Redis that remembers: what it has answered to is in its file."""

    def __init__(self):
        self.port = free_port()
        self.folder = temporary_folder("redis")
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes",
             "--appendfsync", "always", "--dir", str(self.folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not eventually(self.answers):
            raise RuntimeError("redis-server does not answer")

    def answers(self):
        try:
            with Resp(self.port, seconds=5) as client:
                return client.ask("PING") == "PONG" or client.ask("PING") == b"PONG"
        except BROKEN:
            return False

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def freeze(self, seconds):
        """It accepts, and does not answer."""
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)


class Worker(threading.Thread):
    """Works again and again with connections that break."""

    def __init__(self, cluster, redis, number):
        super().__init__(daemon=True)
        self.cluster = cluster
        self.redis = redis
        self.random = random.Random(SEED * 100 + number)
        self.finish = threading.Event()
        self.rounds = 0
        self.wrong = []
        self.sql = self.resp = None

    def run(self):
        while not self.finish.is_set():
            try:
                self.connect()
                self.round()
                self.rounds += 1
            except BROKEN:
                self.disconnect()
                time.sleep(0.05)
        self.disconnect()

    def connect(self):
        self.sql = self.sql or self.cluster.connect()
        self.resp = self.resp or Resp(self.redis.port, seconds=30)

    def disconnect(self):
        for connection in (self.sql, self.resp):
            try:
                if connection:
                    connection.close()
            except BROKEN:
                pass
        self.sql = self.resp = None

    def execute(self, sql, *parameters):
        with self.sql.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []


class Writer(Worker):
    may_truncate = True

    def connect(self):
        self.sql = self.sql or self.cluster.connect()

    def round(self):
        time.sleep(0.01)  # lest no reader come to anything
        kind = self.random.randrange(100)
        self.execute("BEGIN")
        try:
            if kind < 70:
                self.update()
            elif kind < 80:
                self.update_in_savepoint()
            elif kind < 92:
                self.move()
            elif kind < 98:
                self.update_many()
            elif kind == 98:
                self.delete_and_insert()
            else:
                self.truncate()
            self.execute("ROLLBACK" if self.random.random() < 0.15 else "COMMIT")
        except psycopg2.Error:
            if self.sql.closed:
                raise
            self.execute("ROLLBACK")

    def any_id(self):
        return self.random.randint(1, ROWS)

    def update(self):
        self.execute("UPDATE account SET stamp = nextval('stamp') WHERE id = %s", self.any_id())

    def update_in_savepoint(self):
        self.execute("SAVEPOINT one")
        self.update()
        self.execute("ROLLBACK TO one" if self.random.random() < 0.5 else "RELEASE one")
        self.update()

    def move(self):
        """A row gets another's primary key, which is free if that has moved, too."""
        first, second = (self.random.randint(STAYING + 1, ROWS) for _ in range(2))
        self.execute("UPDATE account SET id = -id, stamp = nextval('stamp') WHERE id IN (%s, %s)", first, second)
        self.execute("UPDATE account SET id = CASE -id WHEN %s THEN %s ELSE %s END WHERE id IN (%s, %s)",
                     first, second, first, -first, -second)

    def update_many(self):
        first = self.any_id()
        self.execute("UPDATE account SET stamp = nextval('stamp') WHERE id BETWEEN %s AND %s", first, first + 200)

    def delete_and_insert(self):
        first = self.random.randint(STAYING + 1, ROWS)
        self.execute("DELETE FROM account WHERE id BETWEEN %s AND %s", first, first + 20)
        if self.random.random() < 0.7:
            self.execute("INSERT INTO account SELECT i, 'new ' || i, nextval('stamp')"
                         " FROM generate_series(%s, %s) AS i ON CONFLICT DO NOTHING", first, min(first + 20, ROWS))

    def truncate(self):
        if self.random.random() < 0.9 or not Writer.may_truncate:
            return
        self.execute("CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT * FROM account")
        self.execute("TRUNCATE account")
        self.execute("INSERT INTO account SELECT id, name, nextval('stamp') FROM kept")


class Reader(Worker):
    """Reads through the cache, as an application does: on a miss the row, which goes into the cache unless that has
    heard of a later version."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.fill = None

    def round(self):
        self.fill = self.fill or self.execute("SELECT kv.fill_script()")[0][0]
        kind = self.random.choice(["gone", "fresh"])
        number = self.random.randint(1, 500) if self.random.random() < 0.5 else self.random.randint(1, ROWS)
        key = f"{kind}:{number}"
        if self.resp.ask("GET", key) is not None:
            return
        version = self.execute("SELECT kv.fill_version()")[0][0]
        row = self.execute("SELECT to_jsonb(account)::text FROM account WHERE id = %s", number)
        if self.random.random() < 0.2:
            time.sleep(self.random.random())  # what makes a fill late
        if row:
            self.resp.ask("EVAL", self.fill, 3, key, key + ":version", f"{kind}:*:version", row[0][0], version, 0)


class Watcher(Worker):
    """What the relay itself stores never goes back."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.last = {}

    def connect(self):
        self.resp = self.resp or Resp(self.redis.port, seconds=30)

    def round(self):
        time.sleep(0.001)
        number = self.random.randint(1, 500) if self.random.random() < 0.5 else self.random.randint(1, STAYING)
        row = self.resp.ask("GET", f"order:{number}")
        if row is None:
            return
        stamp = json.loads(row)["stamp"]
        if stamp < self.last.get(number, 0):
            self.wrong.append(f"order:{number} went back from {self.last[number]} to {stamp}")
        self.last[number] = stamp


def relay_pid(cluster):
    pid = cluster.psql("SELECT min(pid) FROM pg_stat_activity WHERE backend_type = 'pg_kv relay'")
    return int(pid) if pid else None


def crash_postmaster(cluster):
    cluster.crash()
    cluster.start()


def kill_relay(cluster, how):
    pid = relay_pid(cluster)
    if pid:
        os.kill(pid, how)
    eventually(lambda: is_up(cluster), 30)


def is_up(cluster):
    try:
        return cluster.psql("SELECT 1") == "1"
    except Exception:
        return False


def torment(cluster, redis, dice):
    kind = dice.randrange(6)
    if kind == 0:
        crash_postmaster(cluster)
    elif kind == 1:
        kill_relay(cluster, signal.SIGKILL)
    elif kind == 2:
        kill_relay(cluster, signal.SIGTERM)
    elif kind == 3:
        redis.kill()
        time.sleep(dice.random() * 2)
        redis.start()
    elif kind == 4:
        redis.freeze(dice.random() * 3)
    else:
        cluster.restart("fast")
    return ("PostgreSQL crashed", "relay killed", "relay terminated", "Redis killed", "Redis frozen", "restarted")[kind]


def has_settled(cluster):
    try:
        return cluster.psql("SELECT state = 'connected' AND backlog = 0 FROM kv.relay_targets") == "t"
    except Exception:
        return False


def rows(cluster):
    connection = cluster.connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, to_jsonb(account) FROM account")
        found = dict(cursor.fetchall())
    connection.close()
    return found


def stale(cluster, redis):
    truth = rows(cluster)
    wrong, seen = [], {"gone": 0, "fresh": 0, "order": 0}
    with Resp(redis.port) as client:
        keys = [key.decode() for key in client.ask("KEYS", "*") if not key.endswith(b":version")]
        for at in range(0, len(keys), 1000):
            part = keys[at:at + 1000]
            for key, value in zip(part, client.ask("MGET", *part)):
                kind, number = key.split(":")
                seen[kind] += 1
                if value is None or json.loads(value) != truth.get(int(number)):
                    wrong.append(f"{key} is {value}, and the row {truth.get(int(number))}")
    return wrong, seen


def start(kinds, cluster, redis):
    workers = [kind(cluster, redis, number) for number, kind in enumerate(kinds)]
    for worker in workers:
        worker.start()
    return workers


def finish(workers):
    for worker in workers:
        worker.finish.set()
    for worker in workers:
        worker.join(60)
    ok(not any(worker.is_alive() for worker in workers), "everybody comes to an end")


def compare(cluster, redis, when):
    ok(eventually(lambda: has_settled(cluster), 90), f"{when} the relay has told everything")
    diag(cluster.psql("SELECT state, problem, backlog, sent, retried, dead FROM kv.relay_targets"))
    wrong, seen = stale(cluster, redis)
    diag("\n".join(wrong[:10]))
    is_(len(wrong), 0, f"{when} nothing in Redis is stale: {seen}")
    return seen


def main():
    diag(f"seed {SEED}")
    dice = random.Random(SEED)
    redis = Redis()
    redis.start()
    with Cluster({"shared_preload_libraries": "pg_kv", "kv.worker_databases": "postgres", "fsync": "off"}) as cluster:
        cluster.psql(SETUP)
        cluster.psql(WATCHES % (redis.port, STAYING))
        ok(eventually(lambda: has_settled(cluster)), "the relay connects")
        kinds = [Writer] * WRITERS + [Reader] * READERS + [Watcher]
        workers = start(kinds, cluster, redis)
        deadline = time.monotonic() + SECONDS
        happened = []
        while time.monotonic() < deadline:
            time.sleep(dice.random() * 2)
            happened.append(torment(cluster, redis, dice))
        diag(", ".join(f"{happened.count(name)} times {name}" for name in sorted(set(happened))))
        finish(workers)
        for kind in (Writer, Reader, Watcher):
            count = sum(worker.rounds for worker in workers if type(worker) is kind)
            ok(count > 100, f"{count} rounds of {kind.__name__.lower()}s")
        compare(cluster, redis, "after all this")
        # A TRUNCATE that was still to be told has perhaps emptied Redis.
        Writer.may_truncate = False
        more = start([Writer] * WRITERS + [Reader] * READERS, cluster, redis)
        time.sleep(3)
        finish(more)
        ok(all(compare(cluster, redis, "after some calm").values()), "there is something of each kind")
        backwards = [line for worker in workers for line in worker.wrong]
        diag("\n".join(backwards[:10]))
        is_(len(backwards), 0, "no key went back to an earlier version")
        is_(cluster.psql("SELECT count(*) FROM kv.relay_dead"), "0", "there are no dead letters")
        ok("PANIC" not in cluster.log(), "no panic in the log")
    redis.kill()


main()
done()
