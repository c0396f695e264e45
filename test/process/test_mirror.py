#!/usr/bin/python3
"""kv.mirror_keys and a real Redis server: whatever writes the keys, what Redis has is the same in the end."""

import contextlib
import os
import random
import shutil
import signal
import subprocess

import psycopg2

from lib import AS_SERVER, done, eventually, free_port, is_, ok, query, temporary_folder, value
from resp import DoorCluster, Resp, RespError, run_parts

PREFIX = "mirror:"
DATABASES = 0, 1, 2


class Redis:
    """A Redis server that loses nothing when it is killed."""

    def __init__(self, *options):
        self.folder = temporary_folder("redis")
        self.port = free_port()
        self.options = options
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [*AS_SERVER, "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder),
             "--save", "", "--appendonly", "yes", "--appendfsync", "always", *self.options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(self.answers)

    def answers(self):
        try:
            with Resp(self.port) as client:
                return client.ask("PING") == b"PONG"
        except (OSError, RespError):
            return False

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def destroy(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def value_of(client, key):
    """A key as something to compare, None if it went meanwhile."""
    kind = client.ask("TYPE", key)
    if kind == b"string":
        found = client.ask("GET", key)
    elif kind == b"list":
        found = client.ask("LRANGE", key, 0, -1)
    elif kind == b"set":
        found = sorted(client.ask("SMEMBERS", key))
    elif kind == b"hash":
        words = client.ask("HGETALL", key)
        found = sorted(zip(words[::2], words[1::2]))
    elif kind == b"zset":
        words = client.ask("ZRANGE", key, 0, -1, "WITHSCORES")
        found = [(name, float(score)) for name, score in zip(words[::2], words[1::2])]
    else:
        return None
    return kind, found, client.ask("PEXPIRETIME", key)


def keys_of(port, database, prefix=""):
    """All keys of a database, with their values and expiries, or those below a prefix without it."""
    with Resp(port) as client:
        client.ask("SELECT", database)
        found = {key[len(prefix):]: value_of(client, key) for key in client.ask("KEYS", prefix + "*")}
        return {key: there for key, there in found.items() if there}


def same(cluster, name, expected=None):
    """Waits until Redis has what pg_kv has, by database."""
    def differing():
        wrong = []
        for database in DATABASES:
            ours = keys_of(cluster.resp_port, database)
            theirs = keys_of(redis.port, 0, f"{PREFIX}{database}:")
            wrong += [(database, key, "missing" if key not in theirs else "extra" if key not in ours else "different")
                      for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
        return wrong

    eventually(lambda: not differing(), 60)
    is_(differing()[:5], [], name)
    if expected is not None:
        is_(len(keys_of(redis.port, 0, PREFIX)), expected, f"{name}: so many keys")


def types(cluster):
    with Resp(cluster.resp_port) as client:
        for size in 1, 5, 3000:
            client.ask("SET", f"string {size}", b"\x00\xff" * size)
            client.ask("RPUSH", f"list {size}", *(f"item {i}" for i in range(size)))
            client.ask("SADD", f"set {size}", *(f"member {i}" for i in range(size)))
            client.ask("SADD", f"numbers {size}", *range(size))
            client.ask("HSET", f"hash {size}", *(word for i in range(size) for word in (f"field {i}", f"value {i}")))
            client.ask("ZADD", f"zset {size}", *(word for i in range(size) for word in (i / 3 - 7, f"member {i}")))
        client.ask("ZADD", "limits", "-inf", "a", "+inf", "b", "1e300", "c", "0.1", "d")
        client.ask("SET", b"\x00\xff\r\n{}*?", "bytes")
        client.ask("SET", "n" * 5000, "a long name")
        client.ask("SET", "huge", os.urandom(3_000_000))
    same(cluster, "all types, small and large", 22)
    with Resp(cluster.resp_port) as client:
        client.ask("LSET", "list 3000", 1500, "changed")
        client.ask("LTRIM", "list 5", 1, -2)
        client.ask("SREM", "set 3000", "member 7")
        client.ask("HSET", "hash 3000", "field 7", "changed")
        client.ask("ZINCRBY", "zset 3000", 100, "member 7")
        client.ask("APPEND", "string 3000", "more")
        client.ask("SETRANGE", "huge", 1_000_000, "changed")
    same(cluster, "single elements change", 22)


def expiries(cluster):
    with Resp(cluster.resp_port) as client:
        client.ask("PEXPIRE", "string 1", 1_000_000)
        client.ask("PEXPIREAT", "list 3000", 4_000_000_000_123)
        client.ask("SET", "lapses", "x", "PX", 100)
        client.ask("SET", "stays", "x", "EX", 1000)
        client.ask("PERSIST", "stays")
    same(cluster, "expiries")
    ok(eventually(lambda: not value_of_mirror("0:lapses")), "a key that has lapsed is gone there too")
    # Nobody tells of keys that lapse, so it must not come back either.
    cluster.psql("SELECT kv.set('lapses again', 'x', px => 1); SELECT pg_sleep(0.05)")
    same(cluster, "one that lapses before it is sent")


def value_of_mirror(key):
    with Resp(redis.port) as client:
        return value_of(client, PREFIX + key)


def renames(cluster):
    with Resp(cluster.resp_port) as client:
        client.ask("RENAME", "hash 3000", "hash renamed")
        client.ask("COPY", "zset 3000", "zset copied")
        client.ask("MOVE", "set 5", 1)
        client.ask("DEL", "zset 3000", "string 5")
        client.ask("SMOVE", "set 1", "set 3000", "member 0")
        client.ask("LMOVE", "list 1", "list 5", "LEFT", "RIGHT")
    same(cluster, "RENAME, COPY, MOVE, DEL, and sets and lists that become empty")


def transactions(cluster):
    with Resp(cluster.resp_port) as client:
        for words in ("MULTI",), ("SET", "multi", 1), ("INCR", "multi"), ("DEL", "stays"):
            client.ask(*words)
        client.ask("EXEC")
        for words in ("MULTI",), ("SET", "discarded", 1), ("DISCARD",):
            client.ask(*words)
    connection = cluster.connect(autocommit=False)
    value(connection, "SELECT kv.set('rolled back', 'x'), kv.del('multi')")
    connection.rollback()
    value(connection, "SELECT kv.set('before', 'x')")
    value(connection, "SAVEPOINT one")
    value(connection, "SELECT kv.set('undone', 'x'), kv.del('before')")
    value(connection, "ROLLBACK TO one")
    value(connection, "SELECT kv.set('after', 'x')")
    connection.commit()
    connection.close()
    same(cluster, "transactions")
    is_([bool(value_of_mirror(f"0:{key}")) for key in ("multi", "before", "after", "undone", "rolled back", "discarded")],
        [True, True, True, False, False, False], "what is undone is not sent")


def whole_databases(cluster):
    with Resp(cluster.resp_port) as client:
        client.ask("SELECT", 1)
        client.ask("MSET", *(word for i in range(5000) for word in (f"key {i}", i)))
        same(cluster, "many keys at once")
        client.ask("SWAPDB", 0, 1)
        same(cluster, "SWAPDB")
        client.ask("SELECT", 0)
        client.pipeline([("SET", f"key {i}", "again") for i in range(1000)] + [("FLUSHDB",)] +
                        [("SET", f"new {i}", "x") for i in range(100)])
        same(cluster, "FLUSHDB between writes")
        is_(len(keys_of(redis.port, 0, PREFIX + "0:")), 100, "leaves what came after it")
        client.ask("FLUSHALL")
        client.ask("SET", "after", "x")
    same(cluster, "FLUSHALL", 1)


def storm(cluster):
    """Random writes by both doors while Redis is killed and comes back."""
    chance = random.Random(7)
    connection = cluster.connect()
    with Resp(cluster.resp_port) as client:
        for step in range(3000):
            if step % 1000 == 500:
                redis.kill()
            elif step % 1000 == 700:
                redis.start()
            key = chance.randrange(60)
            client.ask("SELECT", chance.choice(DATABASES))
            client.ask(*chance.choice((
                ("SET", f"s{key}", step), ("SET", f"s{key}", step, "EX", 1000), ("INCR", f"n{key}"), ("DEL", f"s{key}", f"l{key}"),
                ("RPUSH", f"l{key}", step), ("LPOP", f"l{key}"), ("SADD", f"e{key}", step), ("SPOP", f"e{key}"),
                ("HSET", f"h{key}", step % 7, step), ("HDEL", f"h{key}", step % 7), ("ZADD", f"z{key}", step, step % 9),
                ("ZPOPMIN", f"z{key}"), ("PERSIST", f"s{key}"), ("COPY", f"h{key}", f"h{key + 1}", "REPLACE"))))
            if step % 10 == 0:
                value(connection, "SELECT kv.set('q' || i, %s, db => %s) FROM generate_series(1, 20) AS i", str(step),
                      chance.choice(DATABASES))
            if step % 900 == 899:
                client.ask(*chance.choice((("SWAPDB", 0, 2), ("FLUSHDB",))))
    connection.close()
    same(cluster, "after a storm, with Redis killed three times")


def crashes(cluster):
    """A crash empties cache databases, and Redis is told."""
    cluster.psql("SELECT kv.set('kept ' || i, 'x', db => 1), kv.set('lost ' || i, 'x', db => 2) FROM generate_series(1, 300) AS i")
    same(cluster, "before a crash")
    ok(len(keys_of(redis.port, 0, PREFIX + "2:")) >= 300, "a cache database is mirrored")
    cluster.crash()
    cluster.start()
    cluster.wait_for_door()
    same(cluster, "after a crash")
    is_(len(keys_of(redis.port, 0, PREFIX + "2:")), 0, "what the crash has emptied is empty there")


def refusals(cluster):
    """What Redis refuses becomes a dead letter, and can be sent again."""
    refusing = Redis("--rename-command", "RESTORE", "")
    try:
        cluster.psql(f"SELECT kv.add_target('other', '127.0.0.1', {refusing.port}, prefix => '{PREFIX}3:')")
        cluster.psql("SELECT kv.mirror_keys('refused*', target => 'other', db => 3)")
        cluster.psql("SELECT kv.set('refused', 'x', db => 3)")
        dead = "SELECT string_agg(convert_from(key, 'UTF8') || ' ' || reason, ',') FROM kv.relay_dead_letters"
        ok(eventually(lambda: cluster.psql(dead).startswith("refused ERR unknown command"), 60),
           "what Redis refuses is a dead letter")
    finally:
        refusing.destroy()
    cluster.psql(f"SELECT kv.alter_target('other', port => {redis.port})")
    is_(cluster.psql("SELECT kv.relay_requeue()"), "1", "which is sent again")
    ok(eventually(lambda: value_of_mirror("3:refused")), "and arrives where Redis takes it")


def ends(cluster):
    """A mirror that ends, and one that begins with what is there."""
    cluster.psql("SELECT kv.unmirror_keys('*', 0)")
    cluster.psql("SELECT kv.set('unseen', 'x'); SELECT kv.set('other', 'x'); SELECT kv.set('seen', 'x', db => 1)")
    ok(eventually(lambda: value_of_mirror("1:seen")), "other mirrors go on")
    is_(value_of_mirror("0:unseen"), None, "one that has ended does not")
    cluster.psql("SELECT kv.mirror_keys('un*', target => 'db0', db => 0, lease => '1 minute')")
    ok(eventually(lambda: value_of_mirror("0:unseen")), "a new one begins with the keys that are there")
    is_(value_of_mirror("0:other"), None, "and match")
    ok(value_of_mirror("0:unseen:version"), "with a lease, the version stands beside the key")
    cluster.psql("SELECT kv.mirror_keys('message*', 'publish', 'db0', 0, channel => 'news')")
    with Resp(redis.port) as listener:
        listener.ask("SUBSCRIBE", f"{PREFIX}0:news")
        cluster.psql("SELECT kv.set('message 1', 'x')")
        message = listener.receive().value[2].value.decode()
        ok(message.startswith('{"db":0,"operation":"update","key":"message 1","version":"'), "a change is published")
        cluster.psql("SELECT kv.del('message 1')")
        ok('"operation":"delete","key":"message 1"' in listener.receive().value[2].value.decode(), "and a removal")


def error_of(cluster, sql):
    with contextlib.closing(cluster.connect()) as connection:
        try:
            query(connection, sql)
        except psycopg2.Error as error:
            return error.pgcode
    return None


def target_in_use(cluster):
    """A target that a transaction begins to send something to stays."""
    cluster.psql(f"SELECT kv.add_target('late', '127.0.0.1', {redis.port}, prefix => 'late:')")
    with contextlib.closing(cluster.connect(autocommit=False)) as connection:
        query(connection, "SELECT kv.mirror_keys('late*', target => 'late', db => 0)")
        is_(error_of(cluster, "SET lock_timeout = '100ms'; SELECT kv.drop_target('late')"), "55P03",
            "who drops a target waits for who begins to use it")
        connection.commit()
    is_(error_of(cluster, "SELECT kv.drop_target('late')"), "2BP01", "and finds it in use")
    cluster.psql("SELECT kv.unmirror_keys('late*', 0); SELECT kv.drop_target('late')")


redis = Redis()
try:
    with DoorCluster({"kv.relay_max_tries": 2}) as cluster:
        cluster.psql("SELECT kv.set_storage(2, 'cache')")
        for database in DATABASES:
            cluster.psql(f"SELECT kv.add_target('db{database}', '127.0.0.1', {redis.port}, prefix => '{PREFIX}{database}:')")
            cluster.psql(f"SELECT kv.mirror_keys('*', target => 'db{database}', db => {database})")
        run_parts(cluster, types, expiries, renames, transactions, whole_databases, storm, crashes, refusals, ends, target_in_use)
finally:
    redis.destroy()
done()
