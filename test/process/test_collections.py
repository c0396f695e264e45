#!/usr/bin/python3
"""Collections in real servers: they survive SIGKILL under load, come back from a dump, can be read
on a standby; their tables are rebuilt under load; what was dropped is swept in the background."""

import collections
import threading
import time

# A function that returns rows stands in FROM or in a subquery of its own: in a select list PostgreSQL
# calls its neighbours once more than it has rows.

from lib import (Client, Cluster, diag, done, eventually, failure, finish, is_, ok, query, start, unsound,
                 value)

ELEMENT_TABLES = "field", "item", "member", "block"


def problems(cluster, database="postgres"):
    """What kv.check() finds."""
    return cluster.psql("SELECT * FROM kv.check()", database)


def elements(cluster, database="postgres"):
    """How many rows the tables of elements have."""
    counts = " + ".join(f"(SELECT count(*) FROM kv.{storage}_{table})"
                        for storage in ("durable", "cache") for table in (*ELEMENT_TABLES, "dropped_collection"))
    return int(cluster.psql(f"SELECT {counts}", database))


def fill(prefix, size, db=0):
    return f"""
        SELECT kv.hset('{prefix}hash', array_agg('f' || i), array_agg('v' || i), db => {db}),
               kv.rpush('{prefix}list', array_agg('i' || i), db => {db}),
               kv.sadd('{prefix}set', array_agg('m' || i), db => {db}),
               kv.zadd('{prefix}zset', array_agg((i % 100)::float8), array_agg('m' || i), db => {db})
        FROM generate_series(1, {size}) AS i;"""


def content(cluster, database="postgres"):
    """A word for what all collections hold."""
    return cluster.psql("""
        SELECT md5(string_agg(concat_ws(' ', db, key, field, value), ',' ORDER BY db, key, field)) FROM kv.hashes
        UNION ALL SELECT md5(string_agg(concat_ws(' ', db, key, "position", value), ',' ORDER BY db, key, "position")) FROM kv.lists
        UNION ALL SELECT md5(string_agg(concat_ws(' ', db, key, member), ',' ORDER BY db, key, member)) FROM kv.sets
        UNION ALL SELECT md5(string_agg(concat_ws(' ', db, key, member, score, rank), ',' ORDER BY db, key, member)) FROM kv.sorted_sets
        UNION ALL SELECT md5(string_agg(concat_ws(' ', db, key, type, size), ',' ORDER BY db, key)) FROM kv.keys""", database)


# Crash --------------------------------------------------------------------------------------------


class Told:
    """What one client was told of its own collections, and the command that it was not told of."""

    def __init__(self):
        self.next = 0
        self.added = set()
        self.removed = set()
        self.pushed = 0
        self.popped = 0
        self.sum = 0
        self.at = None  # the kind of command under way


def crash_work(client):
    """Numbers are added to a hash, a set, a sorted set and a list, and removed again; some in a
    transaction, which counts as a whole."""
    told = client.__dict__.setdefault("told", Told())
    own = f"own:{client.number}:"
    told.next += 1
    number = told.next
    kind = client.random.choices(("add", "push", "pop", "remove", "sum", "shared", "drop"), (6, 4, 2, 3, 3, 3, 1))[0]
    told.at = kind, number
    if kind == "add":
        client.value("SELECT kv.hset(%s, %s, 'v'), kv.sadd(%s, %s), kv.zadd(%s, %s, %s)", own + "hash", str(number),
                     own + "set", str(number), own + "zset", float(number % 50), str(number))
        told.added.add(number)
    elif kind == "push":
        client.value("SELECT kv.rpush(%s, %s)", own + "list", str(told.pushed + 1))
        told.pushed += 1
    elif kind == "pop":
        got = client.value("SELECT kv.lpop(%s)", own + "list")
        if got is not None:
            if int(got) != told.popped + 1:
                raise AssertionError(f"popped {got} after {told.popped}")
            told.popped += 1
    elif kind == "remove" and told.added:
        number = client.random.choice(sorted(told.added))
        told.at = kind, number
        client.value("SELECT kv.hdel(%s, %s), kv.srem(%s, %s), kv.zrem(%s, %s)", own + "hash", str(number),
                     own + "set", str(number), own + "zset", str(number))
        told.added.discard(number)
        told.removed.add(number)
    elif kind == "sum":
        client.value("BEGIN")
        client.value("SELECT kv.hincrby(%s, 'sum', 1), kv.zincrby(%s, 1, 'sum')", own + "sums", own + "zsums")
        client.value("SAVEPOINT s")
        client.value("SELECT kv.hincrby(%s, 'sum', 1000), (SELECT member FROM kv.zpopmin(%s))", own + "sums", own + "zsums")
        client.value("ROLLBACK TO s")
        client.value("COMMIT")
        told.sum += 1
    elif kind == "shared":
        client.value("SELECT kv.hincrby('shared:hash', %s, 1), kv.zincrby('shared:zset', 1, %s)",
                     str(number % 200), str(number % 200))
    elif kind == "drop":
        client.value("SELECT kv.sadd(%s, array_agg('m' || i)), kv.rpush(%s, array_agg(i)) FROM generate_series(1, 300) AS i",
                     own + "scratch", own + "scratch list")
        client.value("SELECT kv.del(%s, %s)", own + "scratch", own + "scratch list")
    told.at = None


def lost(cluster, clients):
    """What is not as the clients were told."""
    connection = cluster.connect()
    wrong = []
    for client in clients:
        told, own = client.told, f"own:{client.number}:"
        kind, number = told.at or (None, None)
        for sql in ("kv.hkeys(%s)", "kv.smembers(%s)", "kv.zrange(%s, 0, -1)"):
            type = {"h": "hash", "s": "set", "z": "zset"}[sql[3]]
            found = {int(row[0]) for row in query(connection, f"SELECT * FROM {sql}", own + type)}
            differ = found ^ told.added
            if kind in ("add", "remove"):
                differ.discard(number)
            if differ:
                wrong.append(f"{own}{type}: {sorted(differ)[:10]}")
        items = [int(row[0]) for row in query(connection, "SELECT * FROM kv.lrange(%s, 0, -1)", own + "list")]
        firsts = {told.popped + 1} | ({told.popped + 2} if kind == "pop" else set())
        lasts = {told.pushed} | ({told.pushed + 1} if kind == "push" else set())
        if not any(items == list(range(first, last + 1)) for first in firsts for last in lasts):
            wrong.append(f"{own}list: {items[:3]} to {items[-3:]}, told {told.popped} popped and {told.pushed} pushed")
        sums = [int(value(connection, "SELECT kv.hget(%s, 'sum')", own + "sums") or 0),
                int(value(connection, "SELECT kv.zscore(%s, 'sum')", own + "zsums") or 0)]
        if sums not in ([told.sum] * 2, [told.sum + (kind == "sum")] * 2):
            wrong.append(f"{own}sums: {sums}, told {told.sum}")
    connection.close()
    return wrong


def test_crash():
    settings = {"shared_preload_libraries": "pg_kv", "kv.worker_databases": "postgres", "synchronous_commit": "on"}
    with Cluster(settings) as cluster:
        cluster.psql("CREATE EXTENSION pg_kv; SELECT kv.set_storage(1, 'cache');" + fill("cached:", 300, 1))
        clients = start([Client(cluster, crash_work, number) for number in range(6)])
        time.sleep(6)
        ok(all(client.error is None for client in clients), "crash: until then all was well")
        diag("\n".join(str(client.error) for client in clients if client.error))
        cluster.crash()
        finish(clients)
        cluster.start()
        large = cluster.psql("SELECT count(*) FROM kv.durable_key WHERE kv.collection_of(type, key, value) IS NOT NULL")
        ok(int(large) > 6, f"crash: {large} collections were large")
        wrong = lost(cluster, clients)
        diag("\n".join(wrong[:10]))
        is_(len(wrong), 0, "crash: nothing acknowledged is lost, nothing rolled back is there")
        is_(problems(cluster), "", "crash: kv.check() finds nothing")
        is_(unsound(cluster), "", "crash: amcheck finds nothing")
        is_(cluster.psql("SELECT kv.dbsize(1), kv.hset('cached:hash', ARRAY['f1'], ARRAY['x'], db => 1), kv.llen('cached:list', db => 1)"),
            "0|1|0", "crash: the cache is empty, and works")
        ids = "SELECT max(collection) FROM (SELECT kv.collection_of(type, key, value) AS collection FROM kv.durable_key) AS c"
        before = int(cluster.psql(ids))
        cluster.psql(fill("new:", 300))
        ok(int(cluster.psql(f"{ids} WHERE collection > {before}") or 0) > before, "crash: a new collection's id is new")
        cluster.psql("SELECT kv.flushall()")
        ok(eventually(lambda: elements(cluster) == 0), "crash: what is dropped afterwards is swept")


# Dump, standby, prepared transactions, workers ----------------------------------------------------


def test_dump(cluster):
    cluster.psql("CREATE DATABASE source")
    cluster.psql("CREATE EXTENSION pg_kv;" + fill("", 1000) + fill("small:", 5) + fill("third:", 300, 3) + """
        SELECT kv.set_storage(5, 'cache');""" + fill("cached:", 300, 5) + """
        SELECT kv.rpush('jobs', repeat('x', 50000) || i) FROM generate_series(1, 20) AS i;
        SELECT kv.zadd('long', i, repeat('n', 3000) || i) FROM generate_series(1, 200) AS i;
        SELECT count(*) FROM kv.zpopmin('zset', 100);
        SELECT kv.lpop('list'), kv.linsert('list', 'before', 'i500', 'inserted');
        SELECT kv.sadd('gone', array_agg(i)) FROM generate_series(1, 500) AS i;
        SELECT kv.del('gone'), kv.expire('set', 100000);""", "source")
    file = cluster.folder / "source.dump"
    cluster.run("pg_dump", "--format=custom", f"--file={file}", "source")
    cluster.run("createdb", "--template=template0", "restored")
    cluster.run("pg_restore", "--exit-on-error", "--dbname=restored", file)
    is_(content(cluster, "restored"), content(cluster, "source"), "dump: the collections are equal")
    is_(problems(cluster, "restored"), "", "dump: kv.check() finds nothing")
    ids = "SELECT kv.collection_of(type, key, value) FROM kv.durable_key WHERE kv.collection_of(type, key, value) IS NOT NULL"
    before = set(cluster.psql(ids, "restored").split())
    cluster.psql(fill("new:", 300), "restored")
    new = set(cluster.psql(ids, "restored").split()) - before
    is_(len(new), 4, "dump: new collections have ids of their own")
    is_(cluster.psql(f"SELECT count(*) FROM kv.durable_field WHERE collection IN ({','.join(new)})", "restored"), "600",
        "dump: and only their own elements")
    is_(cluster.psql("SELECT kv.lpop('list'), kv.zrank('zset', 'm1'), kv.hset('hash', 'f1', 'x'), kv.scard('set')", "restored"),
        cluster.psql("SELECT kv.lpop('list'), kv.zrank('zset', 'm1'), kv.hset('hash', 'f1', 'x'), kv.scard('set')", "source"),
        "dump: they go on")
    cluster.psql("SELECT kv.flushall()", "restored")

    def swept():
        cluster.psql("SELECT kv.expire_batch(100000)", "restored")
        return elements(cluster, "restored") == 0

    ok(eventually(swept), "dump: what was dropped before the dump is swept, too")


def test_prepared(cluster):
    cluster.psql("SELECT kv.flushall();" + fill("", 300))
    connection = cluster.connect()
    word = content(cluster)
    query(connection, "BEGIN")
    query(connection, "SELECT kv.lpop('list'), (SELECT member FROM kv.zpopmin('zset')), kv.hset('hash', 'f1', 'x'), kv.spop('set'), kv.sadd('new', "
                      "(SELECT array_agg(i) FROM generate_series(1, 300) AS i))")
    query(connection, "PREPARE TRANSACTION 'undone'")
    query(connection, "ROLLBACK PREPARED 'undone'")
    is_(content(cluster), word, "a prepared transaction rolled back")
    query(connection, "BEGIN")
    query(connection, "SELECT kv.lpop('list'), (SELECT member FROM kv.zpopmin('zset')), kv.hset('hash', 'f1', 'x'), kv.del('set')")
    query(connection, "PREPARE TRANSACTION 'kept'")
    is_(query(connection, "SELECT kv.llen('list'), kv.zcard('zset'), kv.hget('hash', 'f1'), kv.scard('set')"),
        [(300, 300, "v1", 300)], "one that is prepared is not seen")
    cluster.restart("immediate")
    connection.close()
    connection = cluster.connect()
    query(connection, "COMMIT PREPARED 'kept'")
    is_(query(connection, "SELECT kv.lpop('list'), kv.zcard('zset'), (SELECT member FROM kv.zpopmin('zset')), kv.hget('hash', 'f1'), kv.scard('set')"),
        [("i2", 299, "m200", "x", 0)], "until it is committed, after a crash")
    is_(problems(cluster), "", "prepared transactions: kv.check() finds nothing")
    # A sweep that is prepared and rolled back has removed nothing.
    query(connection, "SELECT kv.del('hash', 'list', 'zset')")
    query(connection, "BEGIN")
    query(connection, "SELECT kv.expire_batch(100)")
    query(connection, "PREPARE TRANSACTION 'sweep'")
    query(connection, "SELECT kv.expire_batch(100) FROM generate_series(1, 50)")
    query(connection, "ROLLBACK PREPARED 'sweep'")

    def swept():
        query(connection, "SELECT kv.expire_batch(100)")
        return elements(cluster) == 0

    ok(eventually(swept), "a sweep prepared and rolled back leaves nothing unswept")
    connection.close()


def test_standby():
    with Cluster({"shared_preload_libraries": "pg_kv", "kv.worker_databases": "postgres"}) as primary:
        primary.psql("CREATE EXTENSION pg_kv;" + fill("", 1000) + "SELECT kv.set_storage(1, 'cache');" + fill("", 300, 1))
        with primary.standby() as standby:
            primary.caught_up(standby)
            is_(content(standby).splitlines()[:3], primary.psql("""
                SELECT md5(string_agg(concat_ws(' ', db, key, field, value), ',' ORDER BY db, key, field)) FROM kv.hashes WHERE db = 0
                UNION ALL SELECT md5(string_agg(concat_ws(' ', db, key, "position", value), ',' ORDER BY db, key, "position")) FROM kv.lists WHERE db = 0
                UNION ALL SELECT md5(string_agg(concat_ws(' ', db, key, member), ',' ORDER BY db, key, member)) FROM kv.sets WHERE db = 0
                """).splitlines(), "standby: the durable collections are there")
            reads = """SELECT kv.hget('hash', 'f7'), kv.lindex('list', 500), kv.zrank('zset', 'm250'), kv.zcount('zset', '10', '20'),
                       kv.sismember('set', 'm1000'), kv.srandmember('set') IS NOT NULL, (SELECT count(*) FROM kv.hgetall('hash')),
                       (SELECT string_agg(member, ' ') FROM kv.zrange('zset', 500, 504)), length(kv.dump('zset')) > 1000"""
            is_(standby.psql(reads), primary.psql(reads), "standby: reads of large collections")
            is_(standby.psql("SELECT kv.hlen('hash', db => 1), (SELECT count(*) FROM kv.lrange('list', 0, -1, db => 1))"), "0|0",
                "standby: cache collections are empty")
            is_(problems(standby), "", "standby: kv.check() finds nothing")
            session = standby.connect(autocommit=False)
            session.set_session(isolation_level="REPEATABLE READ")
            value(session, "SELECT kv.hlen('hash')")
            error = failure(standby.connect(), "SELECT kv.lpop('list')")
            is_(error and error.pgcode, "25006", "standby: a pop is refused")
            primary.psql("SELECT kv.del('hash'), (SELECT count(*) FROM kv.zpopmin('zset', 500)), kv.lpop('list')")
            primary.caught_up(standby)
            is_(value(session, "SELECT count(*) FROM kv.hgetall('hash')"), 1000, "standby: an old snapshot keeps what was dropped")
            session.close()
            is_(standby.psql("SELECT kv.hlen('hash'), kv.zcard('zset'), kv.zrank('zset', 'm50'), kv.lindex('list', 0)"),
                primary.psql("SELECT kv.hlen('hash'), kv.zcard('zset'), kv.zrank('zset', 'm50'), kv.lindex('list', 0)"), "standby: it follows")
            primary.crash()
            standby.promote()
            is_(standby.psql("SELECT kv.rpush('list', 'x'), kv.hset('hash', 'a', 'b')" + ", kv.scard('set')"), "1000|1|1000", "promoted: writes")
            standby.psql(fill("new:", 300))
            is_(problems(standby), "", "promoted: kv.check() finds nothing")


def test_workers(cluster):
    cluster.psql("CREATE DATABASE later")
    cluster.psql("CREATE EXTENSION pg_kv", "later")
    cluster.psql("SELECT kv.flushall()")
    cluster.configure({"kv.worker_databases": "postgres, later"})
    cluster.reload()
    for database in "postgres", "later":
        cluster.psql(fill("", 20000) + "SELECT kv.del('hash', 'list', 'set', 'zset');" + fill("", 300), database)
    cluster.psql("SELECT kv.del('hash', 'list', 'set', 'zset')")
    ok(eventually(lambda: elements(cluster) == 0), "the worker sweeps what was dropped, to the last element")
    cluster.psql(fill("", 50000) + "SELECT kv.del('hash', 'list', 'set', 'zset')", "later")
    connection = cluster.connect()
    is_(failure(connection, "SET statement_timeout = '60s'"), None, "a limit")
    is_(failure(connection, "DROP DATABASE later WITH (FORCE)"), None, "DROP DATABASE while its worker sweeps")
    cluster.psql(fill("", 50000) + "SELECT kv.del('hash', 'list', 'set', 'zset')")
    is_(failure(connection, "DROP EXTENSION pg_kv CASCADE"), None, "DROP EXTENSION while its worker sweeps")
    cluster.psql("CREATE EXTENSION pg_kv")
    is_(problems(cluster), "", "a new extension is in order")
    ok(all(word not in cluster.log() for word in ("PANIC", "TRAP", "terminated by signal")), "no process has crashed")
    connection.close()


# Under load ---------------------------------------------------------------------------------------

ledger = threading.Lock()
sums = collections.Counter()
done_commands = collections.Counter()
popped = collections.Counter()
KEYS = 2  # of each type, and two queues: ten collections


def note(**amounts):
    with ledger:
        sums.update(amounts)


def load(client):
    """A command on one of ten collections, among which are two queues; all that is added is noted."""
    n = client.random.randrange(KEYS)
    field = str(client.random.randrange(300))
    kind = client.random.choice(("hincrby", "zincrby", "push", "pop", "sets", "zpop", "move", "several", "undo"))
    if kind == "hincrby":
        client.value("SELECT kv.hincrby(%s, %s, 1)", f"hash:{n}", field)
        note(**{f"hash:{n}": 1})
    elif kind == "zincrby":
        client.value("SELECT kv.zincrby(%s, 1, %s)", f"zset:{n}", field)
        note(**{f"zset:{n}": 1})
    elif kind == "push":
        with ledger:
            sums["job"] += 1
            job = sums["job"]
        client.value(client.random.choice(("SELECT kv.lpush(%s, %s)", "SELECT kv.rpush(%s, %s)")), f"queue:{n}", str(job))
        note(pushed=1)
    elif kind == "pop":
        job = client.value(client.random.choice(("SELECT kv.lpop(%s)", "SELECT kv.rpop(%s)")), f"queue:{n}")
        if job is not None:
            with ledger:
                popped[job] += 1
    elif kind == "sets":
        client.value(client.random.choice(("SELECT kv.smove('set:0', 'set:1', %s)", "SELECT kv.smove('set:1', 'set:0', %s)")), field)
    elif kind == "zpop":
        client.value("BEGIN")
        member = query(client.connection, "SELECT * FROM kv.zpopmin(%s)", f"jobs:{n}")
        if member and client.random.random() < 0.5:
            client.value("SELECT kv.zadd(%s, %s, %s)", f"jobs:{1 - n}" if n == 0 else f"jobs:{n}", member[0][1] + 1, member[0][0])
            client.value("COMMIT")
        else:
            client.value("ROLLBACK")
    elif kind == "move":
        client.value("SELECT kv.lmove(%s, %s, 'left', 'right')", f"queue:{n}", f"queue:{1 - n}")
    elif kind == "several":
        client.value("SELECT count(*) FROM kv.zmpop(%s, 'min', count => 3)", [f"scratch:{n}", f"scratch:{1 - n}"])
        client.value("SELECT kv.zadd(%s, array_agg(i::float8), array_agg('m' || i)) FROM generate_series(1, 200) AS i", f"scratch:{n}")
        if client.random.random() < 0.2:
            client.value("SELECT kv.del(%s, %s)", f"scratch:{n}", f"scratch:{1 - n}")
    elif kind == "undo":
        client.value("BEGIN")
        client.value("SELECT kv.hincrby(%s, %s, 100000), kv.hdel(%s, '1', '2', '3')", f"hash:{n}", field, f"hash:{n}")
        client.value("ROLLBACK")
    with ledger:
        done_commands[kind] += 1


def test_contention():
    settings = {"shared_preload_libraries": "pg_kv", "kv.worker_databases": "postgres", "max_connections": 80,
                "synchronous_commit": "off"}
    with Cluster(settings) as cluster:
        cluster.psql("CREATE EXTENSION pg_kv")
        cluster.psql("SELECT kv.sadd('set:' || i % 2, i::text), kv.zadd('jobs:' || i % 2, i, 'job' || i) FROM generate_series(0, 599) AS i")
        clients = start([Client(cluster, load, number) for number in range(50)])
        time.sleep(10)
        # An administrator at the tables, meanwhile.
        for table in ELEMENT_TABLES:
            cluster.psql(f"SET client_min_messages = warning; REINDEX TABLE CONCURRENTLY kv.durable_{table}")
        is_(unsound(cluster), "", "REINDEX CONCURRENTLY under load: amcheck finds nothing")
        for table, index in zip(ELEMENT_TABLES, ("hash", "position", "order", "id")):
            cluster.psql(f"VACUUM FULL kv.durable_{table}")
            cluster.psql(f"CLUSTER kv.durable_{table} USING durable_{table}_{index}")
        cluster.psql("VACUUM FULL kv.durable_dropped_collection")
        time.sleep(5)
        errors = finish(clients)
        diag("\n".join(errors[:10]))
        diag(", ".join(f"{name} {count}" for name, count in done_commands.items()))
        is_(len(errors), 0, "contention: no session met an error")
        ok("deadlock detected" not in cluster.log(), "contention: nothing deadlocked")
        is_(len(done_commands), 9, "contention: all kinds of commands were run")
        connection = cluster.connect()
        for n in range(KEYS):
            is_(int(value(connection, "SELECT sum(value::bigint) FROM kv.hgetall(%s)", f"hash:{n}") or 0), sums[f"hash:{n}"],
                f"contention: hash:{n} is the sum of what was added")
            is_(int(value(connection, "SELECT sum(score) FROM kv.zrange(%s, 0, -1, withscores => true)", f"zset:{n}") or 0),
                sums[f"zset:{n}"], f"contention: zset:{n} is the sum of what was added")
        left = collections.Counter(row[0] for n in range(KEYS) for row in query(connection, "SELECT kv.lrange(%s, 0, -1)", f"queue:{n}"))
        is_(len([job for job, times in (left + popped).items() if times != 1]), 0, "contention: no job is there twice")
        is_(len(left + popped), sums["pushed"], "contention: every job was popped or is there")
        is_(value(connection, "SELECT array_agg(member::int ORDER BY member::int) FROM kv.sunion('set:0', 'set:1') AS member"), list(range(600)),
            "contention: no member was lost by SMOVE")
        is_(value(connection, "SELECT kv.scard('set:0') + kv.scard('set:1')"), 600, "contention: nor is one in both sets")
        is_(value(connection, "SELECT kv.zcard('jobs:0') + kv.zcard('jobs:1')"), 600, "contention: a pop rolled back is none")
        is_(problems(cluster), "", "contention: kv.check() finds nothing")
        is_(unsound(cluster), "", "contention: amcheck finds nothing")

        clients = start([Client(cluster, truncated, number) for number in range(6)])
        for _ in range(5):
            cluster.psql("TRUNCATE kv.durable_key")
            time.sleep(0.2)
        errors = finish(clients)
        diag("\n".join(errors))
        is_(len(errors), 0, "TRUNCATE under load: no session met an error")
        is_(problems(cluster), "", "TRUNCATE under load: kv.check() finds nothing")
        ok(elements(cluster) > 0, "TRUNCATE under load: there are elements")
        value(connection, "SELECT kv.flushall()")
        ok(eventually(lambda: elements(cluster) == 0), "in the end every element is swept")
        connection.close()


def truncated(client):
    n = client.random.randrange(3)
    client.value("SELECT kv.hset(%s, array_agg('f' || i), array_agg('v' || i)), kv.zadd(%s, array_agg(i::float8), array_agg('m' || i)), "
                 "kv.rpush(%s, array_agg('i' || i)) FROM generate_series(1, 150) AS i", f"h{n}", f"z{n}", f"l{n}")
    client.value("SELECT kv.hdel(%s, 'f1')", f"h{n}")
    client.value("SELECT member FROM kv.zpopmin(%s)", f"z{n}")
    client.value("SELECT kv.lpop(%s)", f"l{n}")


test_crash()
with Cluster({"shared_preload_libraries": "pg_kv", "max_prepared_transactions": 5}) as cluster:
    cluster.psql("CREATE EXTENSION pg_kv")
    test_dump(cluster)
    test_prepared(cluster)
    test_workers(cluster)
test_standby()
test_contention()
done()
