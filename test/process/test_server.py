#!/usr/bin/python3
"""The server of the Redis protocol as a process: many clients, what they leave behind, how it comes
and goes with its database, and what PostgreSQL shows of it."""

import contextlib
import pathlib
import resource
import stat
import threading
import time

from lib import diag, done, eventually, free_port, is_, ok, query, value
from resp import ROLE, DoorCluster, Resp, answers, run_parts

CLIENTS = 1000
CYCLES = 10_000
WARM_UP = 3000
MOST_GROWTH_KB = 2048

# A thousand clients need more descriptors than a process has by default; the server inherits ours.
limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


def many_clients(cluster):
    port = cluster.resp_port
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Resp(port)) for _ in range(CLIENTS)]
        for number, client in enumerate(clients):
            client.send("SET", f"client:{number}", number)
        is_(sum(client.receive().value == b"OK" for client in clients), CLIENTS, f"{CLIENTS} clients write at once")
        for number, client in enumerate(clients):
            client.send("GET", f"client:{number}")
        is_([int(client.receive().value) for client in clients], list(range(CLIENTS)), "and read what is theirs")
        for _ in range(10):
            for client in clients:
                client.send("INCR", "all")
        for _ in range(10):
            for client in clients:
                client.receive()
        is_(int(clients[0].ask("GET", "all")), 10 * CLIENTS, "and add to one key")
        is_(len(clients[0].ask("CLIENT", "LIST").splitlines()), CLIENTS, "CLIENT LIST has them all")
        is_(int(cluster.psql("SELECT count(*) FROM kv.clients")), CLIENTS, "so has kv.clients")
    with Resp(port) as client:
        ok(eventually(lambda: len(client.ask("CLIENT", "LIST").splitlines()) == 1), "then they are gone")
        client.ask("FLUSHALL")


def too_many_clients(cluster):
    cluster.configure({"kv.max_clients": 10})
    cluster.reload()
    ok(eventually(lambda: setting(cluster, "maxclients") == b"10"), "a reload changes kv.max_clients")
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Resp(cluster.resp_port)) for _ in range(10)]
        is_([client.ask("PING") for client in clients], [b"PONG"] * 10, "as many clients as may be")
        refused = stack.enter_context(Resp(cluster.resp_port))
        is_(refused.receive().value, b"ERR max number of clients reached", "one more is told why it may not")
        ok(refused.is_closed(), "and sent away")
        is_(clients[0].ask("PING"), b"PONG", "the others stay")
    cluster.configure({"kv.max_clients": None})
    cluster.reload()
    ok(eventually(lambda: setting(cluster, "maxclients") == b"10000"), "and may come again")


def setting(cluster, name):
    try:
        with Resp(cluster.resp_port) as client:
            return client.ask("CONFIG", "GET", name)[1]
    except Exception:
        return None


# What clients leave behind --------------------------------------------------------------------------


def memory_kb(pid):
    """Memory that the process has for itself: what it shares with the others is not its own."""
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1])
    raise RuntimeError("no such line")


def descriptors(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))


def cycle(port, number):
    """Connects, does something, and leaves in one of several ways."""
    client = Resp(port, protocol=2 + number % 2)
    kind = number % 6
    if kind == 0:
        client.ask("PING")
    elif kind == 1:
        client.pipeline([("CLIENT", "SETNAME", f"cycle:{number}"), ("SELECT", 3), ("SET", "cycle", "x" * 1000)])
    elif kind == 2:
        client.pipeline([("WATCH", "cycle", f"missing:{number}"), ("MULTI",), ("INCR", "a"), ("LRANGE", "list", 0, -1)])
    elif kind == 3:
        client.write(b"*3\r\n$3\r\nSET\r\n$5\r\ncycle\r\n$100000\r\n" + b"x" * 50_000)
    elif kind == 4:
        client.pipeline([("MULTI",), ("INCR", "cycles"), ("NOSUCHCOMMAND",), ("EXEC",), ("LPUSH", "cycle", 1), ("QUIT",)])
    else:
        client.write(b"*1\r\n$x\r\n")
        client.receive()
    client.close()


def cycles(cluster, first, last):
    failures = []

    def some(start):
        try:
            for number in range(start, last, 8):
                cycle(cluster.resp_port, number)
        except Exception as error:
            failures.append(repr(error))

    threads = [threading.Thread(target=some, args=(first + offset,)) for offset in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Resp(cluster.resp_port) as client:
        gone = eventually(lambda: len(client.ask("CLIENT", "LIST").splitlines()) == 1)
    diag("\n".join(failures[:5]))
    return gone and not failures


def leaks(cluster):
    pid = cluster.server_worker()
    ok(cycles(cluster, 0, WARM_UP), f"{WARM_UP:,} connections come and go")
    before = memory_kb(pid), descriptors(pid)
    ok(cycles(cluster, WARM_UP, WARM_UP + CYCLES), f"{CYCLES:,} more")
    after = memory_kb(pid), descriptors(pid)
    diag(f"memory {before[0]} kB, then {after[0]} kB; descriptors {before[1]}, then {after[1]}")
    is_(cluster.server_worker(), pid, "it is still the same process")
    ok(after[0] - before[0] < MOST_GROWTH_KB, "its memory has not grown")
    ok(abs(after[1] - before[1]) <= 2, "nor have its descriptors")


def large_replies_are_freed(cluster):
    pid = cluster.server_worker()
    with Resp(cluster.resp_port) as client:
        client.ask("SET", "large", b"x" * 20_000_000)
        client.ask("GET", "large")
        before = memory_kb(pid)
        for _ in range(20):
            client.ask("GET", "large")
            client.ask("SET", "large", b"y" * 20_000_000)
        client.ask("DEL", "large")
        grown = memory_kb(pid) - before
        diag(f"{grown} kB more after twenty times 20 MB in and out")
        ok(grown < 60_000, "large arguments and replies are freed")


# Coming and going -----------------------------------------------------------------------------------


def reload_and_restart(cluster):
    clients = [Resp(cluster.resp_port) for _ in range(50)]
    clients[0].ask("SET", "kept", "value")
    cluster.reload()
    is_([client.ask("PING") for client in clients], [b"PONG"] * 50, "a reload leaves the clients where they are")
    began = time.monotonic()
    cluster.restart("fast")
    ok(time.monotonic() - began < 60, "a restart does not wait for clients")
    is_(sum(client.is_closed() for client in clients), 50, "it ends their connections")
    cluster.wait_for_door()
    with Resp(cluster.resp_port) as client:
        is_(client.ask("GET", "kept"), b"value", "afterwards the keys are there")
    for client in clients:
        client.close()


def drop_extension(cluster):
    with Resp(cluster.resp_port) as client, Resp(cluster.resp_port) as idle:
        client.ask("SET", "key", "value")
        cluster.psql("SET lock_timeout = '20s'; DROP EXTENSION pg_kv CASCADE")
        ok(True, "DROP EXTENSION while clients are connected")
        ok(idle.is_closed(20), "their connections end")
    cluster.psql(f"CREATE EXTENSION pg_kv; SELECT kv.grant_admin('{ROLE}')")
    cluster.wait_for_door()
    with Resp(cluster.resp_port) as client:
        is_(client.ask("GET", "key"), None, "with a new extension the door opens again, on nothing")
        is_(client.ask("SET", "key", "new"), b"OK", "which can be filled")


def drop_extension_rolled_back(cluster):
    with Resp(cluster.resp_port) as client:
        client.ask("SET", "key", "stays")
    cluster.psql("BEGIN; DROP EXTENSION pg_kv CASCADE; ROLLBACK")
    cluster.wait_for_door()
    with Resp(cluster.resp_port) as client:
        is_(client.ask("GET", "key"), b"stays", "DROP EXTENSION that is rolled back")


def drop_database(cluster):
    port = free_port()
    cluster.psql("CREATE DATABASE other")
    cluster.psql(f"CREATE EXTENSION pg_kv; SELECT kv.grant_admin('{ROLE}')", "other")
    cluster.psql(f"ALTER DATABASE other SET kv.port = {port}")
    cluster.configure({"kv.worker_databases": "postgres, other"})
    cluster.reload()
    ok(eventually(lambda: answers(port)), "a second database with a port of its own")
    with Resp(port) as client, Resp(cluster.resp_port) as first:
        client.ask("SET", "key", "other")
        first.ask("SET", "key", "first")
        is_((client.ask("GET", "key"), first.ask("GET", "key")), (b"other", b"first"), "each has its keys")
        cluster.psql("ALTER DATABASE other RENAME TO another")
        ok(client.is_closed(20), "a rename of the database ends the connections")
        cluster.psql("ALTER DATABASE another RENAME TO other")
        is_(first.ask("PING"), b"PONG", "only of its own clients")
    ok(eventually(lambda: answers(port)), "the door opens again under the former name")
    with Resp(port) as client, Resp(cluster.resp_port) as first:
        is_(client.ask("GET", "key"), b"other", "with the keys")
        cluster.psql("DROP DATABASE other")
        ok(client.is_closed(20), "DROP DATABASE while clients are connected")
        is_(first.ask("PING"), b"PONG", "those of the other database stay")
    cluster.configure({"kv.worker_databases": "postgres"})
    cluster.reload()


def cancelled(cluster):
    pid = cluster.server_worker()
    with Resp(cluster.resp_port) as client:
        for _ in range(20):
            cluster.psql(f"SELECT pg_cancel_backend({pid})")
            client.ask("SET", "key", "value")
        is_(client.ask("GET", "key"), b"value", "pg_cancel_backend of a server that does nothing long harms nothing")
    is_(cluster.server_worker(), pid, "and does not end it")


# What PostgreSQL shows ------------------------------------------------------------------------------


def views(cluster):
    session = cluster.connect()
    row = query(session, "SELECT datname, state FROM pg_stat_activity WHERE backend_type = 'pg_kv server'")
    is_([name for name, _ in row], ["postgres"], "pg_stat_activity shows the server")
    with Resp(cluster.resp_port) as client:
        client.pipeline([("CLIENT", "SETNAME", "shown"), ("SELECT", 4)])
        is_(value(session, "SELECT count(*) FROM kv.clients WHERE name = 'shown'"), 1, "kv.clients shows a client")
        number = client.ask("CLIENT", "ID")
        is_(value(session, "SELECT id FROM kv.clients WHERE name = 'shown'"), number, "by its number")
        client.ask("CONFIG", "SET", "slowlog-log-slower-than", "0")
        client.ask("SLOWLOG", "RESET")
        client.ask("SET", "slow", "value")
        ok(eventually(lambda: value(session, "SELECT count(*) FROM kv.slowlog") > 0), "kv.slowlog shows slow commands")
        client.ask("CONFIG", "SET", "slowlog-log-slower-than", "10000")
        # What another process of PostgreSQL counts, it counts of the server, too.
        for number in range(200):
            client.ask("SET", f"counted:{number}", number)

        def counted():
            return value(session, """SELECT n_tup_ins + n_tup_upd FROM pg_stat_user_tables
                                     WHERE schemaname = 'kv' AND relname = 'durable_key'""") >= 200
        ok(eventually(counted, 60), "the statistics of the tables count its writes")
    session.close()


def unix_socket(cluster):
    path = cluster.folder / "redis.sock"
    cluster.configure({"kv.unix_socket": str(path)})
    cluster.reload()
    if ok(eventually(path.exists), "a Unix-domain socket"):
        ok(stat.S_ISSOCK(path.stat().st_mode), "is a socket")
        with Resp(path) as client, Resp(cluster.resp_port) as other:
            client.ask("SET", "key", "over the socket")
            is_(other.ask("GET", "key"), b"over the socket", "leads to the same keys")
    cluster.configure({"kv.unix_socket": None})
    cluster.reload()
    ok(eventually(lambda: not path.exists()), "and goes with its setting")


def time_out(cluster):
    cluster.configure({"kv.timeout": "1s"})
    cluster.reload()
    with Resp(cluster.resp_port) as idle:
        ok(eventually(lambda: setting(cluster, "timeout") == b"1"), "kv.timeout")
        with Resp(cluster.resp_port) as second:
            second.ask("PING")
            ok(second.is_closed(20), "ends clients that are idle")
        ok(idle.is_closed(20), "those too that were there before")
    cluster.configure({"kv.timeout": None})
    cluster.reload()


def monitor(cluster):
    """MONITOR tells what others do, in the order in which it was done."""
    with Resp(cluster.resp_port) as watcher, Resp(cluster.resp_port) as client:
        is_(watcher.ask("MONITOR"), b"OK", "MONITOR")
        client.pipeline([("SET", "key", "a b\n"), ("GET", "key"), ("SELECT", 2), ("MULTI",), ("INCR", "n"), ("EXEC",)])
        client.ask("ECHO", "end")
        lines = [watcher.receive().value]
        while b'"ECHO"' not in lines[-1]:
            lines.append(watcher.receive().value)
        is_([line.split(b"] ", 1)[1] for line in lines[:-1]],
            [b'"SET" "key" "a b\\n"', b'"GET" "key"', b'"SELECT" "2"', b'"MULTI"', b'"INCR" "n"', b'"EXEC"'],
            "tells each command")
        is_([line.split()[1] for line in lines], [b"[0"] * 2 + [b"[2"] * 5, "and the database, SELECT's the new one")


def undone_turns(cluster):
    """A command that takes long undoes the turn it is in: the others' replies are theirs all the same."""
    with Resp(cluster.resp_port) as client:
        client.ask("RPUSH", "long", *range(30_000))
    wrong = []

    def reader(number):
        with Resp(cluster.resp_port) as client:
            for size in range(300):
                value = b"%d:" % number + b"x" * (size * 7 % 1000)
                if client.pipeline([("SET", f"of:{number}", value), ("GET", f"of:{number}")])[1] != value:
                    wrong.append((number, size))

    def taker():
        with Resp(cluster.resp_port) as client:
            for _ in range(40):
                if len(client.ask("LRANGE", "long", 0, -1)) != 30_000:
                    wrong.append("long")

    threads = [threading.Thread(target=reader, args=(number,)) for number in range(10)]
    threads += [threading.Thread(target=taker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    is_(wrong, [], "turns that are undone: every reply is the right one")
    with Resp(cluster.resp_port) as client:
        undone = next(line for line in client.ask("INFO", "stats").decode().splitlines() if line.startswith("rollbacks:"))
        ok(int(undone.split(":")[1]) > 0, "and there were such turns")


with DoorCluster({"max_connections": "50"}) as cluster:
    run_parts(cluster, views, unix_socket, time_out, monitor, undone_turns, many_clients, too_many_clients, cancelled,
              leaks, large_replies_are_freed, reload_and_restart, drop_extension_rolled_back, drop_extension, drop_database)
    log = cluster.log()
    ok("terminated by signal" not in log and "PANIC" not in log, "no process crashed")
done()
