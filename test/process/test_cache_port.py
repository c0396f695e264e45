#!/usr/bin/python3
"""The cache for clients of Redis, for many that miss at once, for listeners, on a standby and in a dump."""

import json

from lib import Client, done, eventually, finish, is_, ok, query, start
from resp import CLIENT_ROLE, ROLE, DoorCluster, Resp, RespError

SLOW = "SELECT count(*) FROM slow, generate_series(1, 2000000) AS number"


def row(reply):
    return reply if reply is None else json.loads(reply)


def refusal(client, *words):
    try:
        return client.ask(*words)
    except RespError as error:
        return str(error)


def port(cluster):
    with Resp(cluster.resp_port) as client:
        one = {"id": 1, "value": "one"}
        is_(row(client.ask("PGCACHE.READ", "item", '{"id": 1}')), one, "PGCACHE.READ finds a table as the role's search_path says")
        is_(row(client.ask("pgcache.read", "app.item", '{"id": "1"}', 60)), one, "or as it is qualified")
        is_(cluster.psql("SELECT entries FROM kv.cached_rows"), "1", "it is cached")
        is_(client.ask("PGCACHE.READ", "item", '{"id": 9}'), None, "no row")
        is_([row(reply) for reply in client.ask("PGCACHE.MULTIREAD", "item", '{"id": 2}', '{"id": 9}', '{"id": 1}')],
            [{"id": 2, "value": "two"}, None, one], "PGCACHE.MULTIREAD")
        is_(refusal(client, "PGCACHE.WRITE", "item", '{"id": 1, "value": "uno"}'), "NOPERM permission denied for table item", "PGCACHE.WRITE needs the table's rights")
        cluster.psql(f"GRANT INSERT, UPDATE ON app.item TO {ROLE}")
        is_(row(client.ask("PGCACHE.WRITE", "item", '{"id": 1, "value": "uno"}')), {"id": 1, "value": "uno"}, "PGCACHE.WRITE")
        is_(row(client.ask("PGCACHE.READ", "item", '{"id": 1}')), {"id": 1, "value": "uno"}, "what was written is read")
        is_(client.ask("PGCACHE.INVALIDATE", "item", '{"id": 2}'), 1, "PGCACHE.INVALIDATE removes a row")
        ok(client.ask("PGCACHE.INVALIDATE", "item") > 0, "or a table")
        is_(refusal(client, "PGCACHE.READ", "nothing", '{"id": 1}'), 'ERR relation "nothing" does not exist', "an unknown table")
        is_(refusal(client, "PGCACHE.READ", "item", '{"id": "1; --"}'), 'ERR invalid input syntax for type integer: "1; --"', "a key of a wrong type")
        is_(refusal(client, "PGCACHE.READ", "item", b"\xff"), 'ERR invalid byte sequence for encoding "UTF8": 0xff', "bytes that are no text")
        is_(refusal(client, "PGCACHE.READ", "item", '{"id": 1}', "soon"), "ERR value is not an integer or out of range", "a time that is none")
        client.ask("MULTI")
        is_(refusal(client, "PGCACHE.READ", "item", '{"id": 1}'), "ERR Command not allowed inside a transaction", "not within MULTI")
        is_(client.ask("SET", "key", "value") is not None, True, "the connection goes on")


def roles(cluster):
    """What one role's trigger leaves in the helper's session is not there for another's commands."""
    cluster.psql(f"""
        CREATE ROLE other LOGIN PASSWORD 'secret' IN ROLE {CLIENT_ROLE};
        SELECT kv.grant_write('other');
        CREATE SCHEMA other AUTHORIZATION other;
        SET ROLE other;
        CREATE TABLE other.trap (id integer PRIMARY KEY);
        CREATE FUNCTION other.set_trap() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            CREATE TEMPORARY TABLE item (id integer);
            PERFORM set_config('default_transaction_read_only', 'on', false);
            RETURN NULL;
        END $$;
        CREATE TRIGGER trap AFTER INSERT ON other.trap EXECUTE FUNCTION other.set_trap();
        RESET ROLE;
        ALTER TABLE other.trap OWNER TO postgres;
        SELECT kv.cache_table('other.trap', mode => 'read');
        ALTER TABLE other.trap OWNER TO other""")
    with Resp(cluster.resp_port) as client:
        client.ask("AUTH", "other", "secret")
        is_(row(client.ask("PGCACHE.WRITE", "other.trap", '{"id": 1}')), {"id": 1}, "a trigger runs as the role that writes")
    with Resp(cluster.resp_port) as client:
        is_(row(client.ask("PGCACHE.READ", "item", '{"id": 2}')), {"id": 2, "value": "two"}, "its temporary table is nobody else's")
        is_(row(client.ask("PGCACHE.WRITE", "item", '{"id": 2, "value": "two"}')), {"id": 2, "value": "two"}, "nor are its settings")


def stampede(cluster):
    """Those who miss together run one query."""
    def scans():
        return int(cluster.psql("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'slow'"))

    def miss(client):
        client.value("SET kv.cache_wait = '60s'")
        client.answer = client.value("SELECT kv.cache_query('slow', NULL, %s)", SLOW)
        client.finish.set()

    cluster.psql("SELECT kv.cache_forget_query('slow')")
    before = scans()
    clients = start([Client(cluster, miss, number) for number in range(20)])
    for client in clients:
        client.join()
    is_(finish(clients), [], "twenty sessions miss at once")
    is_([client.answer for client in clients], [{"count": 2000000}] * 20, "and get the result")
    eventually(lambda: scans() > before)
    is_(scans() - before, 1, "of one query")


def events(cluster):
    listener, session = cluster.connect(), cluster.connect()
    query(listener, "LISTEN pg_cache_events")
    query(session, "SET kv.cache_events = on")
    query(session, "SELECT kv.cache_invalidate('app.item')")
    for _ in range(2):
        query(session, "SELECT kv.cache_read('app.item', '{\"id\": 2}')")
    query(session, "UPDATE app.item SET value = 'zwei' WHERE id = 2")
    eventually(lambda: listener.poll() or len(listener.notifies) >= 4)
    found = [json.loads(notice.payload) for notice in listener.notifies]
    key = {"id": 2}
    is_(found, [{"event": "cache_invalidate", "table": "app.item"}, {"event": "cache_miss", "table": "app.item", "key": key},
                {"event": "cache_hit", "table": "app.item", "key": key}, {"event": "cache_invalidate", "table": "app.item", "key": key}],
        "events are told to listeners")
    listener.close()
    session.close()


def standby(cluster):
    with cluster.standby() as standby:
        cluster.caught_up(standby)
        is_(standby.psql("SELECT kv.cache_read('app.item', '{\"id\": 2}')->>'value'"), "zwei", "a standby reads the table")
        is_(standby.psql("SELECT count(*) FROM kv.cached_rows"), "0", "and has nothing cached")
        standby.promote()
        is_(standby.psql("SELECT kv.cache_read('app.item', '{\"id\": 2}')->>'value'"), "zwei", "promoted, it reads")
        is_(standby.psql("SELECT entries FROM kv.cached_rows"), "1", "and caches")


def dump(cluster):
    cluster.psql("SELECT kv.cache_read('app.item', '{\"id\": 2}')")
    text = cluster.run("pg_dump", "--table", "kv.cache_key", "--data-only", "postgres")
    ok("zwei" not in text, "a dump has no cached rows")


with DoorCluster({"wal_level": "replica", "max_wal_senders": 4}) as cluster:
    cluster.psql("CREATE SCHEMA app; CREATE TABLE app.item (id integer PRIMARY KEY, value text); INSERT INTO app.item VALUES (1, 'one'), (2, 'two');"
                 f"GRANT USAGE ON SCHEMA app TO {ROLE}; GRANT SELECT ON app.item TO {ROLE}; ALTER ROLE {ROLE} SET search_path = app, public;"
                 "CREATE TABLE slow (id integer PRIMARY KEY); INSERT INTO slow VALUES (1);"
                 "SELECT kv.cache_table('app.item', mode => 'read'), kv.cache_table('slow', mode => 'read')")
    for part in (port, roles, stampede, events, standby, dump):
        part(cluster)
done()
