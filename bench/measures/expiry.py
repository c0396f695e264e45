"""1,000,000 keys that expire together: how fast they go, what readers feel, what space stays

Keys of new names each time expire at one moment; 100,000 others stay and are read meanwhile at a
steady rate. Autovacuum runs after each cycle, as it would with cycles as long as in reality.
"""

import collections
import pathlib
import tempfile
import threading
import time

import harness
import peer
import report

NAME = "expiry"
LASTING = 100_000
READS = 2000    # in a second
PART = 50_000   # keys filled in one statement

SIZES = "SELECT pg_table_size('kv.durable_key'), pg_indexes_size('kv.durable_key')"


def run(bench, section):
    keys = 200_000 if bench.quick else 1_000_000
    cycles = 3 if bench.quick else 10
    bench.fresh()
    peer.load(bench.observer, "v" * 100, LASTING)
    bench.settle()
    has_worker = bench.worker_runs()
    try:
        with bench.session("expiry", pinned=False, synchronous_commit="off") as session:
            results = [Cycle(bench, session, number, keys, has_worker) for number in range(cycles)]
    finally:
        bench.observer.run("ALTER SYSTEM RESET autovacuum_naptime")
        bench.observer.run("SELECT pg_reload_conf()")

    rates = [cycle.rate for cycle in results]
    slower = [cycle.during[99] / cycle.before[99] for cycle in results]
    by = "by the worker" if has_worker else "by kv.expire_batch"
    section.goal(f"{keys:,} keys expire together: removed {by}", report.middle(rates), rates,
                 100_000, 200_000, unit=" /s")
    section.goal("99th percentile of kv.get meanwhile / before", report.middle(slower), slower,
                 2, 1.3, low_is_good=True)
    growth = results[-1].size() / results[0].size()
    section.goal(f"table and indexes after {cycles} such cycles / after the first", growth, [],
                 1.5, 1.1, low_is_good=True)
    section.figures(
        ["cycle", "filled, s", "removed /s", "CPU of the worker, us a key", "kv.get p50, p99, p99.9 before, ms", "meanwhile, ms",
         "table, MB", "indexes, MB", "after autovacuum, MB"],
        [[number + 1, f"{cycle.filled:.1f}", f"{cycle.rate:,.0f}", report.number(cycle.cpu), quantiles(cycle.before),
          quantiles(cycle.during), *(f"{size / 1e6:.0f}" for size in cycle.sizes),
          f"{sum(cycle.vacuumed) / 1e6:.0f}"] for number, cycle in enumerate(results)])


def quantiles(values):
    return ", ".join(f"{values[share]:.2f}" for share in (50, 99, 99.9))


class Cycle:
    """Fills, waits for the expiry and for the removal, then for autovacuum."""

    # Guessed for the first cycle, then taken from the one before.
    fill_time = None

    def __init__(self, bench, session, number, keys, has_worker):
        harness.say(f"expiry, cycle {number + 1}")
        self.keys = keys
        guess = Cycle.fill_time or keys / 40_000
        quiet = 5 if bench.quick else 8   # seconds of reading before the expiry
        self.expiry = time.time() + guess * 1.2 + quiet + 2
        self.fill(session, number)
        Cycle.fill_time = self.filled
        self.sizes = session.row(SIZES)
        remaining = self.expiry - time.time()
        if remaining < 2:
            raise harness.Trouble("filling took longer than expected: run it again on a quieter"
                                  " machine")
        with tempfile.TemporaryDirectory(prefix="pg_kv-bench.") as folder:
            readers = bench.start_pgbench(
                [f"\\set key random({peer.FIRST_NAME}, {peer.FIRST_NAME + LASTING - 1})\n"
                 "SELECT kv.get(:key);\n"], 2, 600, folder=folder,
                options=("-R", READS, "-l", "--log-prefix=get"))
            try:
                self.removal(bench, session, has_worker)
            finally:
                readers.process.terminate()
                readers.process.wait()
            self.read_log(folder)
        # The high-water mark: a vacuum may give back the end of the table, and need not.
        self.sizes = [max(sizes) for sizes in zip(self.sizes, session.row(SIZES))]
        self.vacuum(session)

    def fill(self, session, number):
        began = time.time()
        for start in range(0, self.keys, PART):
            session.run("SELECT count(kv.set(md5(%s || name::text), repeat('v', 100), pxat => %s))"
                        " FROM generate_series(%s, %s) AS name", str(number),
                        int(self.expiry * 1000), start, start + PART - 1)
        self.filled = time.time() - began

    def removal(self, bench, session, has_worker):
        ended = threading.Event()
        calls = threading.Thread(target=call_batches, args=(bench, self.expiry, ended))
        if not has_worker:
            calls.start()
        pid = bench.observer.one("SELECT max(pid) FROM pg_stat_activity WHERE backend_type ILIKE"
                                 " 'pg\\_kv maint%' AND datname = current_database()")
        cpu = harness.processor_seconds(pid) if bench.is_local and pid else None
        # The number of keys does not change before the first batch, which may be a while.
        counts = [(time.time(), LASTING + self.keys)]
        try:
            while counts[-1][1] > LASTING:
                if time.time() > self.expiry + 300:
                    raise harness.Trouble("the expired keys are not removed")
                time.sleep(0.1)
                count = session.one("SELECT kv.dbsize()")
                if counts[-1][1] == count:
                    counts.pop()
                counts.append((time.time(), count))
        finally:
            ended.set()
            if not has_worker:
                calls.join()
        # From the last moment when all were there.
        self.span = counts[0][0], counts[-1][0]
        now = harness.processor_seconds(pid) if cpu is not None else None
        self.cpu = (now - cpu) / self.keys * 1e6 if now else None
        self.rate = self.keys / (self.span[1] - self.span[0])

    def read_log(self, folder):
        """Latencies before the expiry and during the removal, in milliseconds."""
        windows = collections.defaultdict(list)
        for path in pathlib.Path(folder).glob("get.*"):
            for line in path.read_text().splitlines():
                fields = line.split()
                if len(fields) < 6:
                    continue  # the last line may be cut off
                at = int(fields[4]) + int(fields[5]) / 1e6
                if at < min(self.expiry, self.span[0]):
                    windows["before"].append(int(fields[2]) / 1e3)
                elif self.span[0] <= at <= self.span[1]:
                    windows["during"].append(int(fields[2]) / 1e3)
        self.before, self.during = (shares(windows[name]) for name in ("before", "during"))

    def vacuum(self, session):
        """Waits for autovacuum, which must hear of the removed rows by itself."""
        count = ("SELECT coalesce(sum(vacuum_count + autovacuum_count), 0) FROM pg_stat_user_tables"
                 " WHERE relid = 'kv.durable_key'::regclass AND n_dead_tup < %s")
        session.run("ALTER SYSTEM SET autovacuum_naptime = '1s'")
        session.run("SELECT pg_reload_conf()")
        deadline = time.time() + 60
        while time.time() < deadline:
            time.sleep(0.1)
            # A server in use goes on writing. Without a write PostgreSQL may reuse the index pages
            # that a vacuum emptied only after the next one.
            session.run("SELECT kv.set('tick', '1', db => 1)")
            if session.one(count, self.keys // 20) and not session.one(
                    "SELECT count(*) FROM pg_stat_progress_vacuum"
                    " WHERE relid = 'kv.durable_key'::regclass"):
                break
        else:
            raise harness.Trouble("autovacuum did not come to kv.durable_key within a minute")
        session.run("ALTER SYSTEM RESET autovacuum_naptime")
        session.run("SELECT pg_reload_conf()")
        self.vacuumed = session.row(SIZES)

    def size(self):
        return sum(self.sizes)


def shares(values):
    if not values:
        raise harness.Trouble("the removal was over before a reader noticed; use more keys")
    values = sorted(values)
    return {share: values[min(len(values) - 1, int(len(values) * share / 100))]
            for share in (50, 99, 99.9)}


def call_batches(bench, begin, ended):
    with bench.session("maintenance", pinned=False, synchronous_commit="off") as session:
        time.sleep(max(0, begin - time.time()))
        while not ended.is_set():
            if session.one("SELECT kv.expire_batch(10000)") == 0:
                time.sleep(0.05)
