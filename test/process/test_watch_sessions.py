#!/usr/bin/python3
"""Several sessions at watched tables: nothing that is written while they are set up or changed goes unheard."""

import threading

from lib import Client, Cluster, done, eventually, failure, finish, is_, ok, query, sqlstate, start, value

KEYS = """SELECT string_agg(operation::text || ' ' || coalesce(convert_from(key, 'UTF8'), '*'), ', ' ORDER BY key, operation)
          FROM kv.relay_outbox_0 LEFT JOIN unnest(keys) AS key ON true"""


def taken(cluster):
    """The keys in the outbox, which is empty then."""
    answer = cluster.psql(KEYS)
    cluster.psql("DELETE FROM kv.relay_outbox_0")
    return answer


def waits(cluster, count=1):
    return eventually(lambda: cluster.psql(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == str(count))


def in_background(connection, sql):
    thread = threading.Thread(target=lambda: query(connection, sql), daemon=True)
    thread.start()
    return thread


def setting_up(cluster):
    writer, owner = cluster.connect(autocommit=False), cluster.connect()
    query(writer, "INSERT INTO item VALUES (1, 'a')")
    thread = in_background(owner, "SELECT kv.cache_table('item', 'item:{id}')")
    ok(waits(cluster), "kv.cache_table waits for who has written")
    writer.commit()
    thread.join()
    query(writer, "UPDATE item SET name = 'b'")
    writer.commit()
    is_(taken(cluster), "u item:1", "the session that had written is heard from then on")

    # A snapshot that is older than the watch
    writer.set_session(isolation_level="REPEATABLE READ")
    value(writer, "SELECT count(*) FROM item")
    query(owner, "SELECT kv.cache_table('item', 'name:{name}'), kv.cache_table('late', 'late:{id}')")
    query(writer, "INSERT INTO late VALUES (7)")
    query(writer, "UPDATE item SET name = 'c'")
    writer.commit()
    is_(taken(cluster), "u item:1, i late:7, u name:b, u name:c", "a session with an old snapshot sees who watches")
    is_(sqlstate(writer, "SELECT kv.cache_table('item', 'x:{id}')"), "0A000", "and sets up nothing itself")
    writer.rollback()
    value(writer, "SELECT count(*) FROM item")
    query(owner, "CREATE TABLE split (id integer) PARTITION BY RANGE (id)")
    query(owner, "SELECT kv.cache_table('split', 'split:{id}')")
    is_(sqlstate(writer, "CREATE TABLE split_1 PARTITION OF split FOR VALUES FROM (0) TO (10)"), "40001",
        "nor does it make a partition of what it does not know to be watched")
    writer.rollback()

    query(owner, "SELECT kv.uncache_table('item', 'name:{name}')")
    query(writer, "UPDATE item SET name = 'd'")
    query(writer, "UPDATE late SET id = 8")
    query(writer, "SAVEPOINT a")
    query(writer, "DELETE FROM item")
    query(writer, "ROLLBACK TO a")
    writer.commit()
    is_(taken(cluster), "u item:1, u late:7, u late:8", "and who watches no more")
    writer.close()
    owner.close()


def prepared(cluster):
    session = cluster.connect()
    query(session, "BEGIN")
    query(session, "UPDATE item SET name = 'prepared'")
    query(session, "PREPARE TRANSACTION 'p'")
    is_(taken(cluster), "", "a prepared transaction")
    query(session, "COMMIT PREPARED 'p'")
    is_(taken(cluster), "u item:1", "is heard when it commits")
    session.close()


def detach_concurrently(cluster):
    cluster.psql("""
        CREATE TABLE event (id integer, region text) PARTITION BY LIST (region);
        CREATE TABLE event_a PARTITION OF event FOR VALUES IN ('a');
        CREATE TABLE event_b PARTITION OF event FOR VALUES IN ('b') PARTITION BY RANGE (id);
        CREATE TABLE event_b1 PARTITION OF event_b FOR VALUES FROM (0) TO (100);
        SELECT kv.cache_table('event', 'e:{id}') \\g /dev/null""")
    cluster.psql("ALTER TABLE event DETACH PARTITION event_a CONCURRENTLY")
    is_(taken(cluster), "t *", "DETACH CONCURRENTLY is said")
    is_(cluster.psql("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'event_a'::regclass"), "0", "its triggers are gone")
    # Interrupted between its two transactions
    reader, owner = cluster.connect(autocommit=False), cluster.connect()
    query(reader, "SELECT * FROM event")
    thread = threading.Thread(target=lambda: failure(owner, "ALTER TABLE event DETACH PARTITION event_b CONCURRENTLY"),
                              daemon=True)
    thread.start()
    ok(waits(cluster), "DETACH CONCURRENTLY waits for a reader")
    query(reader, "INSERT INTO event_b1 VALUES (1, 'b')")
    cluster.psql(f"SELECT pg_cancel_backend({owner.info.backend_pid}) \\g /dev/null")
    thread.join()
    reader.commit()
    is_(taken(cluster), "i e:1", "interrupted, the partition is still heard")
    cluster.psql("INSERT INTO event_b1 VALUES (2, 'b')")
    is_(taken(cluster), "i e:2", "as long as it is detached by half")
    cluster.psql("ALTER TABLE event DETACH PARTITION event_b FINALIZE")
    is_(taken(cluster), "t *", "FINALIZE is said")
    cluster.psql("INSERT INTO event_b1 VALUES (3, 'b')")
    is_(taken(cluster), "", "then it is heard no more")
    is_(cluster.psql("SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('event_b'::regclass, 'event_b1'::regclass)"), "0",
        "nor has it a trigger")
    reader.close()
    owner.close()


def other_sessions_learn(cluster):
    """A session that knows a table's watches learns of what is above it, and of new columns."""
    session = cluster.connect()
    cluster.psql("""CREATE TABLE root (id integer, region text) PARTITION BY LIST (region);
                    CREATE TABLE leaf (region text, id integer);
                    SELECT kv.cache_table('root', 'r:{id}'), kv.cache_table('leaf', 'l:{id}') \\g /dev/null""")
    query(session, "INSERT INTO leaf VALUES ('a', 1)")
    is_(taken(cluster), "i l:1", "a table alone")
    cluster.psql("ALTER TABLE root ATTACH PARTITION leaf FOR VALUES IN ('a')")
    taken(cluster)
    query(session, "INSERT INTO leaf VALUES ('a', 2)")
    is_(taken(cluster), "i l:2, i r:2", "attached by another session")
    query(session, "INSERT INTO root VALUES (3, 'a')")
    is_(taken(cluster), "i l:3, i r:3", "from above")
    cluster.psql("ALTER TABLE root RENAME id TO nr")
    query(session, "INSERT INTO leaf VALUES ('a', 4)")
    is_(taken(cluster), "i l:4, i r:4", "renamed by another session")
    cluster.psql("ALTER TABLE root DETACH PARTITION leaf")
    taken(cluster)
    query(session, "INSERT INTO leaf VALUES ('a', 5)")
    is_(taken(cluster), "i l:5", "and detached")
    session.close()


def under_load(cluster):
    """Watches come and go while sessions write: what was there all the time has heard of every row."""
    cluster.psql("CREATE TABLE busy (id integer PRIMARY KEY, n integer); INSERT INTO busy SELECT i, 0 FROM generate_series(1, 500) AS i;"
                 "SELECT kv.cache_table('busy', 'busy:{id}:{n}') \\g /dev/null")

    def work(client):
        # The rows of each client are its own.
        row = client.random.randrange(100) * 4 + client.number + 1
        client.value("UPDATE busy SET n = n + 1 WHERE id = %s RETURNING n", row)

    clients = start([Client(cluster, work, number) for number in range(4)])
    for round in range(15):
        cluster.psql("SELECT kv.cache_table('busy', 'other:{id}', condition => 'n % 2 = 0') \\g /dev/null")
        cluster.psql("ALTER TABLE busy ADD extra integer DEFAULT 1; ALTER TABLE busy DROP extra")
        cluster.psql("SELECT kv.uncache_table('busy', 'other:{id}') \\g /dev/null")
    is_(finish(clients), [], "writers go on")
    is_(cluster.psql("""SELECT count(*) FROM busy, generate_series(1, n) AS version
                        WHERE NOT EXISTS (SELECT FROM kv.relay_outbox_0
                                          WHERE convert_to(format('busy:%s:%s', id, version), 'UTF8') = ANY (keys))"""), "0",
        "each version of each row is in the outbox")
    ok(int(cluster.psql("SELECT sum(n) FROM busy")) > 100, "there were many")


with Cluster({"max_prepared_transactions": 5}) as cluster:
    cluster.psql("""CREATE EXTENSION pg_kv;
                    INSERT INTO kv.relay_target (name, host, port, database, tls, prefix) VALUES ('default', '127.0.0.1', 6379, 0, false, '');
                    CREATE TABLE item (id integer PRIMARY KEY, name text); CREATE TABLE late (id integer PRIMARY KEY)""")
    setting_up(cluster)
    prepared(cluster)
    detach_concurrently(cluster)
    other_sessions_learn(cluster)
    under_load(cluster)
done()
