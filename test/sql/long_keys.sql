-- Names longer than an index entry may be: 1,024 bytes are indexed, the rest is in the row.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(98);

SELECT kv.flushall() \g /dev/null
CREATE FUNCTION pg_temp.key(size integer, ending text DEFAULT '') RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT left(repeat('0123456789abcdef', size / 16 + 1), size - length(ending)) || ending $$;
-- around the edge, two with the same beginning, a very long one
CREATE TEMPORARY TABLE name AS
SELECT place, key FROM (VALUES (1, pg_temp.key(1023)), (2, pg_temp.key(1024)), (3, pg_temp.key(1025)), (4, pg_temp.key(1056)),
    (5, pg_temp.key(1024) || 'one'), (6, pg_temp.key(1024) || 'two'), (7, pg_temp.key(100000)), (8, pg_temp.key(100000, 'x')))
    AS list (place, key);

SELECT is(kv.set(key, 'value' || place), 'OK', length(key) || ' bytes, number ' || place || ': set') FROM name ORDER BY place;
SELECT is(kv.get(key), 'value' || place, length(key) || ' bytes, number ' || place || ': get') FROM name ORDER BY place;
SELECT is(kv.strlen(key), 6::bigint, length(key) || ' bytes, number ' || place || ': strlen') FROM name ORDER BY place;
SELECT is(kv.append(key, '!'), 7::bigint, length(key) || ' bytes, number ' || place || ': append') FROM name ORDER BY place;
SELECT is(kv.getrange(key, -2, -1), place || '!', length(key) || ' bytes, number ' || place || ': getrange') FROM name ORDER BY place;
SELECT is(kv.expire(key, 1000), true, length(key) || ' bytes, number ' || place || ': expire') FROM name ORDER BY place;
SELECT ok(kv.ttl(key) > 900, length(key) || ' bytes, number ' || place || ': ttl') FROM name ORDER BY place;
SELECT is(kv.get(key), 'value' || place || '!', length(key) || ' bytes, number ' || place || ': still the value') FROM name ORDER BY place;
SELECT is(kv.get(pg_temp.key(1024) || 'three'), NULL, 'another name with the same beginning is missing');
SELECT is(kv.dbsize(), 8::bigint, 'dbsize');
SELECT bag_eq($$ SELECT kv.keys('*') $$, 'SELECT key FROM name', 'keys returns the whole names');
SELECT bag_eq($$ SELECT kv.keys(pg_temp.key(1024) || '*') $$, 'SELECT key FROM name WHERE place IN (2, 3, 4, 5, 6, 7, 8)', 'keys by a beginning of 1,024 bytes');
SELECT bag_eq($$ SELECT kv.keys(pg_temp.key(1024) || 'o*') $$, 'SELECT key FROM name WHERE place = 5', 'keys by a longer beginning');
SELECT bag_eq($$ SELECT kv.keys('*x') $$, 'SELECT key FROM name WHERE place = 8', 'keys by the end of a name');
SELECT bag_eq($$ SELECT unnest(keys) FROM kv.scan(0, count => 100) $$, 'SELECT key FROM name', 'scan by id');
SELECT bag_eq($$ SELECT unnest(keys) FROM kv.scan(0, '0123*', 100) $$, 'SELECT key FROM name', 'scan by hash');
SELECT bag_eq($$ SELECT unnest(keys) FROM kv.scan(0, pg_temp.key(1024) || 't*', 100) $$, 'SELECT key FROM name WHERE place = 6', 'scan by a long beginning');
SELECT bag_eq('SELECT key, value FROM kv.strings', $$ SELECT key, 'value' || place || '!' FROM name $$, 'the view of strings');
SELECT bag_eq('SELECT key, size FROM kv.keys', 'SELECT key, 7 FROM name', 'the view of keys has the values'' sizes');
SELECT is(bool_and(kv.randomkey() IN (SELECT key FROM name)), true, 'randomkey') FROM generate_series(1, 20);

SELECT is(kv.rename(pg_temp.key(1024) || 'one', 'short'), 'OK', 'rename from long to short');
SELECT is(kv.get('short'), 'value5!', 'has the value');
SELECT ok(kv.ttl('short') > 900, 'and the expiry');
SELECT is(kv.rename('short', pg_temp.key(3000)), 'OK', 'rename from short to long');
SELECT is(kv.get(pg_temp.key(3000)), 'value5!', 'has the value');
SELECT is(kv.rename(pg_temp.key(3000), pg_temp.key(1024) || 'two'), 'OK', 'rename over a long one');
SELECT is(kv.get(pg_temp.key(1024) || 'two'), 'value5!', 'has the value');
SELECT is(kv.copy(pg_temp.key(1024) || 'two', pg_temp.key(1024) || 'copy'), true, 'copy from long to long');
SELECT is(kv.get(pg_temp.key(1024) || 'copy'), 'value5!', 'has the value');
SELECT is(kv.move(pg_temp.key(100000), 1), true, 'move');
SELECT is(kv.get(pg_temp.key(100000), db => 1), 'value7!', 'has the value there');
SELECT is(kv.msetnx(pg_temp.key(2000), 'a', pg_temp.key(2001), 'b'), true, 'msetnx of two');
SELECT results_eq($$ SELECT value FROM kv.mget(pg_temp.key(2001), pg_temp.key(2000)) $$, ARRAY['b', 'a'], 'mget of two');
SELECT is(kv.set(pg_temp.key(2000), repeat('v', 100000)), 'OK', 'a large value under a long name');
SELECT is(kv.get(pg_temp.key(2000)), repeat('v', 100000), 'is returned');
SELECT is(kv.getrange(pg_temp.key(2000), 99998, -1), 'vv', 'in parts, too');
SELECT is(kv.setrange(pg_temp.key(2000), 50000, 'X'), 100000::bigint, 'and changed');
SELECT is(kv.getrange(pg_temp.key(2000), 49999, 50001), 'vXv', 'in its middle');
SELECT is(kv.del(VARIADIC array_agg(key)), 6::bigint, 'del of what is left of the first names') FROM name;
SELECT is(kv.del(pg_temp.key(2000), pg_temp.key(2001), pg_temp.key(1024) || 'copy'), 3::bigint, 'del of the others');
SELECT is(kv.dbsize(), 0::bigint, 'and nothing is left');
SELECT is_empty($$ SELECT kv.keys('*') $$, 'for keys, too');

SELECT * FROM finish();
ROLLBACK;
