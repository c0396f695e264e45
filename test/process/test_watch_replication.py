#!/usr/bin/python3
"""Logical replication: a subscriber hears of what its tables are sent, as of what its sessions write."""

from lib import Cluster, done, eventually, is_, ok

TABLES = """
    CREATE TABLE item (id integer PRIMARY KEY, name text);
    CREATE TABLE part (id integer, region text, name text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
    CREATE TABLE part_a PARTITION OF part FOR VALUES IN ('a');
    CREATE TABLE part_b PARTITION OF part FOR VALUES IN ('b');
"""
SET_UP = """
    CREATE EXTENSION pg_kv;
    INSERT INTO kv.relay_target (name, host, port, database, tls, prefix) VALUES ('default', '127.0.0.1', 6379, 0, false, '');
    SELECT kv.cache_table('item', 'item:{id}'), kv.cache_table('part', 'part:{region}:{id}'),
           kv.cache_table('part_b', 'b:{id}', condition => $$name <> 'hidden'$$);
"""


def keys(cluster):
    """The keys in the outbox, each with its operation; no row twice."""
    return cluster.psql("""SELECT string_agg(operation::text || ' ' || coalesce(convert_from(key, 'UTF8'), '*'), ', '
                                             ORDER BY key, operation)
                           FROM kv.relay_outbox_0 LEFT JOIN unnest(keys) AS key ON true""")


def caught_up(publisher):
    position = publisher.psql("SELECT pg_current_wal_flush_lsn()")
    return eventually(lambda: publisher.psql(f"""
        SELECT bool_and(confirmed_flush_lsn >= '{position}') FROM pg_replication_slots WHERE slot_name = 'sub'""") == "t")


def step(publisher, subscriber, sql, expected, name):
    subscriber.psql("DELETE FROM kv.relay_outbox_0")
    publisher.psql(sql)
    ok(caught_up(publisher), f"{name}: replicated")
    is_(keys(subscriber), expected, name)


settings = {"wal_level": "logical", "max_worker_processes": 16}
with Cluster(settings) as publisher, Cluster(settings) as subscriber:
    publisher.psql(TABLES + "INSERT INTO item VALUES (1, 'a'), (2, 'b');"
                            "INSERT INTO part VALUES (1, 'a', 'x'), (2, 'b', 'y'), (3, 'b', 'hidden');"
                            "CREATE PUBLICATION pub FOR TABLE item, part")
    subscriber.psql(TABLES + SET_UP)
    subscriber.psql(f"CREATE SUBSCRIPTION sub CONNECTION 'host=127.0.0.1 port={publisher.port} user=postgres "
                    "dbname=postgres' PUBLICATION pub")
    ok(eventually(lambda: subscriber.psql("SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel") == "t"),
       "the tables are synchronised")
    is_(keys(subscriber), "i b:2, i item:1, i item:2, i part:a:1, i part:b:2, i part:b:3",
        "what the first copy brings is heard")

    step(publisher, subscriber, "INSERT INTO item VALUES (3, 'c'), (4, 'd')", "i item:3, i item:4", "INSERT")
    step(publisher, subscriber, "UPDATE item SET name = 'z' WHERE id = 3", "u item:3", "UPDATE")
    step(publisher, subscriber, "UPDATE item SET name = name", "", "UPDATE that changes nothing")
    step(publisher, subscriber, "UPDATE item SET id = 5 WHERE id = 4", "u item:4, u item:5", "a primary key")
    step(publisher, subscriber, "DELETE FROM item WHERE id = 5", "d item:5", "DELETE")
    step(publisher, subscriber, "INSERT INTO part VALUES (4, 'a', 'p'), (5, 'b', 'q'), (6, 'b', 'hidden')",
         "i b:5, i part:a:4, i part:b:5, i part:b:6", "partitions, one of them watched itself")
    step(publisher, subscriber, "UPDATE part SET region = 'b' WHERE id = 4", "i b:4, d part:a:4, i part:b:4",
         "a row that moves")
    step(publisher, subscriber, "TRUNCATE item", "t *", "TRUNCATE")
    step(publisher, subscriber, "BEGIN; INSERT INTO item VALUES (7, 'x'); ROLLBACK", "", "what is rolled back")
    step(publisher, subscriber, "BEGIN; INSERT INTO item SELECT i, 'x' FROM generate_series(10, 12) AS i;"
                                "SAVEPOINT a; DELETE FROM item; ROLLBACK TO a; COMMIT",
         "i item:10, i item:11, i item:12", "a savepoint")

    subscriber.psql("DELETE FROM kv.relay_outbox_0; INSERT INTO item VALUES (100, 'here'); UPDATE part SET name = 'r'")
    is_(keys(subscriber), "u b:2, u b:3, u b:4, u b:5, u b:6, i item:100, u part:a:1, u part:b:2, u part:b:3, "
                          "u part:b:4, u part:b:5, u part:b:6", "the subscriber's own sessions are heard, once")
    subscriber.psql("DROP SUBSCRIPTION sub")
done()
