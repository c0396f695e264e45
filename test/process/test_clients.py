#!/usr/bin/python3
"""What SQL tells of the clients of the Redis protocol, and does to them; and helper processes, which
must not be in the way of statements about databases."""

import time

from lib import Client, Failed, done, eventually, finish, is_, ok, query, start
from resp import DoorCluster, Resp

COLUMNS = ("name", "user", "db", "queued", "resp", "tls", "flags", "last_command", "library", "commands")


def rows(cluster, where="true", user="postgres"):
    columns = ", ".join(f'"{column}"' for column in COLUMNS)
    with cluster.connect(user=user) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM kv.clients WHERE {where} ORDER BY id")
        found = [dict(zip(COLUMNS, row)) for row in cursor.fetchall()]
    connection.close()
    return found


def row(cluster, name):
    found = rows(cluster, f"name = '{name}'")
    return found[0] if len(found) == 1 else {}


def views(cluster):
    with Resp(cluster.resp_port) as first, Resp(cluster.resp_port, protocol=3) as second:
        first.ask("CLIENT", "SETNAME", "first")
        first.ask("SELECT", 3)
        second.ask("CLIENT", "SETNAME", "second")
        second.ask("CLIENT", "SETINFO", "LIB-NAME", "test")
        second.ask("MULTI")
        second.ask("SET", "k", "v")
        is_(len(rows(cluster)), 2, "a row for each client")
        found = row(cluster, "first")
        is_((found["user"], found["db"], found["resp"], found["queued"], found["tls"], found["flags"]),
            ("app", 3, 2, None, False, "N"), "with its role, database and protocol")
        is_(found["last_command"], "select", "its last command")
        found = row(cluster, "second")
        is_((found["db"], found["resp"], found["queued"], found["flags"], found["library"]),
            (0, 3, 1, "x", "test"), "and what is queued")
        recent = "SELECT bool_and(connected_at BETWEEN now() - interval '1 min' AND now() AND idle < interval '1 min') FROM kv.clients"
        is_(cluster.psql(recent), "t", "times are those of the clock")
        second.ask("EXEC")
        is_(row(cluster, "second")["queued"], None, "until it is executed")
    ok(eventually(lambda: not rows(cluster)), "who has left is not there")


def rights(cluster):
    cluster.psql("""CREATE ROLE other LOGIN PASSWORD 'secret' IN ROLE kv_clients; CREATE ROLE stranger LOGIN;
                    SELECT kv.grant_read('other'), kv.grant_read('stranger')""")
    with Resp(cluster.resp_port) as stranger, Resp(cluster.resp_port) as client:
        stranger.ask("PING")
        client.ask("AUTH", "other", "secret")
        is_(sorted(found["user"] for found in rows(cluster)), ["app", "other"], "a superuser sees all")
        is_(sorted(found["user"] for found in rows(cluster, user="app")), ["app", "other"], "so does an administrator")
        is_([found["user"] for found in rows(cluster, user="other")], ["other"], "others see their own")
        is_(rows(cluster, user="stranger"), [], "which may be none")


def kill(cluster):
    with Resp(cluster.resp_port) as victim, Resp(cluster.resp_port) as witness:
        number = victim.ask("CLIENT", "ID")
        is_(cluster.psql(f"SELECT kv.kill_client({number})"), "t", "kv.kill_client")
        ok(victim.is_closed(), "disconnects the client")
        is_(witness.ask("PING"), b"PONG", "and no other")
        is_(cluster.psql(f"SELECT kv.kill_client({number})"), "f", "nobody can be disconnected twice")


def slow_log(cluster):
    cluster.psql("ALTER DATABASE postgres SET kv.slowlog_log_slower_than = 0")
    with Resp(cluster.resp_port) as client:
        client.ask("CLIENT", "SETNAME", "slow")
        def is_logged():
            client.ask("SET", b"key\xff", "value")
            return cluster.psql("SELECT count(*) > 0 FROM kv.slowlog") == "t"
        ok(eventually(is_logged), "a command is logged, once ALTER DATABASE says so")
        logged = cluster.psql("SELECT DISTINCT command FROM kv.slowlog WHERE name = 'slow' AND command LIKE '\"SET%'")
        is_(logged, '"SET" "key\\xff" "value"', "with arguments of any bytes")
        recent = "SELECT bool_and(at > now() - interval '1 min' AND microseconds >= 0) FROM kv.slowlog"
        is_(cluster.psql(recent), "t", "and when it was")
        client.ask("CONFIG", "SET", "slowlog-log-slower-than", -1)
        client.ask("SLOWLOG", "RESET")
        is_(cluster.psql("SELECT count(*) FROM kv.slowlog"), "0", "SLOWLOG RESET empties it")
    cluster.psql("ALTER DATABASE postgres RESET kv.slowlog_log_slower_than")
    cluster.wait_for_door()


def many_sessions(cluster):
    """Answers are not lost, nor given to others, when many ask at a time."""
    def ask(asker):
        number = asker.random.choice(numbers)
        found = query(asker.connection, f"SELECT id FROM kv.clients WHERE id = {number}")
        if found != [(number,)]:
            raise Failed(f"{found} instead of {number}")
        asker.answers = getattr(asker, "answers", 0) + 1

    clients = [Resp(cluster.resp_port) for _ in range(10)]
    numbers = [client.ask("CLIENT", "ID") for client in clients]
    askers = start([Client(cluster, ask, number) for number in range(20)])
    enough = eventually(lambda: all(getattr(asker, "answers", 0) >= 20 or asker.error for asker in askers))
    is_(finish(askers), [], "each session gets its answer")
    ok(enough, "and none waits for long")
    for client in clients:
        client.close()


def no_server(cluster):
    cluster.psql("CREATE DATABASE unserved")
    cluster.psql("CREATE EXTENSION pg_kv", "unserved")
    is_(cluster.psql("SELECT count(*) FROM kv.clients", "unserved"), "0", "where no server is there are no clients")
    is_(cluster.psql("SELECT kv.kill_client(1)", "unserved"), "f", "nor anybody to disconnect")


def helpers(cluster):
    """A helper that runs a command leaves for DROP DATABASE and its like."""
    cluster.psql("SELECT kv.rpush('long', array_agg(i::text)) FROM generate_series(1, 100000) AS i")
    count = "SELECT count(*) FROM kv.workers WHERE kind = 'helper' AND pid IS NOT NULL"
    with Resp(cluster.resp_port) as client:
        def has_helper():
            client.ask("SORT", "long", "ALPHA", "LIMIT", 0, 1)
            return cluster.psql(count, "unserved") != "0"
        ok(eventually(has_helper), "a slow command has a helper, which kv.workers shows")
        backends = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'pg_kv helper'"
        is_(cluster.psql(backends, "unserved"), cluster.psql(count, "unserved"), "as does pg_stat_activity")
        try:
            cluster.psql("ALTER DATABASE postgres RENAME TO renamed", "unserved")
            refusal = None
        except Failed as failed:
            refusal = str(failed)
        is_(refusal, None, "it leaves when its database is renamed")
        cluster.psql("ALTER DATABASE renamed RENAME TO postgres", "unserved")
    cluster.wait_for_door()
    time.sleep(0.5)
    is_(cluster.psql(count), "0", "and comes back only when there is work")


with DoorCluster() as cluster:
    views(cluster)
    rights(cluster)
    kill(cluster)
    slow_log(cluster)
    many_sessions(cluster)
    no_server(cluster)
    helpers(cluster)
done()
