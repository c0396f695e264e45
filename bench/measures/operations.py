"""Microseconds for each operation inside the server

One statement of 100,000 operations on different keys in random order, asynchronous commit.
"""

import harness

NAME = "operations"
KEYS = 100_000

SOURCE = f"(SELECT name FROM bench.shuffled LIMIT {KEYS}) AS names"
SET = "kv.set(name, repeat(%s, 100))"
STRINGS = "kv.set(name, repeat('v', 100))"
# Operation, what each round begins with, call, what the first round begins with.
OPERATIONS = [
    ("get", None, "kv.get(name)", STRINGS),
    ("set", None, SET, STRINGS),
    ("set with EX", None, "kv.set(name, repeat(%s, 100), ex => 3600)", STRINGS),
    ("set of a new key", "kv.del(name)", SET, STRINGS),
    ("expire", None, "kv.expire(name, 3600)", STRINGS),
    ("incr", None, "kv.incr(name)", "kv.set(name, '1000000')"),
    ("del", STRINGS, "kv.del(name)", STRINGS),
]
UPDATES = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relid = %s::regclass"
# So many rewrites of all rows give the tables the free space of tables in use.
WARMUPS = 4


def run(bench, section):
    rows = []
    for database, storage in ((0, "durable"), (1, "cache")):
        with bench.session("operations", synchronous_commit="off", kv__database=database) as session:
            for operation in OPERATIONS:
                harness.say(f"operations, {storage}, {operation[0]}")
                rows.append([operation[0], storage, *measure(bench, session, operation,
                                                             f"kv.{storage}_key")])
    section.figures(["operation", "storage", "microseconds", "of CPU", "WAL bytes",
                     "HOT share of updates"], rows)


def measure(bench, session, operation, table):
    _, before, call, first = operation
    bench.fresh()
    session.run(f"SELECT count({first}) FROM {SOURCE}")
    bench.settle()
    samples, logged, updates, hot = [], [], 0, 0
    for number in range(bench.rounds + WARMUPS):
        if before:
            session.run(f"SELECT count({before}) FROM {SOURCE}")
        bench.observer.run(f"VACUUM {table}")
        session.run("SELECT pg_stat_force_next_flush()")
        marks = session.row(UPDATES, table)
        start = session.one("SELECT pg_current_wal_insert_lsn()")
        given = [chr(ord("a") + number % 26)] if "%s" in call else []
        sample = session.timed(f"SELECT count({call}) FROM {SOURCE}", *given)
        end = session.one("SELECT pg_current_wal_insert_lsn() - %s::pg_lsn", start)
        session.run("SELECT pg_stat_force_next_flush()")
        if number < WARMUPS:
            continue
        samples.append(sample)
        logged.append(float(end))
        changes = [after - then for after, then in zip(session.row(UPDATES, table), marks)]
        updates, hot = updates + changes[0], hot + changes[1]
    cpu = harness.median_cpu(samples)
    return [f"{harness.median(samples) * 1e6 / KEYS:.2f}",
            f"{cpu * 1e6 / KEYS:.2f}" if cpu else "",
            f"{sorted(logged)[len(logged) // 2] / KEYS:.0f}",
            f"{100 * hot / updates:.0f} %" if updates else ""]
