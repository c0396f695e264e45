"""What the measures share: connections, pinning, pgbench, runs by turns."""

import dataclasses
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import psycopg2

import peer


# Keys and elements, and what the peers have for keys.
TABLES = (*(f"kv.{storage}_{table}" for storage in ("durable", "cache")
            for table in ("key", "field", "item", "member", "block", "dropped_collection")),
          "bench.plain", "bench.plain_cache")


class Trouble(Exception):
    """The measurement cannot be made; told to the user without a traceback."""


@dataclasses.dataclass
class Sample:
    """One run: what it took, by the clock and in processor time of the server, where known."""
    value: float
    cpu: float | None = None


@dataclasses.dataclass
class Pairs:
    """Runs of ours and of the peer by turns. All ratios are ours to the peer's."""
    ours: list[Sample]
    peer: list[Sample]

    def ratios(self):
        return [a.value / b.value for a, b in zip(self.ours, self.peer)]

    def ratio(self):
        return statistics.median(self.ratios())

    def as_times(self):
        """Of pairs of rates the pairs of times for one operation."""
        return Pairs(*([Sample(1 / sample.value, sample.cpu) for sample in samples]
                       for samples in (self.ours, self.peer)))

    def cpu_ratio(self):
        pairs = [(a.cpu, b.cpu) for a, b in zip(self.ours, self.peer)]
        if not all(a and b for a, b in pairs):
            return None
        return statistics.median(a / b for a, b in pairs)


def median(samples):
    return statistics.median(sample.value for sample in samples)


def median_cpu(samples):
    times = [sample.cpu for sample in samples]
    return statistics.median(times) if all(times) else None


def processor_seconds(pid):
    """Processor time that a process has used, None if it is gone or not on this machine."""
    try:
        return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except (OSError, IndexError, ValueError):
        return None


class Session:
    """A connection with its backend; commits by itself."""

    def __init__(self, bench, name, **settings):
        self.bench = bench
        options = " ".join(f"-c {key.replace('__', '.')}={value}" for key, value in settings.items())
        self.connection = psycopg2.connect("", application_name=f"bench {name}", options=options)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.pid = self.one("SELECT pg_backend_pid()")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def run(self, statement, *arguments):
        self.cursor.execute(statement, arguments or None)

    def one(self, statement, *arguments):
        self.run(statement, *arguments)
        return self.cursor.fetchone()[0]

    def row(self, statement, *arguments):
        self.run(statement, *arguments)
        return self.cursor.fetchone()

    def timed(self, statement, *arguments):
        """Seconds that a statement takes."""
        cpu = processor_seconds(self.pid) if self.bench.is_local else None
        began = time.perf_counter()
        self.run(statement, *arguments)
        elapsed = time.perf_counter() - began
        if cpu is not None:
            cpu = processor_seconds(self.pid) - cpu
        return Sample(elapsed, cpu)


class Bench:
    def __init__(self, quick=False, rounds=None):
        self.quick = quick
        self.rounds = rounds or (3 if quick else 7)
        self.seconds = 1 if quick else 3
        self.notes = []
        self.is_local = False
        try:
            self.observer = Session(self, "observer")
        except psycopg2.Error as error:
            raise Trouble(f"no connection: {error}") from None
        self.cpu = max(os.sched_getaffinity(0))
        self.is_local = self.try_pinning()
        self.runs = 0

    # The server -------------------------------------------------------------------------------

    def session(self, name="session", pinned=True, **settings):
        session = Session(self, name, **settings)
        if pinned:
            self.pin(session.pid)
        return session

    def claim_database(self):
        """Only a database of our own may be emptied."""
        one = self.observer.one
        if not one("SELECT count(*) FROM pg_extension WHERE extname = 'pg_kv'"):
            raise Trouble("the database has no pg_kv; CREATE EXTENSION pg_kv first")
        if not one("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
            raise Trouble("the role must be a superuser: it empties tables and changes settings")
        if not one("SELECT count(*) FROM pg_namespace WHERE nspname = 'bench'"):
            if one("SELECT EXISTS (SELECT FROM kv.durable_key) OR EXISTS (SELECT FROM kv.cache_key)"):
                raise Trouble("the database has keys, which would be lost; give it an empty one")
        peer.create(self.observer)
        # Database 0 is durable, database 1 a cache.
        self.observer.run("SELECT kv.set_storage(1, 'cache')")

    def fresh(self):
        """Empties our tables and the peers'. Elements go with their keys."""
        self.observer.run("TRUNCATE kv.durable_key, kv.cache_key, bench.plain, bench.plain_cache")

    def settle(self, others=()):
        """After a load: no vacuum and no checkpoint is left to do in the middle of what follows."""
        for table in (*TABLES, *others):
            self.observer.run(f"VACUUM ANALYZE {table}")
        self.observer.run("CHECKPOINT")

    def vacuum(self, *tables):
        """After a statement that rewrote much; of pg_kv's tables the name will do."""
        for table in tables:
            self.observer.run(f"VACUUM kv.{table}")

    def worker_runs(self):
        """Whether a maintenance worker of pg_kv is at work in this database."""
        return self.observer.one("""
            SELECT count(*) > 0 FROM pg_stat_activity
            WHERE backend_type ILIKE 'pg\\_kv%' AND datname = current_database()""")

    # Pinning ----------------------------------------------------------------------------------

    def try_pinning(self):
        pid = self.observer.pid
        try:
            if "postgres" not in pathlib.Path(f"/proc/{pid}/cmdline").read_text():
                raise OSError
            mask = os.sched_getaffinity(pid)
            os.sched_setaffinity(pid, mask)
            return True
        except OSError:
            self.notes.append("The server's processes could not be pinned to a processor: it runs "
                              "elsewhere or as another user. Figures at one client say little.")
            return False

    def pin(self, pid):
        if self.is_local:
            try:
                os.sched_setaffinity(pid, {self.cpu})
            except OSError:
                pass

    # pgbench ----------------------------------------------------------------------------------

    def start_pgbench(self, scripts, clients, seconds, options=(), variables=None, settings=None,
                      folder=None, pinned=None):
        """Starts pgbench; client and server on one processor if there is one client."""
        pinned = clients == 1 if pinned is None else pinned
        self.runs += 1
        name = f"bench pgbench {self.runs}"
        folder = folder or tempfile.mkdtemp(prefix="pg_kv-bench.")
        command = ["taskset", "-c", str(self.cpu)] if pinned else []
        command += ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2)),
                    "-T", str(seconds), *map(str, options)]
        for number, script in enumerate(scripts):
            path = pathlib.Path(folder, f"script{number}.sql")
            path.write_text(script)
            command += ["-f", str(path)]
        for key, value in (variables or {}).items():
            command += ["-D", f"{key}={value}"]
        environment = dict(os.environ, PGAPPNAME=name, PGOPTIONS=" ".join(
            f"-c {key}={value}" for key, value in (settings or {}).items()))
        process = subprocess.Popen(command, cwd=folder, env=environment, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return Pgbench(self, process, name, clients, pinned)

    def pgbench(self, *arguments, **options):
        """Transactions per second, and processor time of the server for each."""
        return self.start_pgbench(*arguments, **options).finish()

    # Runs by turns ----------------------------------------------------------------------------

    def alternate(self, ours, peers, warmups=1):
        """Ours, peer, ours, peer, ...; the first pairs warm up and do not count."""
        pairs = Pairs([], [])
        for number in range(self.rounds + warmups):
            a = ours(number)
            b = peers(number)
            if number >= warmups:
                pairs.ours.append(a)
                pairs.peer.append(b)
        return pairs


class Pgbench:
    def __init__(self, bench, process, name, clients, pinned):
        self.bench = bench
        self.process = process
        self.name = name
        self.cpu = {}
        if not bench.is_local:
            return
        deadline = time.monotonic() + 2
        while len(self.cpu) < clients and time.monotonic() < deadline and process.poll() is None:
            # Not the connection with which pgbench begins, and which asks nothing.
            bench.observer.run("SELECT pid FROM pg_stat_activity"
                               " WHERE application_name = %s AND query <> ''", name)
            for pid, in bench.observer.cursor.fetchall():
                if pid not in self.cpu:
                    self.cpu[pid] = 0
                    if pinned:
                        bench.pin(pid)
            time.sleep(0.005)

    def finish(self):
        # The processor time of a backend can be read only while it is there.
        while self.process.poll() is None:
            for pid in self.cpu:
                self.cpu[pid] = processor_seconds(pid) or self.cpu[pid]
            try:
                self.process.wait(0.02)
            except subprocess.TimeoutExpired:
                pass
        self.output = self.process.stdout.read()
        self.errors = self.process.stderr.read()
        if self.process.returncode != 0:
            raise Trouble(f"pgbench failed: {self.errors.strip()[-500:]}")
        facts = dict(line.split(" = ", 1) for line in self.output.splitlines() if " = " in line)
        done = next(line.split(": ")[1] for line in self.output.splitlines()
                    if line.startswith("number of transactions actually processed"))
        transactions = int(done.split("/")[0])
        cpu = sum(self.cpu.values()) / transactions if self.cpu and transactions else None
        return Sample(float(facts["tps"].split()[0]), cpu)


def say(text):
    """What is being done, for whoever waits."""
    print(f"-- {text}", file=sys.stderr, flush=True)
