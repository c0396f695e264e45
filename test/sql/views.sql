-- The views for people and joins: kv.keys, kv.strings, kv.databases, kv.stats, kv.info.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;
-- What expires is counted in a small table, and guessed from a sample in a large one.
VACUUM FULL kv.durable_key;

BEGIN;
SELECT plan(36);

SELECT kv.flushall() \g /dev/null
SELECT kv.set('a', 'short'), kv.set('b', repeat('x', 3000), ex => 1000), kv.set('gone', 'x', px => 1), kv.set('a', 'five', db => 5) \g /dev/null
SELECT kv.set('c', 'in a cache', db => 6) FROM kv.set_storage(6, 'cache') \g /dev/null
SELECT pg_sleep(0.01) \g /dev/null

SELECT bag_eq('SELECT db, key, type, size FROM kv.keys', $$ VALUES (0, 'a', 'string', 5::bigint), (0, 'b', 'string', 3000), (5, 'a', 'string', 4), (6, 'c', 'string', 10) $$,
    'kv.keys has the living keys of all databases, of cache databases, too');
SELECT is((SELECT ttl FROM kv.keys WHERE key = 'a' AND db = 0), NULL, 'no ttl without an expiry');
SELECT is((SELECT expires_at FROM kv.keys WHERE key = 'a' AND db = 0), NULL, 'nor a time');
SELECT ok((SELECT ttl BETWEEN '900 seconds' AND '1000 seconds' FROM kv.keys WHERE key = 'b'), 'ttl is an interval');
SELECT is((SELECT extract(epoch FROM expires_at) * 1000 FROM kv.keys WHERE key = 'b'), kv.pexpiretime('b')::numeric, 'expires_at is a timestamp to the millisecond');
SELECT ok((SELECT written_at BETWEEN clock_timestamp() - interval '1 minute' AND clock_timestamp() FROM kv.keys WHERE key = 'b'), 'written_at');
SELECT is((SELECT key_bytes FROM kv.keys WHERE key = 'b'), 'b'::bytea, 'key_bytes');
SELECT bag_eq('SELECT db, key, value FROM kv.strings WHERE key <> ''b''', $$ VALUES (0, 'a', 'short'), (5, 'a', 'five'), (6, 'c', 'in a cache') $$, 'kv.strings has the values');
SELECT is((SELECT value_bytes FROM kv.strings WHERE key = 'b'), convert_to(repeat('x', 3000), 'UTF8'), 'value_bytes');

-- joins
CREATE TEMPORARY TABLE person (id integer, name text);
INSERT INTO person VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cid');
SELECT kv.mset('login:1', 'yes', 'login:3', 'no') \g /dev/null
SELECT bag_eq($$ SELECT name, value FROM person LEFT JOIN kv.strings ON key = 'login:' || id AND db = 0 $$,
    $$ VALUES ('Ann', 'yes'), ('Bob', NULL), ('Cid', 'no') $$, 'a join with the view');
SELECT bag_eq($$ SELECT name, kv.get('login:' || id) FROM person $$, $$ VALUES ('Ann', 'yes'), ('Bob', NULL), ('Cid', 'no') $$, 'a function in the select list');
SELECT bag_eq($$ SELECT name, value FROM person, kv.mget('login:' || id) $$, $$ VALUES ('Ann', 'yes'), ('Bob', NULL), ('Cid', 'no') $$, 'a lateral join with kv.mget');
SELECT bag_eq($$ SELECT name FROM person JOIN kv.keys('login:*') AS key ON key = 'login:' || id $$, ARRAY['Ann', 'Cid'], 'a join with kv.keys()');

-- databases
SELECT is((SELECT count(*) FROM kv.databases), 16::bigint, 'sixteen databases');
SELECT is((SELECT keys FROM kv.databases WHERE db = 0), 5::bigint, 'keys counts, expired but not removed ones, too');
SELECT is((SELECT keys FROM kv.databases WHERE db = 6), 1::bigint, 'in a cache, too');
SELECT bag_eq('SELECT db FROM kv.databases WHERE storage = ''cache''', ARRAY[6], 'storage');
SELECT kv.name_database(5, 'fifth') \g /dev/null
SELECT bag_eq('SELECT db, name::text FROM kv.databases WHERE name IS NOT NULL', $$ VALUES (5, 'fifth') $$, 'name');
SELECT ok(bool_and(can_read AND can_write), 'the owner may read and write all') FROM kv.databases;
SELECT is(kv.database_size(5), 1::bigint, 'kv.database_size');
SELECT throws_ok('SELECT kv.database_size(16)', '22023', 'DB index is out of range', 'of a database that there is not');

-- Views see the statement's snapshot, functions the moment.
SELECT results_eq($$ SELECT (SELECT kv.set('now', 'x')), (SELECT count(*) FROM kv.strings WHERE key = 'now'), kv.get('now') $$,
    $$ VALUES ('OK', 0::bigint, 'x') $$, 'a view does not see what its own statement writes');
SELECT is((SELECT count(*) FROM kv.strings WHERE key = 'now'), 1::bigint, 'the next statement does');

-- counts
SELECT commands AS commands, hits AS hits, misses AS misses FROM kv.stats WHERE db = 9 \gset before_
SELECT kv.set('s', '1', db => 9), kv.get('s', db => 9), kv.get('missing', db => 9) \g /dev/null
SELECT ok(commands >= :before_commands + 3, 'kv.stats counts commands') FROM kv.stats WHERE db = 9;
SELECT ok(hits >= :before_hits + 1, 'hits') FROM kv.stats WHERE db = 9;
SELECT ok(misses >= :before_misses + 1, 'misses') FROM kv.stats WHERE db = 9;
SELECT is(keys, 1::bigint, 'and shows keys') FROM kv.stats WHERE db = 9;
SELECT is((SELECT value FROM kv.info('keyspace') WHERE name = 'db9'), 'keys=1,expires=0,avg_ttl=0', 'kv.info by section');
SELECT kv.set('t', '1', ttl => '100 seconds', db => 9) \g /dev/null
SELECT matches((SELECT value FROM kv.info('keyspace') WHERE name = 'db9'), '^keys=2,expires=1,avg_ttl=(9\d{4}|100000)$', 'and tells what expires');
SELECT results_eq($$ SELECT name FROM kv.info('replication') WHERE name IN ('role', 'connected_slaves', 'master_repl_offset') $$,
    ARRAY['role', 'connected_slaves', 'master_repl_offset'], 'replication');
SELECT ok((SELECT value::bigint > 0 FROM kv.info('replication') WHERE name = 'master_repl_offset'), 'with the position in the log');
SELECT is((SELECT count(*) FROM kv.info('KEYSPACE')), 4::bigint, 'in capitals');
SELECT is((SELECT value FROM kv.info('server') WHERE name = 'redis_version'), '7.2.4', 'redis_version');
SELECT is((SELECT value FROM kv.info() WHERE name = 'pg_kv_version'), (SELECT extversion FROM pg_extension WHERE extname = 'pg_kv'), 'pg_kv_version');
SELECT ok((SELECT value LIKE 'calls=%' FROM kv.info('commandstats') WHERE name = 'cmdstat_get'), 'commandstats');
SELECT is_empty($$ SELECT * FROM kv.info('nothing') $$, 'an unknown section is empty');

SELECT * FROM finish();
ROLLBACK;
