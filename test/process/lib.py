"""Real servers for the process tests, and the few words of TAP they report in.

    from lib import Cluster, is_, done

    with Cluster({"shared_preload_libraries": "pg_kv"}) as cluster:
        cluster.psql("CREATE EXTENSION pg_kv; SELECT kv.set('key', 'value')")
        cluster.crash()
        cluster.start()
        is_(cluster.psql("SELECT kv.get('key')"), "value", "a committed key survives a crash")
    done()
"""

import atexit
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import psycopg2

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = pathlib.Path(os.environ.get("PG_KV_CLUSTER", CHECKOUT / ".cluster")).resolve()
PG_CONFIG = os.environ.get("PG_CONFIG", "/usr/lib/postgresql/15/bin/pg_config")
BINARIES = pathlib.Path(subprocess.check_output([PG_CONFIG, "--bindir"], text=True).strip())

# PostgreSQL refuses to run as root.
AS_SERVER = []
if os.geteuid() == 0:
    AS_SERVER = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]

clusters = []


class Failed(Exception):
    """A program that ended with an error; the message is what it printed."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(condition, seconds=30, pause=0.05):
    """Waits until condition() is true, and returns its last answer."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()) and time.monotonic() < deadline:
        time.sleep(pause)
    return answer


def temporary_folder(prefix):
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=prefix + ".", dir=FOLDER))
    if AS_SERVER:
        shutil.chown(folder, "postgres", "postgres")
        folder.chmod(0o755)
    return folder


class Cluster:
    """A PostgreSQL server of the test's own, gone with the test.

    Started unless start=False. Settings are those of postgresql.conf; what a test does not say is
    PostgreSQL's default, but that no port is open to Redis clients.
    """

    def __init__(self, settings=None, start=True, copy_of=None):
        self.folder = temporary_folder("process")
        clusters.append(self)
        self.data = self.folder / "data"
        self.port = free_port()
        self.settings = {}
        if copy_of is None:
            self.run("initdb", f"--pgdata={self.data}", "--username=postgres", "--auth=trust",
                     "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
            with open(self.data / "postgresql.conf", "a") as file:
                file.write("include 'test.conf'\n")
        else:
            self.settings = dict(copy_of.settings)
            copy_of.run("pg_basebackup", f"--pgdata={self.data}", "--checkpoint=fast",
                        "--write-recovery-conf", "--no-sync")
        self.configure(settings or {})
        if start:
            self.start()

    def __enter__(self):
        return self

    def __exit__(self, error, *_):
        self.destroy(show_log=error not in (None, SystemExit))

    # Programs of PostgreSQL

    def environment(self):
        libpq = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "postgres"}
        inherited = {name: value for name, value in os.environ.items()
                     if not name.startswith("PG") or name.startswith("PG_")}
        return inherited | libpq

    def run(self, program, *arguments, input=None):
        """Runs a program of PostgreSQL's against this cluster and returns its output."""
        result = subprocess.run([*AS_SERVER, str(BINARIES / program), *map(str, arguments)],
                                env=self.environment(), cwd="/", text=True, input=input,
                                stdin=subprocess.DEVNULL if input is None else None,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if result.returncode != 0:
            raise Failed(f"{program} {' '.join(map(str, arguments))}\n{result.stdout}{result.stderr}")
        return result.stdout

    def psql(self, sql, database="postgres"):
        """What psql prints for the statements, without headings and alignment."""
        return self.run("psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only",
                        "--set=ON_ERROR_STOP=1", f"--dbname={database}", "--file=-",
                        input=sql).rstrip("\n")

    def connect(self, database="postgres", autocommit=True, **parameters):
        parameters = {"user": "postgres"} | parameters
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, dbname=database, **parameters)
        connection.autocommit = autocommit
        return connection

    # Settings

    def configure(self, settings):
        """Adds settings, which count from the next start or reload(); None takes one away."""
        self.settings.update(settings)
        sockets = str(self.folder) if len(str(self.folder)) <= 80 else ""
        ours = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": sockets,
                "kv.port": 0}
        lines = []
        for name, value in (ours | self.settings).items():
            if value is not None:
                quoted = str(value).replace("'", "''")
                lines.append(f"{name} = '{quoted}'\n")
        file = self.data / "test.conf"
        file.write_text("".join(lines))
        file.chmod(0o644)

    def reload(self):
        self.run("pg_ctl", f"--pgdata={self.data}", "reload")

    # Starting and stopping

    def processes(self):
        """The server's processes: those that work in its data folder."""
        pids = []
        for link in pathlib.Path("/proc").glob("[0-9]*/cwd"):
            try:
                if os.readlink(link) == str(self.data):
                    pids.append(int(link.parent.name))
            except OSError:
                pass  # ended meanwhile, or somebody else's
        return pids

    def postmaster(self):
        """The postmaster's process id, None if it does not run."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if pid in self.processes() else None

    def start(self):
        # A server that was killed leaves its pid in files, and the pid may by now be another's.
        if not self.processes():
            for file in [self.data / "postmaster.pid", *self.folder.glob(".s.PGSQL.*")]:
                file.unlink(missing_ok=True)
        try:
            self.run("pg_ctl", f"--pgdata={self.data}", f"--log={self.folder / 'server.log'}",
                     "--timeout=120", "--wait", "--silent", "start")
        except Failed as failure:
            raise Failed(f"{failure}\n{self.log_tail()}") from None

    def stop(self, mode="fast"):
        if self.postmaster():
            self.run("pg_ctl", f"--pgdata={self.data}", f"--mode={mode}", "--timeout=120", "--wait",
                     "--silent", "stop")

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def crash(self):
        """SIGKILL for the postmaster and everything it started."""
        postmaster = self.postmaster()
        if postmaster:
            os.kill(postmaster, signal.SIGKILL)  # first, so that it starts nothing anew
        while pids := self.processes():
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)

    def destroy(self, show_log=False):
        """Ends the cluster and removes it; when the test failed, the end of the log is shown."""
        if self not in clusters:
            return
        clusters.remove(self)
        self.crash()
        if show_log or Tap.failed:
            diag(f"end of the log of {self.folder.name}:\n{self.log_tail()}")
        shutil.rmtree(self.folder, ignore_errors=True)

    # Replication

    def standby(self, settings=None):
        """A running standby that streams from this cluster."""
        return Cluster(settings, copy_of=self)

    def promote(self):
        self.run("pg_ctl", f"--pgdata={self.data}", "--timeout=120", "--wait", "--silent", "promote")

    def caught_up(self, standby, seconds=30):
        """Waits until the standby has replayed what this cluster has written so far."""
        position = self.psql("SELECT pg_current_wal_flush_lsn()")
        return eventually(lambda: standby.psql(
            f"SELECT pg_last_wal_replay_lsn() >= '{position}'") == "t", seconds)

    # The log

    def log(self, since=0):
        """The server's log, or what came after a position that log_position() returned."""
        try:
            with open(self.folder / "server.log", "rb") as file:
                file.seek(since)
                return file.read().decode(errors="replace")
        except FileNotFoundError:
            return ""

    def log_position(self):
        file = self.folder / "server.log"
        return file.stat().st_size if file.exists() else 0

    def log_tail(self, lines=40):
        return "\n".join(self.log().splitlines()[-lines:])


# Sessions


def query(connection, sql, *parameters):
    """The rows that a statement returns."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return cursor.fetchall() if cursor.description else []


def value(connection, sql, *parameters):
    """The first column of the first row."""
    rows = query(connection, sql, *parameters)
    return rows[0][0] if rows else None


def failure(connection, sql, *parameters):
    """The error in which a statement ends, None if it succeeds."""
    try:
        query(connection, sql, *parameters)
    except psycopg2.Error as error:
        return error
    return None


def sqlstate(connection, sql, *parameters):
    error = failure(connection, sql, *parameters)
    return error and error.pgcode


class Client(threading.Thread):
    """A session that calls work(client) again and again, in a thread of its own.

    The first error ends it, and is then in its attribute error.
    """

    def __init__(self, cluster, work, number=0, database="postgres"):
        super().__init__(daemon=True)
        self.work = work
        self.number = number
        self.random = random.Random(number)
        self.connection = cluster.connect(database)
        self.finish = threading.Event()
        self.error = None

    def run(self):
        try:
            while not self.finish.is_set():
                self.work(self)
        except Exception as error:
            self.error = error
        finally:
            self.connection.close()

    def value(self, sql, *parameters):
        return value(self.connection, sql, *parameters)


def start(clients):
    for client in clients:
        client.start()
    return clients


def finish(clients):
    """Lets the clients end their work, and returns what errors they met."""
    for client in clients:
        client.finish.set()
    for client in clients:
        client.join()
    return [f"client {client.number}: {client.error}" for client in clients if client.error]


# Tables


def unsound(cluster, database="postgres"):
    """What amcheck finds wrong with pg_kv's tables and indexes; '' if they are sound."""
    ours = """(SELECT oid, relkind, relam FROM pg_class WHERE relnamespace = 'kv'::regnamespace
               UNION
               SELECT toast.oid, toast.relkind, toast.relam FROM pg_class JOIN pg_class AS toast
               ON toast.oid IN (pg_class.reltoastrelid, (SELECT indexrelid FROM pg_index
                                                         WHERE indrelid = pg_class.reltoastrelid))
               WHERE pg_class.relnamespace = 'kv'::regnamespace) AS ours"""
    try:
        return cluster.psql(f"""
            SET client_min_messages = warning;
            CREATE EXTENSION IF NOT EXISTS amcheck;
            SELECT bt_index_check(oid, heapallindexed => true) FROM {ours}
            WHERE relkind = 'i' AND relam = (SELECT oid FROM pg_am WHERE amname = 'btree') \\g /dev/null
            SELECT ours.oid::regclass, problem.* FROM {ours}, verify_heapam(ours.oid) AS problem
            WHERE relkind IN ('r', 't')""", database)
    except Failed as failed:
        return str(failed)


def sizes(cluster, number=0, database="postgres"):
    """What kv.dbsize() says of a numbered database, and how many rows there are, at one moment."""
    keyspace, storage = cluster.psql(f"""
        SELECT coalesce(min(keyspace), {number}), coalesce(min(storage::text), 'd')
        FROM kv.database_map WHERE number = {number}""", database).split("|")
    table = {"d": "kv.durable_key", "c": "kv.cache_key"}[storage]
    size, rows = cluster.psql(f"""
        BEGIN ISOLATION LEVEL REPEATABLE READ;
        SELECT kv.dbsize({number});
        SELECT count(*) FROM {table} WHERE keyspace = {keyspace};
        COMMIT""", database).split()
    return int(size), int(rows)


def size_is_right(cluster, name, number=0, database="postgres"):
    size, rows = sizes(cluster, number, database)
    is_(size, rows, f"{name}: DBSIZE is the number of rows")


# TAP


class Tap:
    count = 0
    failed = 0


def diag(text):
    for line in str(text).splitlines():
        print("#", line, flush=True)


def ok(condition, name):
    Tap.count += 1
    Tap.failed += not condition
    print("ok" if condition else "not ok", Tap.count, "-", name, flush=True)
    return bool(condition)


def is_(got, expected, name):
    if not ok(got == expected, name):
        diag(f"     got: {got!r}\nexpected: {expected!r}")


def done():
    """Ends the test: prints the plan and exits."""
    print(f"1..{Tap.count}", flush=True)
    sys.exit(1 if Tap.failed or not Tap.count else 0)


def died(kind, error, trace):
    sys.__excepthook__(kind, error, trace)
    ok(False, f"the test ended with {kind.__name__}")
    print(f"1..{Tap.count}", flush=True)


sys.excepthook = died


@atexit.register
def destroy_clusters():
    for cluster in list(clusters):
        cluster.destroy()


# SystemExit, unlike a signal's default action, lets the clusters be removed.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
