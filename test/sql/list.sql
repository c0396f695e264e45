-- List commands as SQL functions: what each returns, rows, arrays, expiry, errors.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(69);

SELECT kv.flushall() \g /dev/null

-- both ends
SELECT is(kv.rpush('l', 'a'), 1::bigint, 'rpush returns the length');
SELECT is(kv.rpush('l', 'b', 'c'), 3::bigint, 'of several');
SELECT is(kv.lpush('l', 'x', 5), 5::bigint, 'lpush takes items of any type');
SELECT results_eq('SELECT kv.lrange(''l'', 0, -1)', ARRAY['5', 'x', 'a', 'b', 'c'], 'lrange is rows in order');
SELECT is(kv.llen('l'), 5::bigint, 'llen');
SELECT is(kv.llen('missing'), 0::bigint, 'llen of a missing key');
SELECT is(kv.type('l'), 'list', 'type');
SELECT is(kv.lpop('l'), '5', 'lpop');
SELECT is(kv.rpop('l'), 'c', 'rpop');
SELECT is(kv.lpop('missing'), NULL, 'lpop of a missing key');
SELECT results_eq('SELECT kv.lpop_many(''l'', 2)', ARRAY['x', 'a'], 'lpop_many');
SELECT results_eq('SELECT kv.rpop_many(''l'', 5)', ARRAY['b'], 'rpop_many gives what there is');
SELECT is(kv.exists('l'), 0::bigint, 'a list without items is gone');
SELECT is_empty('SELECT kv.rpop_many(''l'', 5)', 'rpop_many of a missing key');
SELECT is(kv.rpushx('l', 'a'), 0::bigint, 'rpushx does not create');
SELECT is(kv.rpush('l', ARRAY['a', 'b', 'c', 'b']), 4::bigint, 'an array is its elements');
SELECT is(kv.lpushx('l', 'z'), 5::bigint, 'lpushx');
SELECT is(kv.rpush('numbers', array_agg(i ORDER BY i)), 3::bigint, 'rpush of a query') FROM generate_series(1, 3) AS i;
SELECT results_eq('SELECT kv.lrange(''numbers'', 0, -1)', ARRAY['1', '2', '3'], 'of numbers');
SELECT is(kv.rpush('l', 'literal', 5), 7::bigint, 'a literal and an integer are two items');
SELECT is(kv.rpush('other', ARRAY['a', 'b'], db => 3), 2::bigint, 'an array and a database');
SELECT is(kv.llen('other', db => 3), 2::bigint, 'are there');
SELECT results_eq('SELECT kv.rpop_many(''l'', 2)', ARRAY['5', 'literal'], 'the last first');

-- places
SELECT is(kv.lindex('l', 0), 'z', 'lindex');
SELECT is(kv.lindex('l', -1), 'b', 'from the end');
SELECT is(kv.lindex('l', 9), NULL, 'of no item');
SELECT is(kv.linsert('l', 'before', 'a', 'y'), 6::bigint, 'linsert before');
SELECT is(kv.linsert('l', 'after', 'c', 7), 7::bigint, 'linsert after, of an integer');
SELECT is(kv.linsert('l', 'after', 'missing', 'x'), (-1)::bigint, 'linsert at no item');
SELECT is(kv.lset('l', 0, 'first'), 'OK', 'lset');
SELECT results_eq('SELECT kv.lrange(''l'', 0, -1)', ARRAY['first', 'y', 'a', 'b', 'c', '7', 'b'], 'what these made');
SELECT is(kv.lpos('l', 'b'), 3::bigint, 'lpos');
SELECT is(kv.lpos('l', 'b', rank => -1), 6::bigint, 'from the end');
SELECT is(kv.lpos('l', 7), 5::bigint, 'of an integer');
SELECT is(kv.lpos('l', 'missing'), NULL, 'of no item');
SELECT is(kv.lpos('l', 'b', maxlen => 2), NULL, 'with maxlen');
SELECT results_eq('SELECT kv.lpos_many(''l'', ''b'', 0)', ARRAY[3, 6]::bigint[], 'lpos_many');
SELECT is_empty('SELECT kv.lpos_many(''l'', ''missing'', 0)', 'of no item');
SELECT is(kv.lrem('l', 1, 'b'), 1::bigint, 'lrem');
SELECT is(kv.lrem('l', 0, 7), 1::bigint, 'lrem of an integer');
SELECT is(kv.ltrim('l', 1, -2), 'OK', 'ltrim');
SELECT results_eq('SELECT kv.lrange(''l'', 0, -1)', ARRAY['y', 'a', 'c'], 'what is left');
SELECT results_eq('SELECT kv.lrange(''l'', 1, 1)', ARRAY['a'], 'lrange in part');
SELECT is_empty('SELECT kv.lrange(''l'', 5, 9)', 'lrange of nothing');

-- several lists
SELECT is(kv.lmove('l', 'm', 'left', 'right'), 'y', 'lmove');
SELECT is(kv.rpoplpush('l', 'm'), 'c', 'rpoplpush');
SELECT is(kv.lmove('missing', 'm', 'LEFT', 'RIGHT'), NULL, 'lmove from a missing key');
SELECT results_eq('SELECT * FROM kv.lmpop(ARRAY[''missing'', ''m'', ''l''], ''right'')', $$ VALUES ('m', 'y') $$, 'lmpop is a row');
SELECT results_eq('SELECT * FROM kv.lmpop(ARRAY[''missing'', ''numbers''], ''left'', count => 2)', $$ VALUES ('numbers', '1'), ('numbers', '2') $$, 'or several');
SELECT is_empty('SELECT * FROM kv.lmpop(ARRAY[''missing''], ''left'')', 'or none');

-- bytea
SELECT is(kv.rpush('b'::bytea, '\xff'::bytea, 'a'), 2::bigint, 'rpush of bytea');
SELECT results_eq('SELECT kv.lrange(''b''::bytea, 0, -1)', ARRAY['\xff', 'a']::bytea[], 'lrange of bytea');
SELECT throws_ok('SELECT kv.lrange(''b'', 0, -1)', '22021', NULL, 'what is no text is told as such');
SELECT results_eq('SELECT * FROM kv.lmpop(ARRAY[''b'']::bytea[], ''left'')', $$ VALUES ('b'::bytea, '\xff'::bytea) $$, 'lmpop of bytea');
SELECT is(kv.rpush('b'::bytea, ARRAY['c']::bytea[], db => 0), 2::bigint, 'an array of bytea');

-- the expiry stays
SELECT kv.expire('b', 100) \g /dev/null
SELECT kv.rpush('b', 'x'), kv.lpop('b'), kv.lset('b', 0, 'y') \g /dev/null
SELECT ok(kv.ttl('b') BETWEEN 95 AND 100, 'writing items keeps the expiry');

-- errors
SELECT kv.set('s', 'v') \g /dev/null
SELECT throws_ok(call, state, message, call)
FROM (VALUES
    ('SELECT kv.lpush(''s'', ''v'')', '42809', 'WRONGTYPE Operation against a key holding the wrong kind of value'),
    ('SELECT kv.lrange(''s'', 0, -1)', '42809', 'WRONGTYPE Operation against a key holding the wrong kind of value'),
    ('SELECT kv.lpush(''l'', NULL)', '22004', 'an item must not be null'),
    ('SELECT kv.lpush(''l'', ARRAY[''a'', NULL])', '22004', 'an item must not be null'),
    ('SELECT kv.lpush(''l'', ''a'', NULL::integer)', '22004', 'an item must not be null'),
    ('SELECT kv.lpush(''l'', VARIADIC ''{}''::text[])', '42601', 'wrong number of arguments for ''lpush'' command'),
    ('SELECT kv.lset(''l'', 9, ''x'')', '2202E', 'index out of range'),
    ('SELECT kv.lset(''missing'', 0, ''x'')', 'P0002', 'no such key'),
    ('SELECT kv.linsert(''l'', ''beside'', ''a'', ''b'')', '42601', 'syntax error'),
    ('SELECT kv.linsert(''l'', ''before'', ''a'', NULL)', '22004', 'item must not be null'),
    ('SELECT kv.lmpop(NULL::text[], ''left'')', '22004', 'keys must not be null'),
    ('SELECT kv.lmpop(ARRAY[NULL::text], ''left'')', '22004', 'a key must not be null'),
    ('SELECT kv.lpos(''l'', NULL)', '22004', 'item must not be null'))
    AS calls (call, state, message);

SELECT * FROM finish();
ROLLBACK;
