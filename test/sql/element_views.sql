-- The views of collections: a row for each element, of the databases that the role may read.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(10);

SELECT kv.flushall() \g /dev/null

SELECT kv.hset('h', 'f', '1', 'g', '2'), kv.rpush('l', 'a', 'b', 'a'), kv.sadd('s', 'x'), kv.zadd('z', ARRAY[2, 1], ARRAY['b', 'a']),
       kv.set('string', 'v'), kv.hset('h'::bytea, '\xff'::bytea, '\x00'::bytea), kv.sadd('s', ARRAY['y'], db => 5) \g /dev/null

SELECT bag_eq('SELECT db, key, field, value FROM kv.hashes',
    $$ VALUES (0, 'h', 'f', '1'), (0, 'h', 'g', '2'), (0, 'h', '\xff', '\x00') $$, 'kv.hashes');
SELECT bag_eq('SELECT field_bytes, value_bytes FROM kv.hashes WHERE key = ''h'' AND field = ''\xff''', $$ VALUES ('\xff'::bytea, '\x00'::bytea) $$, 'in bytes');
SELECT results_eq('SELECT key, "position", value FROM kv.lists ORDER BY "position"', $$ VALUES ('l', 0::bigint, 'a'), ('l', 1, 'b'), ('l', 2, 'a') $$, 'kv.lists');
SELECT bag_eq('SELECT db, key, member FROM kv.sets', $$ VALUES (0, 's', 'x'), (5, 's', 'y') $$, 'kv.sets');
SELECT results_eq('SELECT key, member, score, rank FROM kv.sorted_sets ORDER BY rank', $$ VALUES ('z', 'a', 1::float8, 0::bigint), ('z', 'b', 2, 1) $$, 'kv.sorted_sets');
SELECT bag_eq('SELECT db, key, type, size FROM kv.keys',
    $$ VALUES (0, 'h', 'hash', 3::bigint), (0, 'l', 'list', 3), (0, 's', 'set', 1), (0, 'z', 'zset', 2), (0, 'string', 'string', 1), (5, 's', 'set', 1) $$,
    'kv.keys tells how many elements there are');
SELECT kv.sadd(repeat('long', 1000), 'member') \g /dev/null
SELECT is((SELECT member FROM kv.sets WHERE key = repeat('long', 1000)), 'member', 'a key longer than an index entry may be');
SELECT kv.pexpireat('z', 1) \g /dev/null
SELECT is_empty('SELECT * FROM kv.sorted_sets', 'not of expired keys');

-- rights
CREATE ROLE views_reader;
SELECT kv.grant_read('views_reader', 5) \g /dev/null
SET LOCAL ROLE views_reader;
SELECT bag_eq('SELECT db, key, member FROM kv.sets', $$ VALUES (5, 's', 'y') $$, 'a role sees the databases that it may read');
SELECT is_empty('SELECT * FROM kv.hashes', 'and no other');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
