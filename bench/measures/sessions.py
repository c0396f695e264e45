"""Sessions refreshed much faster than they expire: the share of HOT updates

Real sessions live half an hour and are refreshed every half minute; this goes through the same a
hundred times faster. src/store/row.cpp files a key's expiry in the column `due` in buckets of an
eighth of the lifetime, rounded down to a power of two of seconds, and files it again when the
maintenance finds it refreshed; only these filings touch an index.
"""

import threading
import time

import harness

NAME = "sessions"
KEYS = 1000
LIFETIME = 18      # seconds
INTERVAL = 0.3     # between two refreshments of a key
FIRST = 100_000_000

# All keys by turns, neighbours in the table not one after the other.
DRAW = f"\\set key {FIRST} + (:key - {FIRST} + 617) % {KEYS}\n"
HOT = """SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables
WHERE schemaname = 'kv' AND relname = %s"""


def bucket():
    size = 1
    while size * 2 <= LIFETIME / 8:
        size *= 2
    return size


def run(bench, section):
    seconds = 60 if bench.quick else 200
    bench.fresh()
    with bench.session("sessions", pinned=False, synchronous_commit="off") as session:
        def fill():
            for database in (0, 1):
                session.run("SELECT count(kv.set(name::text, repeat('v', 100), ex => %s, db => %s))"
                            " FROM generate_series(%s, %s) AS name",
                            LIFETIME, database, FIRST, FIRST + KEYS - 1)
        fill()
        bench.settle()
        fill()  # the keys' rows after the settling are as young as the keys
        time.sleep(1.5)
        before = {table: session.row(HOT, table) for table in ("durable_key", "cache_key")}

        harness.say(f"sessions, {seconds} s")
        has_worker = bench.worker_runs()
        ended = threading.Event()
        calls = threading.Thread(target=maintain, args=(bench, ended))
        if not has_worker:
            calls.start()
        runs = {}
        for database, table, call in (
                (0, "durable_key", f"kv.set(:key, :value, ex => {LIFETIME})"),
                (1, "cache_key", f"kv.expire(:key, {LIFETIME})")):
            runs[table] = bench.start_pgbench(
                [DRAW + f"SELECT {call};\n"], 1, seconds, pinned=False,
                options=("-R", f"{KEYS / INTERVAL:.0f}"),
                variables={"key": FIRST, "value": "w" * 100},
                settings={"synchronous_commit": "off", "kv.database": database})
        rates = {table: started.finish().value for table, started in runs.items()}
        ended.set()
        if not has_worker:
            calls.join()
        time.sleep(1.5)

        rows = []
        for table, what in (("durable_key", f"SET with EX {LIFETIME}, durable"),
                            ("cache_key", f"EXPIRE {LIFETIME}, cache")):
            updates, hot = (after - then for after, then in
                            zip(session.row(HOT, table), before[table]))
            share = 100 * hot / updates
            section.goal(f"sessions refreshed, {what}: HOT share of updates", share, [], 95, 99,
                         unit=" %")
            every = KEYS / rates[table]
            rows.append([what, f"{updates:,}", f"{updates - hot:,}", f"{every:.2f} s",
                         f"{LIFETIME / every:.0f}",
                         f"{updates / max(1, updates - hot):.0f}"])
    section.figures(["sessions", "updates", "of them not HOT", "refreshed every",
                     "refreshments in a lifetime", "updates for each that is not HOT"], rows)
    section.text(f"{KEYS:,} keys of {LIFETIME} s for {seconds} s, which are"
                 f" {seconds / LIFETIME:.1f} lifetimes and {seconds / bucket():.0f} buckets of"
                 f" {bucket()} s: the same ratios as EX 1800 refreshed every 30 s in buckets of 128 s."
                 + f" A key found refreshed is filed again for {1.5 * LIFETIME:.0f} s and up to"
                 f" {2 * bucket()} s later, so after {1.5 * LIFETIME / INTERVAL:.0f} to"
                 f" {(1.5 * LIFETIME + 2 * bucket()) / INTERVAL:.0f} refreshments."
                 + (" The maintenance worker ran." if has_worker else
                    " kv.expire_batch() was called every 0.5 s."))


def maintain(bench, ended):
    with bench.session("maintenance", pinned=False, synchronous_commit="off") as session:
        while not ended.wait(0.5):
            session.run("SELECT kv.expire_batch()")
