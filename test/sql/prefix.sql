-- The setting kv.prefix: keys in the tables begin with it, keys in the session do not.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(31);

SELECT kv.flushall() \g /dev/null
SELECT kv.mset('a', 'plain', 'x:b', 'plain') \g /dev/null
SET LOCAL kv.prefix = 'x:';
SELECT is(kv.get('a'), NULL, 'keys without the prefix are not seen');
SELECT is(kv.get('b'), 'plain', 'keys with it are, without it');
SELECT kv.set('a', 'prefixed') \g /dev/null
SELECT bag_eq($$ SELECT kv.keys('*') $$, ARRAY['a', 'b'], 'keys');
SELECT is_empty($$ SELECT kv.keys('x:*') $$, 'the pattern is matched behind the prefix');
SELECT bag_eq($$ SELECT unnest(keys) FROM kv.scan(0) $$, ARRAY['a', 'b'], 'scan');
SELECT results_eq($$ SELECT * FROM kv.mget('a', 'b') $$, $$ VALUES ('a', 'prefixed'), ('b', 'plain') $$, 'mget');
SELECT is(bool_and(kv.randomkey() IN ('a', 'b')), true, 'randomkey') FROM generate_series(1, 50);
SELECT is(kv.dbsize(), 2::bigint, 'dbsize counts what has the prefix');
SELECT is(kv.rename('b', 'c'), 'OK', 'rename');
SELECT is(kv.copy('c', 'd'), true, 'copy');
SELECT is(kv.move('d', 1), true, 'move');
SELECT is(kv.exists('d', 'c'), 1::bigint, 'exists');
SELECT is(kv.msetnx('m', '1', 'n', '2'), true, 'msetnx');
SELECT is(kv.object_encoding('m'), 'int', 'object_encoding, whose key stands behind a subcommand');
SELECT is(kv.get('d', db => 1), 'plain', 'the prefix holds in every database');
SELECT bag_eq($$ SELECT key FROM kv.keys WHERE db = 0 $$, ARRAY['a', 'x:a', 'x:c', 'x:m', 'x:n'], 'the view shows whole names');
SELECT is((SELECT keys FROM kv.databases WHERE db = 0), 5::bigint, 'kv.databases counts all');
SELECT is(kv.call('GET', 'a'), convert_to(E'$8\r\nprefixed\r\n', 'UTF8'), 'kv.call has the prefix, too');

-- names that are longer than an index entry only with the prefix
SELECT kv.set(repeat('k', 1023), 'edge') \g /dev/null
SELECT is(kv.get(repeat('k', 1023)), 'edge', 'a name that the prefix makes long');
SELECT bag_eq($$ SELECT kv.keys('kkk*') $$, ARRAY[repeat('k', 1023)], 'is listed without the prefix');
SET LOCAL kv.prefix = '';
SELECT is(kv.get('x:' || repeat('k', 1023)), 'edge', 'and has it in the table');
SET LOCAL kv.prefix = 'x:';

SELECT is(kv.flushdb(), 'OK', 'flushdb');
SELECT is(kv.dbsize(), 0::bigint, 'removes what has the prefix');
SET LOCAL kv.prefix = '';
SELECT bag_eq($$ SELECT kv.keys('*') $$, ARRAY['a'], 'and nothing else');
SELECT is(kv.dbsize(), 1::bigint, 'the size is right');
SELECT is(kv.get('x:d', db => 1), 'plain', 'nor anything in another database');

-- a prefix of pattern characters is no pattern
SELECT kv.mset('*:a', '1', 'z:a', '2') \g /dev/null
SET LOCAL kv.prefix = '*:';
SELECT bag_eq($$ SELECT kv.keys('*') $$, ARRAY['a'], 'a prefix is taken literally by keys');
SELECT bag_eq($$ SELECT unnest(keys) FROM kv.scan(0) $$, ARRAY['a'], 'and by scan');
SELECT is(kv.flushall(), 'OK', 'flushall');
SET LOCAL kv.prefix = '';
SELECT bag_eq($$ SELECT kv.keys('*') $$, ARRAY['a', 'z:a'], 'respects the prefix, too');
SELECT is(kv.get('x:d', db => 1), 'plain', 'in every database');

SELECT * FROM finish();
ROLLBACK;
