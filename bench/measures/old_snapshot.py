"""A hot counter while another session holds an old snapshot, beside an UPDATE by hand

Figures without a goal: nothing can remove a version that the snapshot may still ask for. One client,
asynchronous commit.
"""

import time

import harness

NAME = "old_snapshot"


def run(bench, section):
    step = 2 if bench.quick else 10
    bench.fresh()
    bench.observer.run("SELECT kv.set('counter', '1000000')")
    bench.observer.run("INSERT INTO bench.plain (key, value) VALUES ('counter', '1000000')")
    bench.settle()
    rows = []
    for what, statement in (
            ("kv.incr", "SELECT kv.incr(:key);\n"),
            ("UPDATE by hand", "UPDATE bench.plain SET value = (value::bigint + 1)::text"
                               " WHERE key = :key;\n")):
        harness.say(f"old_snapshot, {what}")
        rows.append([what, *(f"{rate:,.0f}" for rate in rates(bench, statement, step))])
    section.figures(["tps", "before", *(f"{n * step} to {(n + 1) * step} s" for n in range(6)),
                     f"{step} s after", f"{2 * step} s after"], rows)


def rates(bench, statement, step):
    """One step before the snapshot, six with it, two after."""
    started = bench.start_pgbench([statement], 1, 9 * step + 1, options=("-P", step),
                                  variables={"key": "counter"},
                                  settings={"synchronous_commit": "off"})
    time.sleep(step)
    with bench.session("snapshot", pinned=False) as holder:
        holder.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
        holder.run("SELECT count(*) FROM pg_class")
        time.sleep(6 * step)
        holder.run("COMMIT")
    started.finish()
    # "progress: 10.0 s, 61294.0 tps, lat ..."
    return [float(line.split(", ")[1].split()[0]) for line in started.errors.splitlines()
            if line.startswith("progress")][:9]
