"""A list as a queue by 8 clients, beside a queue table with FOR UPDATE SKIP LOCKED

Each client pushes a job of 100 bytes at one end and pops one at the other, in transactions of their
own; 1,000 jobs wait. A transaction of pgbench here is both.
"""

import elements
import harness

NAME = "queue"
CLIENTS = 8
WAITING = 1_000

TABLE = """
CREATE TABLE bench.queue (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0)
"""
OURS = "SELECT kv.lpush('queue', :job);\nSELECT kv.rpop('queue');\n"
BY_HAND = """INSERT INTO bench.queue (job) VALUES (:job);
DELETE FROM bench.queue
WHERE id = (SELECT id FROM bench.queue ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING job;
"""


def run(bench, section):
    job = "j" * 100
    elements.fresh(bench)
    bench.observer.run("DROP TABLE IF EXISTS bench.queue")
    bench.observer.run(TABLE)
    bench.observer.run("INSERT INTO bench.queue (job) SELECT %s FROM generate_series(1, %s)",
                       job, WAITING)
    bench.observer.run("SELECT count(kv.lpush('queue', %s)) FROM generate_series(1, %s)",
                       job, WAITING)
    elements.settle(bench)
    for commit, must, aim in (("off", 0.5, 1.0), ("on", 0.25, 0.8)):
        harness.say(f"queue, synchronous_commit {commit}")

        def go(script, *tables):
            took = bench.pgbench([script], CLIENTS, bench.seconds, variables={"job": job},
                                 settings={"synchronous_commit": commit})
            for table in tables:
                bench.observer.run(f"VACUUM ANALYZE {table}")
            return took
        pairs = bench.alternate(lambda _: go(OURS, "kv.durable_key", "kv.durable_item"),
                                lambda _: go(BY_HAND, "bench.queue"))
        section.speed(f"push and pop, {CLIENTS} clients / SKIP LOCKED by hand,"
                      f" synchronous_commit {commit}", pairs, " tps", must, aim)
    left = bench.observer.one("SELECT kv.llen('queue')")
    if left != WAITING:
        raise harness.Trouble(f"{WAITING} jobs were waiting, and {left} are left")
