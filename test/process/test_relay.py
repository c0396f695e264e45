#!/usr/bin/python3
"""What the relay sends to Redis: each mode and format, to one target and to several."""

import json
import select
import time

from lib import done, eventually, is_, ok, query
from relay_servers import Redis, destroy_servers, is_delivered, left, relaying_cluster, target


def gone(client, *keys):
    return eventually(lambda: client.exists(*keys) == 0)


def test_invalidate(cluster, client):
    cluster.psql("""
        CREATE TABLE users (id integer PRIMARY KEY, name text, born date);
        SELECT kv.cache_table('users', 'user:{id}');
        INSERT INTO users SELECT i, 'name ' || i FROM generate_series(1, 1000) AS i""")
    ok(is_delivered(cluster), "what was inserted is told")
    client.mset({f"user:{i}": "old" for i in range(1, 1001)} | {"other": "kept"})
    cluster.psql("UPDATE users SET name = 'new' WHERE id = 1")
    ok(gone(client, "user:1"), "a change removes the key")
    is_(client.dbsize(), 1000, "and no other")
    cluster.psql("BEGIN; UPDATE users SET name = 'newer' WHERE id = 2; ROLLBACK")
    cluster.psql("UPDATE users SET name = name || '!' WHERE id > 500")
    ok(gone(client, *[f"user:{i}" for i in range(501, 1001)]), "so does each of many")
    is_(client.exists("user:2"), 1, "what is rolled back is not told")
    cluster.psql("TRUNCATE users")
    ok(eventually(lambda: client.dbsize() == 1), "TRUNCATE removes what the template can name")
    ok(client.get("other") == b"kept", "and nothing else")
    ok(is_delivered(cluster), "nothing is left")
    is_(cluster.psql("SELECT count(*) FROM kv.relay_outbox_0") +
        cluster.psql("SELECT count(*) FROM kv.relay_outbox_1"), "00", "the outbox is empty")
    ok(target(cluster, "sent >= 1500 AND dead = 0 AND latency_p50 > '0' AND state = 'connected'")
       == "t", "kv.relay_targets tells of it")


def test_binary_keys(cluster, client):
    cluster.psql("""CREATE TABLE words (word text PRIMARY KEY, n integer);
                    SELECT kv.cache_table('words', 'word:{word}:ü');
                    INSERT INTO words VALUES (E'a\\nb "c"', 1), ('', 2)""")
    ok(is_delivered(cluster), "keys of any characters are told")
    client.mset({'word:a\nb "c":ü': "1", "word::ü": "2"})
    cluster.psql("UPDATE words SET n = 3")
    ok(gone(client, 'word:a\nb "c":ü', "word::ü"), "and removed")


def test_prepared(cluster, client):
    client.set("word::ü", "2")
    cluster.psql("BEGIN; UPDATE words SET n = 4 WHERE word = ''; PREPARE TRANSACTION 'later'")
    time.sleep(1.2)  # a look at least
    is_(client.exists("word::ü"), 1, "a prepared transaction is not told")
    cluster.psql("COMMIT PREPARED 'later'")
    ok(gone(client, "word::ü"), "until it is committed")


def test_lease(cluster, client):
    cluster.psql("""CREATE TABLE leased (id integer PRIMARY KEY, n integer);
                    SELECT kv.cache_table('leased', 'leased:{id}', lease => '10 minutes');
                    INSERT INTO leased VALUES (1, 1)""")
    is_delivered(cluster)
    script, early = cluster.psql("SELECT kv.fill_script()"), cluster.psql("SELECT kv.fill_version()")
    cluster.psql("UPDATE leased SET n = 2")
    is_delivered(cluster)
    version = client.get("leased:1:version")
    ok(version and version.decode() > early, "a lease leaves the version beside the key")
    ok(0 < client.pttl("leased:1:version") <= 600_000, "as long as it was told")
    fill = client.register_script(script)
    is_(fill(["leased:1", "leased:1:version"], ["old row", early, 0]), 0,
        "who read before the change comes too late")
    is_(client.exists("leased:1"), 0, "and leaves nothing")
    late = cluster.psql("SELECT kv.fill_version()")
    is_(fill(["leased:1", "leased:1:version"], ["new row", late, 0]), 1, "who reads after may fill")


def test_refresh(cluster, client):
    cluster.psql("""
        CREATE TABLE "Odd Items" (id integer PRIMARY KEY, "The Name" text, gone integer, at timestamptz,
                                  hidden boolean NOT NULL DEFAULT false);
        ALTER TABLE "Odd Items" DROP COLUMN gone;
        SELECT kv.cache_table('"Odd Items"', 'item:{id}', mode => 'refresh', ttl => '1 hour',
                              condition => 'NOT hidden');
        SELECT kv.cache_table('"Odd Items"', 'item:{id}:hash', mode => 'refresh', format => 'hash',
                              lease => '0');
        INSERT INTO "Odd Items" VALUES (1, 'one', '2020-01-01 00:00+00'), (2, NULL, NULL)""")
    is_delivered(cluster)
    is_(json.loads(client.get("item:1") or "null"),
        {"id": 1, "The Name": "one", "at": "2020-01-01T00:00:00+00:00", "hidden": False},
        "refresh stores the row")
    ok(0 < client.pttl("item:1") <= 3_600_000, "for its time to live")
    ok(client.exists("item:1:version"), "with its version")
    is_(client.hgetall("item:2:hash"), {b"id": b"2", b"hidden": b"f"}, "as a hash, without what is NULL")
    is_(client.exists("item:2:hash:version"), 0, "without its version, if so told")
    cluster.psql('UPDATE "Odd Items" SET "The Name" = \'two\' WHERE id = 2')
    is_delivered(cluster)
    is_(client.hget("item:2:hash", "The Name"), b"two", "the hash follows")
    cluster.psql('UPDATE "Odd Items" SET hidden = true WHERE id = 1')
    ok(gone(client, "item:1"), "a row that no longer meets the condition goes")
    cluster.psql('DELETE FROM "Odd Items"')
    ok(gone(client, "item:2", "item:1:hash", "item:2:hash"), "so does one that is deleted")


def test_refresh_of_locked_table(cluster, client):
    cluster.psql("""CREATE TABLE locked (id integer PRIMARY KEY, n integer);
                    SELECT kv.cache_table('locked', 'locked:{id}', mode => 'refresh');
                    INSERT INTO locked VALUES (1, 1); INSERT INTO users VALUES (1, 'x')""")
    is_delivered(cluster)
    client.set("user:1", "old")
    cluster.psql("SELECT kv.relay_pause(); UPDATE locked SET n = 2")
    connection = cluster.connect(autocommit=False)
    query(connection, "LOCK TABLE locked IN ACCESS EXCLUSIVE MODE")
    cluster.psql("SELECT kv.relay_resume()")
    ok(gone(client, "locked:1"), "of a table that is locked the old row is removed")
    cluster.psql("UPDATE users SET name = 'y'")
    ok(gone(client, "user:1"), "the relay does not wait for it")
    connection.close()
    ok(eventually(lambda: b'"n":2' in (client.get("locked:1") or b"")), "and sends it later")


def test_publish(cluster, client):
    listener = client.pubsub()
    listener.psubscribe("*")
    eventually(lambda: listener.get_message())
    cluster.psql("""CREATE TABLE news (id integer PRIMARY KEY, area text);
                    SELECT kv.cache_table('news', 'news:{id}:{area}', mode => 'invalidate,publish',
                                          channel => 'news.{area}');
                    INSERT INTO news VALUES (1, 'home'); DELETE FROM news;
                    TRUNCATE news""")
    messages = []
    def collect():
        message = listener.get_message()
        if message and message["type"] == "pmessage":
            messages.append((message["channel"], json.loads(message["data"])))
        return len(messages) >= 3
    eventually(collect, pause=0.01)
    is_([(channel, m["operation"], m.get("key") or m.get("pattern")) for channel, m in messages],
        [(b"news.home", "insert", "news:1:home"), (b"news.home", "delete", "news:1:home"),
         (b"news.*", "truncate", "news:*:*")], "publish sends a message for each change, in order")
    versions = [m["version"] for _, m in messages]
    ok(versions == sorted(versions) and len(versions[0]) == 24, "with versions that grow")
    is_({m["table"] for _, m in messages}, {"public.news"}, "and the table")


def test_listeners(cluster):
    connection = cluster.connect()
    query(connection, "LISTEN kv_invalidation")
    cluster.psql("INSERT INTO users SELECT i, 'x' FROM generate_series(10001, 13000) AS i")
    keys, longest = set(), 0
    def collect():
        nonlocal longest
        if select.select([connection], [], [], 0)[0]:
            connection.poll()
        while connection.notifies:
            payload = connection.notifies.pop(0).payload
            longest = max(longest, len(payload))
            message = json.loads(payload)
            if (message["table"], message["operation"]) == ("public.users", "insert"):
                keys.update(message["keys"])
        return len(keys) >= 3000
    ok(eventually(collect, pause=0.01), "LISTENers hear of every key")
    ok(1000 < longest < 8000, "several at a time, split under the limit")
    connection.close()


def test_targets(cluster, second):
    other = second.client(db=3, password="secret", username="relay")
    cluster.psql(f"""
        SELECT kv.add_target('second', host => 'localhost', port => {second.port}, database => 3,
                             username => 'relay', password => 'secret', prefix => 'app:*:');
        CREATE TABLE both_ways (id integer PRIMARY KEY);
        SELECT kv.cache_table('both_ways', 'a:{{id}}'), kv.cache_table('both_ways', 'b:{{id}}', target => 'second')""")
    other.mset({"app:*:b:1": "x", "app:*:b:2": "x", "app:?:b:3": "x", "b:1": "x"})
    cluster.psql("INSERT INTO both_ways VALUES (1)")
    ok(gone(other, "app:*:b:1"), "another target has its user, password, database and prefix")
    cluster.psql("TRUNCATE both_ways")
    ok(gone(other, "app:*:b:2"), "patterns have the prefix")
    is_(other.dbsize(), 2, "and take it literally")
    ok("secret" not in cluster.psql("SELECT * FROM kv.relay_targets"), "no view tells the password")
    ok("secret" not in cluster.log(), "nor does the log")
    is_(target(cluster, "has_password", "second"), "t", "but that there is one")
    error = None
    try:
        cluster.psql("SELECT kv.drop_target('second')")
    except Exception as failed:
        error = str(failed)
    ok(error and "is in use" in error, "a target in use is not dropped")
    cluster.psql("SELECT kv.relay_pause('second'); INSERT INTO both_ways VALUES (5)")
    ok(eventually(lambda: left(cluster) == 1), "what is dropped with its table")
    cluster.psql("SELECT kv.uncache_table('both_ways'); SELECT kv.drop_target('second')")
    ok(eventually(lambda: cluster.psql("SELECT count(*) FROM kv.relay_pending") == "0"),
       "leaves nothing behind")


try:
    first = Redis()
    second = Redis()
    second.client().execute_command("ACL", "SETUSER", "relay", "on", ">secret", "~*", "&*", "+@all")
    with relaying_cluster({"max_prepared_transactions": 5, "kv.relay_notify": "on"}) as cluster:
        client = first.client()
        cluster.psql(f"SELECT kv.add_target('default', port => {first.port})")
        test_invalidate(cluster, client)
        test_binary_keys(cluster, client)
        test_prepared(cluster, client)
        test_lease(cluster, client)
        test_refresh(cluster, client)
        test_refresh_of_locked_table(cluster, client)
        test_publish(cluster, client)
        test_listeners(cluster)
        test_targets(cluster, second)
finally:
    destroy_servers()
done()
