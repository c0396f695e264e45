"""kv.cache_read and kv.cache_query, hits, beside the queries that they spare

A row of five columns by its primary key, and a join of three tables with aggregation.
"""

import harness

NAME = "cache_read"
ROWS = 10_000

TABLES = f"""
CREATE TABLE bench.person (id integer PRIMARY KEY, name text, mail text, born date, seen timestamptz);
INSERT INTO bench.person SELECT i, 'person ' || i, i || '@example.org', date '2000-01-01' + i % 9000, now() FROM generate_series(1, {ROWS}) AS i;
CREATE TABLE bench.article (id integer PRIMARY KEY, title text, price numeric);
INSERT INTO bench.article SELECT i, 'article ' || i, i % 100 FROM generate_series(1, 1000) AS i;
CREATE TABLE bench.purchase (id integer PRIMARY KEY, person integer, article integer, amount integer);
INSERT INTO bench.purchase SELECT i, i % {ROWS} + 1, i % 1000 + 1, i % 7 FROM generate_series(1, {20 * ROWS}) AS i;
CREATE INDEX ON bench.purchase (person);
ANALYZE bench.person, bench.article, bench.purchase;
SELECT kv.cache_table('bench.person', mode => 'read'), kv.cache_table('bench.article', mode => 'read'),
       kv.cache_table('bench.purchase', mode => 'read');
"""
JOIN = """SELECT person.name, count(*) AS articles, sum(article.price * purchase.amount) AS spent
FROM bench.person JOIN bench.purchase ON purchase.person = person.id JOIN bench.article ON article.id = purchase.article
WHERE person.id BETWEEN 1 AND 50 GROUP BY person.name ORDER BY spent DESC LIMIT 10"""


def run(bench, section):
    bench.fresh()
    bench.observer.run(TABLES)
    for first in range(1, ROWS, 100):  # a transaction fills so many
        bench.observer.run("SELECT count(kv.cache_read('bench.person', jsonb_build_object('id', id), '1 day')) "
                           f"FROM generate_series({first}, {first + 99}) AS id")
    bench.settle()
    try:
        pairs_of_rows(bench, section)
        pairs_of_queries(bench, section)
    finally:
        bench.observer.run("SELECT kv.uncache_table(\"table\") FROM kv.watch WHERE \"table\" IS NOT NULL")


def pairs_of_rows(bench, section):
    draw = f"\\set id random(1, {ROWS})\n"
    ours = draw + "SELECT kv.cache_read('bench.person', jsonb_build_object('id', :id::integer));\n"
    by_hand = draw + "SELECT to_jsonb(person) FROM bench.person WHERE id = :id;\n"
    for clients in (1, 8):
        harness.say(f"cache_read, {clients} clients")
        pairs = bench.alternate(lambda _: bench.pgbench([ours], clients, bench.seconds),
                                lambda _: bench.pgbench([by_hand], clients, bench.seconds))
        section.speed(f"kv.cache_read / SELECT by hand, {clients} client{'s'[:clients - 1]}", pairs, " tps", 0.8, 1.2)


def pairs_of_queries(bench, section):
    ours = "SELECT kv.cache_query('spent', '1 day', $$" + JOIN.replace("\n", " ") + "$$);\n"
    by_hand = "SELECT to_jsonb(found) FROM (" + JOIN.replace("\n", " ") + ") AS found;\n"
    harness.say("cache_query")
    pairs = bench.alternate(lambda _: bench.pgbench([ours], 1, bench.seconds),
                            lambda _: bench.pgbench([by_hand], 1, bench.seconds))
    section.speed("kv.cache_query / a join of three tables with aggregation, 1 client", pairs, " tps", 10, 30)
