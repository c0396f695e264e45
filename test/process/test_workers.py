#!/usr/bin/python3
"""The background workers: those for each listed database, wherever there is work, and never in the
way of a statement about databases."""

import os
import re
import shutil
import signal
import socket
import time

import psycopg2

from lib import AS_SERVER, CHECKOUT, Cluster, diag, done, eventually, free_port, is_, ok

VERSION = re.search("default_version = '(.*)'", (CHECKOUT / "pg_kv.control").read_text())[1]

# Enough expired keys to keep a worker busy while the test does something else.
BACKLOG = 200_000


def workers(cluster, kind="maintenance"):
    """The rows of kv.workers by database, read in a database that is not listed."""
    rows = cluster.psql("SELECT database, state, coalesce(pid, 0), coalesce(removed, 0), last_error "
                        f"FROM kv.workers WHERE kind = '{kind}'", "watch")
    fields = [row.split("|") for row in rows.splitlines()]
    return {name: {"state": state, "pid": int(pid), "removed": int(removed), "error": error}
            for name, state, pid, removed, error in fields}


def state(cluster, database, kind="maintenance"):
    return workers(cluster, kind).get(database, {}).get("state")


def pid(cluster, database, kind="maintenance"):
    return workers(cluster, kind).get(database, {}).get("pid")


def comes_to(cluster, database, wanted, name, kind="maintenance"):
    if not ok(eventually(lambda: state(cluster, database, kind) == wanted), name):
        diag(f"{database}: {workers(cluster, kind).get(database)}")


def comes_back(cluster, database, former, name, kind="maintenance"):
    """A worker runs, and it is not the former one."""
    def is_back():
        worker = workers(cluster, kind).get(database)
        return worker and worker["state"] == "running" and worker["pid"] not in (0, former)
    if not ok(eventually(is_back), name):
        diag(f"{database}, former {former}: {workers(cluster, kind).get(database)}")


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def succeeds(cluster, sql, name, database="watch"):
    """Runs statements that must not fail, nor take for ever."""
    try:
        cluster.psql(f"SET statement_timeout = '60s'; {sql}", database)
    except Exception as failure:
        diag(failure)
        return ok(False, name)
    return ok(True, name)


def alone(cluster, sql, name):
    """The same for a statement that refuses to be one of several."""
    connection = cluster.connect("watch")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '60s'")
            cursor.execute(sql)
    except psycopg2.Error as error:
        diag(error)
        return ok(False, name)
    finally:
        connection.close()
    return ok(True, name)


def rows(cluster, database="postgres", table="durable_key"):
    return int(cluster.psql(f"SELECT count(*) FROM kv.{table}", database))


def make_backlog(cluster, database="postgres"):
    """Writes keys that expire soon, and waits until their removal has begun."""
    before = workers(cluster)[database]["removed"]
    cluster.psql(f"SELECT count(kv.set('backlog:' || i, 'value', px => 300)) "
                 f"FROM generate_series(1, {BACKLOG}) AS i", database)
    return eventually(lambda: workers(cluster)[database]["removed"] > before)


def lines(log, pattern):
    return [line for line in log.splitlines() if re.search(pattern, line)]


def set_up(settings):
    cluster = Cluster({"shared_preload_libraries": "pg_kv"} | settings)
    cluster.psql("CREATE DATABASE watch")
    cluster.psql("CREATE EXTENSION pg_kv", "watch")
    return cluster


# The extension comes and goes


def test_extension(cluster):
    comes_to(cluster, "postgres", "no extension", "without the extension there is no worker")
    comes_to(cluster, "later", "no database", "nor without the database")
    cluster.psql("CREATE EXTENSION pg_kv")
    comes_to(cluster, "postgres", "running", "CREATE EXTENSION brings a worker")

    cluster.psql("DROP EXTENSION pg_kv")
    comes_to(cluster, "postgres", "no extension", "DROP EXTENSION sends it away")
    cluster.psql("CREATE EXTENSION pg_kv")
    comes_to(cluster, "postgres", "running", "and the next CREATE EXTENSION brings one again")

    with cluster.connect(autocommit=False) as connection:
        connection.cursor().execute("DROP EXTENSION pg_kv")
        time.sleep(2.5)  # some rounds of the worker, which must not wait for the lock
        waiting = cluster.psql("SELECT count(*) FROM pg_locks WHERE NOT granted", "watch")
        is_(waiting, "0", "the worker does not queue behind an open DROP EXTENSION")
        connection.rollback()
    connection.close()
    is_(state(cluster, "postgres"), "running", "and stays if that is rolled back")


def test_version(cluster):
    since = cluster.log_position()
    cluster.psql("UPDATE pg_extension SET extversion = '0.0.1' WHERE extname = 'pg_kv'")
    comes_to(cluster, "postgres", "other version", "the tables of another version are left alone")
    time.sleep(5)
    is_(len(lines(cluster.log(since), "not of the version")), 1, "which is logged once")
    is_(lines(cluster.log(since), "ERROR"), [], "and is no error")
    cluster.psql(f"UPDATE pg_extension SET extversion = '{VERSION}' WHERE extname = 'pg_kv'")
    comes_to(cluster, "postgres", "running", "until the versions agree")


def test_expiry(cluster):
    cluster.psql("SELECT kv.set_storage(1, 'cache')")
    cluster.psql("""
        SELECT count(kv.set('short:' || i, 'value', px => 200)) FROM generate_series(1, 2500) AS i;
        SELECT count(kv.set('cached:' || i, 'value', px => 200, db => 1))
        FROM generate_series(1, 2500) AS i;
        SELECT kv.set('refreshed', 'value', px => 200), kv.set('refreshed', 'value', ex => 1000);
        SELECT kv.set('lasting', 'value');
    """)
    ok(eventually(lambda: rows(cluster) == 2 and rows(cluster, table="cache_key") == 0),
       "the rows of expired keys are removed")
    diag(f"left: {rows(cluster)} durable, {rows(cluster, table='cache_key')} of the cache")
    is_(cluster.psql("SELECT kv.exists('lasting', 'refreshed')"), "2",
        "keys without expiry, and those that were refreshed, stay")
    ok(workers(cluster)["postgres"]["removed"] >= 5000, "kv.workers counts the rows")
    is_(cluster.psql("SELECT sum(expired) FROM kv.stats"), "5000", "kv.stats counts the keys")
    is_(cluster.psql("SELECT kv.dbsize()"), "2", "the size follows")

    cluster.psql("SELECT kv.flushdb()")
    ok(eventually(lambda: rows(cluster) == 0), "the rows of a flushed database are removed")
    heard = "SELECT n_tup_del >= 2500 FROM pg_stat_all_tables WHERE relname = 'durable_key'"
    ok(eventually(lambda: cluster.psql(heard) == "t"), "the statistics hear of it")


def test_locks(cluster):
    cluster.psql("SELECT count(kv.set('locked:' || i, 'value', px => 100)) "
                 "FROM generate_series(1, 100) AS i")
    for mode, index in (("ACCESS EXCLUSIVE", False), ("SHARE", True)):
        with cluster.connect(autocommit=False) as connection:
            cursor = connection.cursor()
            cursor.execute(f"LOCK TABLE kv.durable_key IN {mode} MODE")
            if index:
                cursor.execute("REINDEX INDEX kv.durable_key_due")
            time.sleep(2.5)
            waiting = cluster.psql("SELECT count(*) FROM pg_locks WHERE NOT granted", "watch")
            is_(waiting, "0", f"the worker does not wait for a lock in {mode} mode")
            connection.rollback()
        connection.close()
    ok(eventually(lambda: rows(cluster) == 0), "and goes on afterwards")


def test_failing_batch(cluster):
    since = cluster.log_position()
    cluster.psql("ALTER TABLE kv.durable_size RENAME TO mislaid")
    comes_to(cluster, "postgres", "failing", "a batch that fails is shown")
    time.sleep(5)
    is_(len(lines(cluster.log(since), "ERROR")), 1, "and logged once, though tried again")
    ok("durable_size" in cluster.psql(
        "SELECT last_error FROM kv.workers WHERE database = 'postgres'", "watch"),
       "kv.workers tells the error")
    cluster.psql("ALTER TABLE kv.mislaid RENAME TO durable_size")
    comes_to(cluster, "postgres", "running", "once repaired, it works again")
    is_(len(lines(cluster.log(since), "is at work")), 1, "and the log says so, once")


# Ports come and go


def test_ports(cluster):
    since = cluster.log_position()
    first, second, third = free_port(), free_port(), free_port()
    comes_to(cluster, "postgres", "no port", "without a port there is no server", "server")
    cluster.psql(f"ALTER DATABASE postgres SET kv.port = {first}")
    comes_to(cluster, "postgres", "running", "with one there is", "server")
    ok(is_open(first), "which listens there")

    former = pid(cluster, "postgres", "server")
    cluster.psql(f"ALTER DATABASE postgres SET kv.port = {second}")
    ok(eventually(lambda: is_open(second)), "it follows to another port")
    ok(not is_open(first), "and leaves the former one")
    is_(pid(cluster, "postgres", "server"), former, "without being started anew")

    with socket.create_server(("127.0.0.1", third)):
        cluster.psql(f"ALTER DATABASE postgres SET kv.port = {third}")
        ok(eventually(lambda: "in use" in workers(cluster, "server")["postgres"]["error"]),
           "a port that is in use")
        ok(is_open(second), "leaves it where it is")
        cluster.psql("ALTER DATABASE postgres RESET kv.port")
        comes_to(cluster, "postgres", "no port", "what is reset counts no more", "server")
        cluster.configure({"kv.port": third})
        cluster.reload()
        comes_to(cluster, "postgres", "not listening", "a server cannot begin on a port in use", "server")
        ok("in use" in workers(cluster, "server")["postgres"]["error"], "and says why")
        time.sleep(4)
        is_(len(lines(cluster.log(since), "could not begin")), 1, "in the log once, though it tries again")
    comes_to(cluster, "postgres", "running", "when the port is free it begins", "server")

    former = pid(cluster, "postgres", "server")
    cluster.configure({"kv.port": second})
    cluster.reload()
    ok(eventually(lambda: is_open(second)), "a reload moves it")
    is_(pid(cluster, "postgres", "server"), former, "without starting it anew")
    cluster.configure({"kv.port": 0})
    cluster.reload()
    comes_to(cluster, "postgres", "no port", "or ends it", "server")
    cluster.psql(f"ALTER DATABASE postgres SET kv.port = {first}")
    comes_to(cluster, "postgres", "running", "a database's own setting goes before", "server")
    is_(lines(cluster.log(since), "FATAL|ERROR"), [], "none of this is an error")


# Databases come and go


def test_databases(cluster):
    alone(cluster, "CREATE DATABASE later", "CREATE DATABASE")
    comes_to(cluster, "later", "no extension", "a database created later is found")
    cluster.psql("CREATE EXTENSION pg_kv", "later")
    comes_to(cluster, "later", "running", "and gets its worker")
    cluster.psql(f"ALTER DATABASE later SET kv.port = {free_port()}")
    comes_to(cluster, "later", "running", "and its server", "server")

    former = pid(cluster, "later")
    alone(cluster, "CREATE DATABASE copy TEMPLATE later", "it can be a template")
    comes_back(cluster, "later", former, "the worker comes back from being away")
    comes_to(cluster, "later", "running", "and the server", "server")
    is_(cluster.psql("SELECT kv.set('key', 'value')", "copy"), "OK", "the copy works")

    former = pid(cluster, "later")
    alone(cluster, "ALTER DATABASE later RENAME TO renamed", "it can be renamed")
    comes_to(cluster, "later", "no database", "under its new name it is not listed")
    alone(cluster, "ALTER DATABASE renamed RENAME TO later", "and renamed back")
    comes_back(cluster, "later", former, "which brings the worker back")
    comes_to(cluster, "later", "running", "and the server", "server")

    folder = cluster.folder / "tablespace"
    folder.mkdir()
    if AS_SERVER:
        shutil.chown(folder, "postgres", "postgres")
    cluster.psql(f"CREATE TABLESPACE elsewhere LOCATION '{folder}'")
    former = pid(cluster, "later")
    alone(cluster, "ALTER DATABASE later SET TABLESPACE elsewhere", "it can be moved")
    comes_back(cluster, "later", former, "after which the worker comes back")

    alone(cluster, "ALTER DATABASE later ALLOW_CONNECTIONS false", "it can be closed")
    comes_to(cluster, "later", "no connections", "and the worker leaves")
    comes_to(cluster, "later", "no connections", "and the server", "server")
    alone(cluster, "ALTER DATABASE later ALLOW_CONNECTIONS true", "and opened again")
    comes_to(cluster, "later", "running", "and the worker comes back")
    alone(cluster, "ALTER DATABASE later IS_TEMPLATE true", "it can become a template")
    comes_to(cluster, "later", "template", "which has no worker")
    alone(cluster, "ALTER DATABASE later IS_TEMPLATE false", "and be one no more")
    comes_to(cluster, "later", "running", "then it has")
    comes_to(cluster, "later", "running", "and a server", "server")

    alone(cluster, "DROP DATABASE later", "it can be dropped")
    comes_to(cluster, "later", "no database", "after which there is no worker")
    alone(cluster, "CREATE DATABASE later TEMPLATE copy", "and created again")
    comes_to(cluster, "later", "running", "with the extension in it, the worker comes at once")
    comes_to(cluster, "later", "no port", "the server's port was forgotten with the database", "server")
    cluster.psql(f"ALTER DATABASE later SET kv.port = {free_port()}")
    comes_to(cluster, "later", "running", "and can be set again", "server")
    is_(lines(cluster.log(), "FATAL|PANIC"), [], "no worker ran into a database that was gone")


def test_statements_that_fail(cluster):
    former = pid(cluster, "later")
    connection = cluster.connect("watch", autocommit=False)
    cursor = connection.cursor()
    cursor.execute("ALTER DATABASE later RENAME TO renamed")
    is_(state(cluster, "later"), "held", "the worker stays away while a rename is open")
    is_(state(cluster, "later", "server"), "held", "and so does the server")
    connection.rollback()
    comes_back(cluster, "later", former, "and comes back after its rollback")

    former = pid(cluster, "later")
    cursor.execute("ALTER DATABASE later RENAME TO renamed")
    cursor.execute("SELECT pg_backend_pid()")
    cluster.psql(f"SELECT pg_terminate_backend({cursor.fetchone()[0]})")
    connection.close()
    comes_back(cluster, "later", former, "and after the death of the session")

    cluster.psql("CREATE ROLE nobody LOGIN")
    former = pid(cluster, "later")
    stranger = cluster.connect("watch", user="nobody")
    try:
        stranger.cursor().execute("DROP DATABASE later")
        refused = False
    except psycopg2.errors.InsufficientPrivilege:
        refused = True
    stranger.close()
    ok(refused and pid(cluster, "later") == former, "who may not drop it disturbs nobody")


def test_list(cluster):
    cluster.configure({"kv.worker_databases": "postgres"})
    cluster.reload()
    ok(eventually(lambda: "later" not in workers(cluster)), "a database taken off the list loses its worker")
    count = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'pg_kv maintenance'"
    is_(cluster.psql(count), "1", "only the other one runs")
    cluster.configure({"kv.worker_databases": 'later, "postgres", Later'})
    cluster.reload()
    comes_to(cluster, "later", "running", "put back, it gets one")
    is_(cluster.psql(count), "2", "one, however often it is listed")


# Processes come and go


def test_processes(cluster):
    former = pid(cluster, "postgres")
    cluster.psql(f"SELECT pg_terminate_backend({former})")
    comes_back(cluster, "postgres", former, "a worker that was terminated comes back")

    former = pid(cluster, "postgres", "server")
    cluster.psql(f"SELECT pg_terminate_backend({former})")
    comes_back(cluster, "postgres", former, "and a server", "server")

    former = workers(cluster) | {"server of " + name: row for name, row in workers(cluster, "server").items()}
    launcher = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'pg_kv launcher'"
    old_launcher = cluster.psql(launcher)
    cluster.psql(f"SELECT pg_terminate_backend({old_launcher})")
    ok(eventually(lambda: cluster.psql(launcher) not in ("", old_launcher)),
       "so does the launcher")
    time.sleep(1)
    now = workers(cluster) | {"server of " + name: row for name, row in workers(cluster, "server").items()}
    is_([now[name]["pid"] for name in former],
        [former[name]["pid"] for name in former], "which finds the workers that it left")

    cluster.psql("SELECT kv.set('kept', 'value')")
    os.kill(pid(cluster, "postgres"), signal.SIGKILL)
    ok(eventually(lambda: answers(cluster)), "after a worker was killed the server starts anew")
    comes_to(cluster, "postgres", "running", "with all its workers:")
    comes_to(cluster, "later", "running", "one for each database")
    comes_to(cluster, "postgres", "running", "and the servers", "server")
    comes_to(cluster, "later", "running", "of each", "server")
    is_(cluster.psql("SELECT kv.get('kept')"), "value", "and with its data")


def answers(cluster):
    try:
        return cluster.psql("SELECT 1") == "1" and "postgres" in workers(cluster, "server")
    except Exception:
        return False


def test_backlog(cluster):
    ok(make_backlog(cluster), "a backlog of expired keys is worked on")
    alone(cluster, "CREATE DATABASE unrelated", "CREATE DATABASE, meanwhile")
    alone(cluster, "DROP DATABASE unrelated", "DROP DATABASE of another, meanwhile")
    alone(cluster, "CREATE DATABASE copy_of_backlog TEMPLATE postgres", "the same as a template")
    alone(cluster, "DROP DATABASE copy_of_backlog", "DROP DATABASE of the copy")
    comes_to(cluster, "postgres", "running", "the worker goes on")
    succeeds(cluster, "DROP EXTENSION pg_kv CASCADE", "DROP EXTENSION, meanwhile", "postgres")
    comes_to(cluster, "postgres", "no extension", "sends the worker away")
    cluster.psql("CREATE EXTENSION pg_kv")
    comes_to(cluster, "postgres", "running", "until there is the extension again")

    ok(make_backlog(cluster, "later"), "a backlog elsewhere is worked on, too")
    alone(cluster, "DROP DATABASE later", "and its database can be dropped")
    comes_to(cluster, "later", "no database", "whereupon the worker is gone")


def test_quiet_log(cluster):
    cluster.configure({"kv.worker_databases": "postgres, later, copy, template1"})
    cluster.reload()
    cluster.psql("DROP EXTENSION pg_kv", "copy")
    for database, wanted in (("copy", "no extension"), ("later", "no database"),
                             ("template1", "template"), ("postgres", "running")):
        comes_to(cluster, database, wanted, f"{database}: {wanted}")
    time.sleep(1)
    since = cluster.log_position()
    time.sleep(10)
    is_(lines(cluster.log(since), "pg_kv|kv\\."), [], "states that last are not logged again")


def test_main():
    with set_up({"kv.worker_databases": "postgres, later"}) as cluster:
        test_extension(cluster)
        test_version(cluster)
        test_expiry(cluster)
        test_locks(cluster)
        test_failing_batch(cluster)
        test_ports(cluster)
        test_databases(cluster)
        test_statements_that_fail(cluster)
        test_list(cluster)
        test_processes(cluster)
        test_backlog(cluster)
        test_quiet_log(cluster)


def test_worker_slots():
    # One for PostgreSQL's logical replication launcher, one for ours, two for what four would need.
    settings = {"kv.worker_databases": "postgres, watch", "max_worker_processes": 4,
                "kv.port": free_port()}
    with set_up(settings) as cluster:
        cluster.psql("CREATE EXTENSION pg_kv")
        cluster.psql(f"ALTER DATABASE watch SET kv.port = {free_port()}")

        def states():
            return [(name, kind, worker["state"]) for kind in ("maintenance", "server")
                    for name, worker in workers(cluster, kind).items()]

        wanted = ["no worker slot", "no worker slot", "running", "running"]
        ok(eventually(lambda: sorted(state for _, _, state in states()) == wanted),
           "workers for which no place is left")
        diag(states())
        time.sleep(5)
        is_(len(lines(cluster.log(), "no background worker is left")), 2, "are logged once")
        is_(len(lines(cluster.log(), "HINT:.*max_worker_processes")), 2, "with what to do")
        left_out = next(name for name, _, state in states() if state == "no worker slot")
        cluster.configure({"kv.worker_databases": left_out})
        cluster.reload()
        comes_to(cluster, left_out, "running", "and begin as soon as there is one: maintenance")
        comes_to(cluster, left_out, "running", "and server", "server")


def test_without_preloading():
    with Cluster() as cluster:
        cluster.psql("CREATE DATABASE watch")
        cluster.psql("CREATE EXTENSION pg_kv", "watch")
        is_(workers(cluster), {}, "without preloading there are no workers")
        cluster.psql("SELECT kv.set('key', 'value')", "watch")
        is_(cluster.psql("SELECT kv.set('key', 'value'); SELECT commands FROM kv.stats WHERE db = 0",
                         "watch"), "OK\n1", "and a session counts for itself")


def test_standby():
    with set_up({"kv.worker_databases": "postgres"}) as primary:
        primary.psql("CREATE EXTENSION pg_kv")
        comes_to(primary, "postgres", "running", "the primary has a worker")
        standby = primary.standby()
        primary.caught_up(standby)
        processes = "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'pg_kv%'"
        is_(standby.psql(processes), "0", "its standby has no worker")
        is_(workers(standby), {}, "and says so")
        standby.promote()
        comes_to(standby, "postgres", "running", "until it is promoted")
        standby.psql("SELECT kv.set('key', 'value', px => 100)")
        ok(eventually(lambda: rows(standby) == 0), "then it removes expired keys")


test_main()
test_worker_slots()
test_without_preloading()
test_standby()
done()
