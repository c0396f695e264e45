"""1,000,000 elements in one call, beside INSERT ... SELECT into a table with the same indexes

From rows in random order; the table by hand has an index by key and name, or position, and for
sorted sets one by key, score and name, too. Tables begin empty.
"""

import elements
import harness

NAME = "loading"


def run(bench, section):
    size = 200_000 if bench.quick else elements.ELEMENTS
    source = elements.up_to(size)
    elements.create(bench)
    with bench.session("loading", synchronous_commit="off") as session:
        for kind in elements.KINDS:
            harness.say(f"loading, {kind.name}")

            def go(statement):
                elements.fresh(bench)
                bench.observer.run("CHECKPOINT")
                return session.timed(statement)
            load = kind.load.format(key="'large'", **elements.AGGREGATES)
            ours = f"SELECT {load} FROM {source}"
            # The items of a list come in their order.
            columns = kind.hand_load.replace("number", "row_number() OVER ()")
            by_hand = f"INSERT INTO {kind.hand_table} SELECT 'large', {columns} FROM {source}"
            pairs = bench.alternate(lambda _: go(ours), lambda _: go(by_hand))
            section.duration(f"a {kind.name} of {size:,} / INSERT ... SELECT by hand", pairs, " s",
                             0.5, 0.8, speed=True)
