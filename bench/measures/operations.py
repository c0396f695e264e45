"""Microseconds for each operation inside the server

One statement of 100,000 operations on different keys in random order, asynchronous commit.
"""

import harness

NAME = "operations"
KEYS = 100_000

# what, statement before it, statement
OPERATIONS = [
    ("get", None, "kv.get(name)"),
    ("set", None, "kv.set(name, repeat(%s, 100))"),
    ("set with EX", None, "kv.set(name, repeat(%s, 100), ex => 3600)"),
    ("set of a new key", "DEL", "kv.set(name, repeat(%s, 100))"),
    ("expire", None, "kv.expire(name, 3600)"),
    ("incr", "NUMBERS", "kv.incr(name)"),
    ("del", "FILL", "kv.del(name)"),
]
SOURCE = f"(SELECT name FROM bench.shuffled LIMIT {KEYS}) AS names"
BEFORE = {"DEL": f"SELECT count(kv.del(name)) FROM {SOURCE}",
          "FILL": f"SELECT count(kv.set(name, repeat('v', 100))) FROM {SOURCE}",
          "NUMBERS": f"SELECT count(kv.set(name, '1000000')) FROM {SOURCE}"}


def run(bench, section):
    rows = []
    for database, storage in ((0, "durable"), (1, "cache")):
        bench.fresh()
        with bench.session("operations", synchronous_commit="off", kv__database=database) as session:
            session.run(BEFORE["FILL"])
            bench.settle()
            for what, before, call in OPERATIONS:
                harness.say(f"operations, {storage}, {what}")
                samples, logged = [], []
                for number in range(bench.rounds + 1):
                    if before:
                        session.run(BEFORE[before])
                    bench.observer.run(f"VACUUM kv.{storage}_key")
                    start = session.one("SELECT pg_current_wal_insert_lsn()")
                    given = [chr(ord("a") + number % 26)] if "%s" in call else []
                    samples.append(session.timed(f"SELECT count({call}) FROM {SOURCE}", *given))
                    logged.append(session.one("SELECT pg_current_wal_insert_lsn() - %s::pg_lsn", start))
                samples, logged = samples[1:], logged[1:]
                if before == "NUMBERS":
                    session.run(BEFORE["FILL"])
                cpu = harness.median_cpu(samples)
                rows.append([what, storage, f"{harness.median(samples) * 1e6 / KEYS:.2f}",
                             f"{cpu * 1e6 / KEYS:.2f}" if cpu else "",
                             f"{float(sorted(logged)[len(logged) // 2]) / KEYS:.0f}"])
    section.figures(["operation", "storage", "microseconds", "of CPU", "WAL bytes"], rows)
