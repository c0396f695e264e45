#!/usr/bin/python3
"""Nothing is lost while Redis, the relay or PostgreSQL is away, or Redis takes nothing."""

import os
import signal

from lib import done, eventually, is_, ok
from relay_servers import (Pretender, Redis, destroy_servers, is_delivered, left, relaying_cluster,
                           target)


def gone(client, *keys):
    return eventually(lambda: client.exists(*keys) == 0)


def change(cluster, number):
    cluster.psql(f"UPDATE items SET n = n + 1 WHERE id = {number}")


def relay_pid(cluster):
    return int(cluster.psql("SELECT coalesce(max(pid), 0) FROM kv.workers WHERE kind = 'relay'"))


def outbox_keys(cluster):
    return cluster.psql("SELECT coalesce(sum(keys), 0) FROM kv.relay_backlog()")


def test_redis_killed(cluster, server):
    server.kill()
    cluster.psql("DO $$ BEGIN FOR i IN 1..20 LOOP UPDATE items SET n = n + 1; COMMIT; END LOOP; END $$")
    ok(eventually(lambda: outbox_keys(cluster) == "0"), "while Redis is away the outbox is emptied")
    is_(cluster.psql("SELECT count(*) FROM kv.relay_pending"), "1000",
        "and 20,000 changes of 1,000 keys are 1,000 rows")
    ok(eventually(lambda: target(cluster, "problem <> '' AND state <> 'connected'") == "t"),
       "kv.relay_targets says that it is away")
    cluster.psql("SELECT kv.relay_pause()")
    server.start()
    client = server.client()
    client.mset({f"item:{i}": "old" for i in range(1, 1001)})
    cluster.psql("SELECT kv.relay_resume()")
    ok(eventually(lambda: client.dbsize() == 0, 60), "once it is back it is told all")
    ok(is_delivered(cluster), "and nothing is left")


def test_crash(cluster, client):
    for victim in ("relay", "postmaster"):
        cluster.psql("SELECT kv.relay_pause()")
        change(cluster, 7)
        client.set("item:7", "old")
        if victim == "relay":
            os.kill(relay_pid(cluster), signal.SIGKILL)
            eventually(lambda: alive(cluster))
        else:
            cluster.crash()
            cluster.start()
        cluster.psql("SELECT kv.relay_resume()")
        ok(gone(client, "item:7"), f"a change outlives the {victim}'s death")
    ok(eventually(lambda: relay_pid(cluster) != 0), "the relay runs again")
    os.kill(relay_pid(cluster), signal.SIGTERM)
    client.set("item:8", "old")
    change(cluster, 8)
    ok(gone(client, "item:8"), "and after it was terminated")


def alive(cluster):
    try:
        return cluster.psql("SELECT 1") == "1" and relay_pid(cluster) != 0
    except Exception:
        return False


def test_pretenders(cluster, server):
    errors = {"LOADING Redis is loading": None, "OOM command not allowed": None,
              "READONLY You can't write": None, "NOAUTH Authentication required.": None}
    for error in errors:
        def answer(words, error=error):
            return b"+PONG\r\n" if words[0] in (b"PING", b"CLIENT", b"HELLO") else f"-{error}\r\n".encode()
        stall(cluster, server, Pretender(answer), error.split()[0])
    stall(cluster, server, Pretender(lambda words: None), "silence")
    stall(cluster, server, Pretender(lambda words: b"\x00?!\r\n"), "nonsense")


def stall(cluster, server, pretender, name):
    cluster.psql(f"SELECT kv.alter_target('default', port => {pretender.port})")
    ok(eventually(lambda: pretender.commands > 0), f"{name}: the relay follows to another port")
    change(cluster, 9)
    client = server.client()
    client.set("item:9", "old")
    ok(left(cluster) == 1, f"{name}: the change is kept")
    cluster.psql(f"SELECT kv.alter_target('default', port => {server.port})")
    ok(gone(client, "item:9"), f"{name}: and sent to one that takes it")
    ok(is_delivered(cluster), f"{name}: nothing is left")
    is_(cluster.psql("SELECT count(*) FROM kv.relay_dead_letters"), "0", f"{name}: nothing is given up")


def test_password(cluster, server):
    client = server.client()
    client.config_set("requirepass", "s3cret-word")
    client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    change(cluster, 10)
    client.set("item:10", "old")
    cluster.psql("SELECT kv.alter_target('default', password => 'wr0ng-word')")
    ok(eventually(lambda: "WRONGPASS" in target(cluster, "problem")), "a wrong password is told")
    ok(left(cluster) == 1, "the change is kept")
    cluster.psql("SELECT kv.alter_target('default', password => 's3cret-word')")
    ok(gone(client, "item:10"), "once it is right, the change is sent")
    ok("0ng-word" not in cluster.log() and "cret-word" not in cluster.log(), "the log tells neither")
    cluster.psql("SELECT kv.alter_target('default', password => '')")
    client.config_set("requirepass", "")


def test_dead_letters(cluster, server):
    """One key is refused: the relay's user may not touch it."""
    refuses = [True]

    def answer(words):
        if words[0] == b"PUBLISH" and refuses[0] and b"bad" in words[2]:
            return b"-ERR not this one\r\n"
        return b":1\r\n" if words[0] in (b"PUBLISH", b"UNLINK") else b"+OK\r\n"

    pretender = Pretender(answer)
    cluster.psql(f"""SELECT kv.add_target('picky', port => {pretender.port});
                     CREATE TABLE letters (id text PRIMARY KEY);
                     SELECT kv.cache_table('letters', 'letter:{{id}}', mode => 'publish', target => 'picky',
                                           channel => 'letters');
                     INSERT INTO letters VALUES ('good'), ('bad')""")
    dead = "SELECT convert_from(key, 'UTF8'), reason, tries FROM kv.relay_dead_letters"
    ok(eventually(lambda: cluster.psql(dead) != ""), "what is refused again and again is given up")
    is_(cluster.psql(dead), "letter:bad|ERR not this one|3", "and kept with the reason")
    ok(is_delivered(cluster), "the others are sent")
    refuses[0] = False
    is_(cluster.psql("SELECT kv.relay_requeue()"), "1", "dead letters can be sent again")
    ok(eventually(lambda: left(cluster) == 0 and cluster.psql(dead) == ""), "and are")


def test_one_away(cluster, server):
    """One target that never answers does not keep another from being told."""
    silent = Pretender(lambda words: None if words[0] == b"UNLINK" else b"+OK\r\n")
    cluster.psql(f"""SELECT kv.alter_target('picky', port => {silent.port});
                     SELECT kv.cache_table('letters', 'silent:{{id}}', target => 'picky')""")
    client = server.client()
    for i in range(20):
        client.set("item:11", "old")
        cluster.psql(f"INSERT INTO letters VALUES ('{i}')")
        change(cluster, 11)
        if not gone(client, "item:11"):
            break
    ok(client.exists("item:11") == 0, "a target that answers is told while another is silent")


def test_owners_code(cluster, server):
    """Reading a row for refresh may run any code of its table's owner."""
    cluster.psql("""CREATE FUNCTION hinders(id integer) RETURNS boolean STABLE LANGUAGE plpgsql AS $$
                    BEGIN
                        IF id = 3 OR NOT EXISTS (SELECT FROM pg_stat_activity
                                                  WHERE pid = pg_backend_pid() AND backend_type = 'pg_kv relay') THEN
                            RETURN true;
                        ELSIF id = 1 THEN
                            RAISE EXCEPTION USING ERRCODE = 'query_canceled', MESSAGE = 'as if cancelled';
                        END IF;
                        PERFORM pg_sleep(3600);
                        RETURN true;
                    END $$;
                    CREATE TABLE hindering (id integer PRIMARY KEY);
                    SELECT kv.cache_table('hindering', 'hindering:{id}', mode => 'refresh', condition => 'hinders(id)');
                    INSERT INTO hindering VALUES (1), (2), (3)""")
    client = server.client()
    client.set("item:12", "old")
    change(cluster, 12)
    ok(gone(client, "item:12"), "others are told while an owner's code hinders the relay")
    ok(eventually(lambda: client.exists("hindering:3") == 1), "and so are other rows of the table")
    dead = "SELECT convert_from(key, 'UTF8'), reason FROM kv.relay_dead_letters WHERE key::text LIKE '%68696e646572%' ORDER BY 1"
    ok(eventually(lambda: cluster.psql(dead).count("\n") == 1, 60), "what is refused again and again is given up")
    is_(cluster.psql(dead), "hindering:1|as if cancelled\nhindering:2|reading the row took too long",
        "with what went wrong")
    cluster.psql("SELECT kv.uncache_table('hindering')")


try:
    server = Redis()
    with relaying_cluster({"kv.relay_max_tries": 3}) as cluster:
        cluster.psql(f"""SELECT kv.add_target('default', port => {server.port});
                         CREATE TABLE items (id integer PRIMARY KEY, n integer);
                         SELECT kv.cache_table('items', 'item:{{id}}');
                         INSERT INTO items SELECT i, 0 FROM generate_series(1, 1000) AS i""")
        is_delivered(cluster)
        test_redis_killed(cluster, server)
        test_crash(cluster, server.client())
        test_pretenders(cluster, server)
        test_password(cluster, server)
        test_dead_letters(cluster, server)
        test_owners_code(cluster, server)
        test_one_away(cluster, server)
finally:
    destroy_servers()
done()
