#!/usr/bin/python3
"""Hundreds of thousands of calls, also failing ones, leave a session as large as it was."""

import os

from lib import Cluster, diag, done, failure, is_, ok, value

CALLS = 200_000
ERRORS = 20_000


def bound(calls):
    """More than this is a leak: PostgreSQL itself takes some bytes for each write of a transaction."""
    return 1_500_000 + 10 * calls


# What is called again and again; i is the number of the call.
COMMANDS = {
    "SET": "kv.set('key:' || i % 100, 'value ' || i, ex => 1000)",
    "SET with GET": "kv.set('key:' || i % 100, i, get => true, keepttl => true)",
    "SET of a large value": "kv.set('large:' || i % 10, repeat('x', 5000))",
    "SET of a long key": "kv.set(repeat('k', 3000) || i % 10, 'x')",
    "GET": "kv.get('key:' || i % 120)",
    "GET of a large value": "kv.get('large:' || i % 10)",
    "INCR": "kv.incr('count')",
    "SET NX and DEL": "kv.set('lock:' || i, i, nx => true, px => 10000) || kv.del('lock:' || i)",
    "MSET": "kv.mset('a', i, 'b', i, 'c', 'x')",
    "RENAME": "kv.set('from:' || i, 'x') || kv.rename('from:' || i, 'to:' || i)",
    "EXPIRE": "kv.expire('key:' || i % 100, 2000)",
    "CALL": "kv.call('GET', 'count')",
}
OFTEN = "SET", "GET", "INCR"
ERRORS_OF = {
    "a command's error": "kv.incr('text')",
    "a missing key": "kv.rename('none', 'some')",
    "PostgreSQL's error": "kv.get('key', db => 99)",
    "a null": "kv.get(NULL::text)",
    "an error in a write": "kv.set('key', 'x', ex => -1)",
    "bytes that are no text": "kv.get('bytes')",
    "a wrong name of a command": "kv.call('NONSENSE', 'x')",
    "a wrong number in a command": "kv.call('SETRANGE', 'text', '-1', 'x')",
    "a value that grows too large": "kv.setrange('text', 600000000, 'x')",
}


class Size:
    """What a session takes: of PostgreSQL's memory contexts, of memory in all, and open files."""

    def __init__(self, session):
        pid = session.get_backend_pid()
        self.contexts = int(value(session, "SELECT used()"))
        with open(f"/proc/{pid}/status") as file:
            status = dict(line.split(":", 1) for line in file)
        self.anonymous = int(status["RssAnon"].split()[0]) * 1024
        files = [os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")]
        # PostgreSQL keeps files open for later; once each.
        self.files = len(files) - len(set(files))


def compare(before, after, bound, name):
    for what in "contexts", "anonymous":
        growth = getattr(after, what) - getattr(before, what)
        if not ok(growth < bound, f"{name}: memory ({what}) does not grow"):
            diag(f"by {growth}")
    is_(after.files, before.files, f"{name}: no file is open once more")


def steady(sizes, bound, name):
    """Within a statement or a transaction, too."""
    if not ok(max(sizes) - min(sizes) < bound, f"{name}: memory does not grow meanwhile"):
        diag(sizes)


def in_one_statement(session, name, command, calls):
    def statement(count):
        return value(session, f"""
            SELECT array_agg(used()) FILTER (WHERE i % {calls // 4} = 0), count(result)
            FROM (SELECT i, {command} AS result FROM generate_series(1, {count}) AS i OFFSET 0) AS called""")

    statement(calls)
    before = Size(session)
    steady(statement(calls), bound(calls), f"{name} in one statement")
    compare(before, Size(session), bound(calls), f"{name} in one statement")


def in_one_transaction(session, name, command, calls):
    def block(count):
        value(session, f"""DO $$ BEGIN
            DELETE FROM sizes;
            FOR i IN 1 .. {count} LOOP
                PERFORM {command};
                IF i % {calls // 4} = 0 THEN INSERT INTO sizes SELECT used(); END IF;
            END LOOP; END $$""")

    block(calls)
    before = Size(session)
    block(calls)
    steady(value(session, "SELECT array_agg(bytes) FROM sizes"), bound(calls), f"{name} in one transaction")
    compare(before, Size(session), bound(calls), f"{name} in one transaction")


def caught(session, name, command):
    def block(count):
        value(session, f"""DO $$ DECLARE missed integer := 0; BEGIN
            DELETE FROM sizes;
            FOR i IN 1 .. {count} LOOP
                BEGIN
                    PERFORM {command};
                    missed := missed + 1;
                EXCEPTION WHEN OTHERS THEN NULL; END;
                IF i % {ERRORS // 4} = 0 THEN INSERT INTO sizes SELECT used(); END IF;
            END LOOP;
            INSERT INTO misses VALUES (missed); END $$""")

    block(ERRORS)
    before = Size(session)
    block(ERRORS)
    steady(value(session, "SELECT array_agg(bytes) FROM sizes"), 450_000, f"{name}, caught")
    compare(before, Size(session), 450_000, f"{name}, caught")


# Functions that use the tables through cursors, subtransactions and utility statements of their own.
NESTED = {
    "a loop over a query": "FOR r IN SELECT kv.get('key') FROM generate_series(1, 3) LOOP NULL; END LOOP",
    "a loop that writes": "FOR r IN SELECT kv.incr('n') FROM generate_series(1, 300) LOOP PERFORM kv.set('b', '2'); END LOOP",
    "a loop with a utility statement": "FOR r IN SELECT kv.get('key') FROM generate_series(1, 3) LOOP "
                                       "EXECUTE 'SET LOCAL work_mem = 1000'; END LOOP",
    "a loop that is left": "FOR r IN SELECT kv.get('key') FROM generate_series(1, 300) LOOP EXIT; END LOOP",
    "a cursor": "OPEN c FOR SELECT kv.get('key') FROM generate_series(1, 30); FETCH c INTO t; PERFORM kv.set('b', '1'); "
                "FETCH c INTO t; CLOSE c; PERFORM kv.get('key')",
    "a subtransaction": "BEGIN PERFORM kv.set('b', '3'); EXCEPTION WHEN division_by_zero THEN NULL; END",
    "a subtransaction with a utility statement": "BEGIN PERFORM kv.set('b', '3'); EXECUTE 'SET LOCAL work_mem = 1000'; "
                                                 "EXCEPTION WHEN division_by_zero THEN NULL; END",
    "a subtransaction rolled back": "BEGIN PERFORM kv.set('b', '4'); PERFORM 1 / 0; "
                                    "EXCEPTION WHEN division_by_zero THEN PERFORM kv.get('b'); END",
    "a subtransaction rolled back after a utility statement":
        "BEGIN PERFORM kv.set('b', '4'); EXECUTE 'SET LOCAL work_mem = 1000'; PERFORM 1 / 0; "
        "EXCEPTION WHEN division_by_zero THEN PERFORM kv.get('b'); END",
}


def nested(cluster):
    """What a statement keeps open is closed whatever goes on within it."""
    session = cluster.connect()
    for name, body in NESTED.items():
        value(session, f"CREATE OR REPLACE FUNCTION body() RETURNS text LANGUAGE plpgsql AS "
                       f"$$ DECLARE r record; c refcursor; t text; BEGIN {body}; RETURN kv.get('key'); END $$")
        for sql in ("SELECT body()", "SELECT kv.get('key'), body(), kv.get('key') FROM generate_series(1, 3)",
                    "SELECT kv.set('b', '5'), body(), kv.set('b', '6') FROM generate_series(1, 3)",
                    "DO $$ BEGIN PERFORM body(); PERFORM body(), kv.get('key'); END $$"):
            session.notices.clear()
            error = failure(session, sql)
            is_((error and str(error), [notice for notice in session.notices if "WARNING" in notice]), (None, []),
                f"{name}: {sql}")
    session.close()


def in_transactions(session):
    """A transaction each, with an error in every fourth."""
    def run():
        for i in range(2500):
            value(session, "SELECT kv.set(%s, 'x')", f"key:{i % 100}")
            value(session, "SELECT kv.incr('count')")
            value(session, "SELECT kv.get('count')")
            try:
                value(session, "SELECT kv.incr('text')")
            except Exception:
                pass

    run()
    before = Size(session)
    run()
    compare(before, Size(session), 200_000, "10,000 transactions")


with Cluster({"shared_preload_libraries": "pg_kv", "fsync": "off", "synchronous_commit": "off", "autovacuum": "off",
              "log_min_messages": "fatal", "max_wal_size": "4GB"}) as cluster:
    session = cluster.connect()
    cluster.psql("""CREATE EXTENSION pg_kv;
        CREATE FUNCTION used() RETURNS bigint LANGUAGE sql VOLATILE
        -- A row that a transaction writes again costs PostgreSQL a "combo" command id.
        AS $$SELECT sum(total_bytes)::bigint FROM pg_get_backend_memory_contexts() WHERE name <> 'Combo CIDs'$$;
        CREATE UNLOGGED TABLE sizes (bytes bigint); CREATE UNLOGGED TABLE misses (missed integer);
        SELECT kv.set('text', 'no number'), kv.set('bytes'::bytea, '\\xff'::bytea)""")
    for name, command in COMMANDS.items():
        calls = CALLS if name in OFTEN else CALLS // 8
        in_one_statement(session, name, command, calls)
        in_one_transaction(session, name, command, calls)
        value(session, "VACUUM kv.durable_key")
    for name, command in ERRORS_OF.items():
        caught(session, name, command)
    is_(value(session, "SELECT max(missed) FROM misses"), 0, "every call that was to fail has failed")
    in_transactions(session)
    nested(cluster)
    session.close()
done()
