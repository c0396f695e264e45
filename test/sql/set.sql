-- Set commands as SQL functions: what each returns, rows, arrays, expiry, errors.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(71);

SELECT kv.flushall() \g /dev/null

-- members
SELECT is(kv.sadd('s', 'a'), 1::bigint, 'sadd returns how many members are new');
SELECT is(kv.sadd('s', 'a', 'b', 'c'), 2::bigint, 'of several');
SELECT is(kv.sadd('s', 1, true), 2::bigint, 'of any type');
SELECT is(kv.sadd('s', 'literal', 7), 2::bigint, 'a literal and an integer are two members');
SELECT is(kv.scard('s'), 7::bigint, 'scard');
SELECT is(kv.scard('missing'), 0::bigint, 'scard of a missing key');
SELECT is(kv.type('s'), 'set', 'type');
SELECT is(kv.sismember('s', 'a'), true, 'sismember');
SELECT is(kv.sismember('s', 1), true, 'of an integer');
SELECT is(kv.sismember('s', 'z'), false, 'of none');
SELECT results_eq('SELECT * FROM kv.smismember(''s'', ''a'', ''z'', ''a'')', $$ VALUES ('a', true), ('z', false), ('a', true) $$, 'smismember has a row for each member asked');
SELECT results_eq('SELECT * FROM kv.smismember(''s'', ''a'', 2)', $$ VALUES ('a', true), ('2', false) $$, 'of any type');
SELECT results_eq('SELECT * FROM kv.smismember(''missing'', ARRAY[''a''], db => 0)', $$ VALUES ('a', false) $$, 'in an array with a database');
SELECT is(kv.srem('s', 1, 'true', 'literal', 'z'), 3::bigint, 'srem');
SELECT is(kv.srem('s', 7), 1::bigint, 'of an integer');
SELECT bag_eq('SELECT kv.smembers(''s'')', ARRAY['a', 'b', 'c'], 'smembers is rows');
SELECT is_empty('SELECT kv.smembers(''missing'')', 'none of a missing key');
SELECT is(kv.sadd('ints', array_agg(i)), 3::bigint, 'sadd of a query') FROM generate_series(1, 3) AS i;
SELECT is(kv.object_encoding('ints'), 'intset', 'encoding');
SELECT is(kv.sadd('s', ARRAY['x', 'y'], db => 3), 2::bigint, 'an array and a database');
SELECT bag_eq('SELECT kv.smembers(''s'', db => 3)', ARRAY['x', 'y'], 'are there');
SELECT is(kv.sadd('v', VARIADIC ARRAY['x', 'y']), 2::bigint, 'VARIADIC');
SELECT is(kv.sadd('v', VARIADIC ARRAY[1, 2]), 2::bigint, 'of any type');
SELECT is(kv.srem('v', VARIADIC ARRAY['x', 'y', '1', '2']), 4::bigint, 'srem VARIADIC');
SELECT is(kv.exists('v'), 0::bigint, 'a set without members is gone');

-- at random
SELECT ok(kv.srandmember('s') IN ('a', 'b', 'c'), 'srandmember');
SELECT is(kv.srandmember('missing'), NULL, 'of a missing key');
SELECT bag_eq('SELECT kv.srandmember_many(''s'', 10)', ARRAY['a', 'b', 'c'], 'srandmember_many');
SELECT is((SELECT count(*) FROM kv.srandmember_many('s', -10)), 10::bigint, 'a negative count repeats');
SELECT ok(kv.spop('ints') IN ('1', '2', '3'), 'spop');
SELECT is((SELECT count(*) FROM kv.spop_many('ints', 5)), 2::bigint, 'spop_many');
SELECT is_empty('SELECT kv.spop_many(''ints'', 5)', 'of a missing key');
SELECT is(kv.spop('ints'), NULL, 'spop of a missing key');

-- several sets
SELECT kv.sadd('t', 'b', 'c', 'd') \g /dev/null
SELECT bag_eq('SELECT kv.sinter(''s'', ''t'')', ARRAY['b', 'c'], 'sinter');
SELECT bag_eq('SELECT kv.sunion(''s'', ''t'', ''missing'')', ARRAY['a', 'b', 'c', 'd'], 'sunion');
SELECT bag_eq('SELECT kv.sdiff(''s'', ''t'')', ARRAY['a'], 'sdiff');
SELECT bag_eq('SELECT kv.sunion(ARRAY[''s'', ''t''], db => 3)', ARRAY['x', 'y'], 'in another database');
SELECT is(kv.sintercard(ARRAY['s', 't']), 2::bigint, 'sintercard');
SELECT is(kv.sintercard(ARRAY['s', 't'], max => 1), 1::bigint, 'up to a limit');
SELECT is(kv.sunionstore('d', 's', 't'), 4::bigint, 'sunionstore');
SELECT is(kv.sinterstore('d', ARRAY['d', 's'], db => 0), 3::bigint, 'sinterstore onto its source');
SELECT is(kv.sdiffstore('d', 'd', 's'), 0::bigint, 'sdiffstore of nothing');
SELECT is(kv.exists('d'), 0::bigint, 'removes the destination');
SELECT is(kv.smove('s', 'd', 'a'), true, 'smove');
SELECT is(kv.smove('s', 'd', 5), false, 'of no member');

-- scan
SELECT results_eq('SELECT cursor, members FROM kv.sscan(''d'', 0)', $$ VALUES (0::bigint, ARRAY['a']) $$, 'sscan');
SELECT results_eq('SELECT members FROM kv.sscan(''s'', 0, match => ''x*'')', $$ VALUES ('{}'::text[]) $$, 'match');

-- bytea
SELECT is(kv.sadd('b'::bytea, '\xff'::bytea), 1::bigint, 'sadd of bytea');
SELECT results_eq('SELECT kv.smembers(''b''::bytea)', ARRAY['\xff'::bytea], 'smembers of bytea');
SELECT results_eq('SELECT * FROM kv.smismember(''b''::bytea, ''\xff''::bytea)', $$ VALUES ('\xff'::bytea, true) $$, 'smismember of bytea');
SELECT throws_ok('SELECT kv.smembers(''b'')', '22021', NULL, 'what is no text is told as such');
SELECT is(kv.sintercard(ARRAY['b', 'b']::bytea[]), 1::bigint, 'sintercard of bytea');

-- the expiry stays, but for a destination
SELECT kv.expire('t', 100) \g /dev/null
SELECT kv.sadd('t', 'x'), kv.srem('t', 'b') \g /dev/null
SELECT ok(kv.ttl('t') BETWEEN 95 AND 100, 'writing members keeps the expiry');
SELECT is(kv.sunionstore('t', 's'), 2::bigint, 'storing over a key');
SELECT is(kv.ttl('t'), (-1)::bigint, 'removes it');

-- errors
SELECT kv.set('string', 'v') \g /dev/null
SELECT throws_ok(call, state, message, call)
FROM (VALUES
    ('SELECT kv.sadd(''string'', ''v'')', '42809', 'WRONGTYPE Operation against a key holding the wrong kind of value'),
    ('SELECT kv.sinter(''s'', ''string'')', '42809', 'WRONGTYPE Operation against a key holding the wrong kind of value'),
    ('SELECT kv.sunionstore(''s'', ''s'', ''string'')', '42809', 'WRONGTYPE Operation against a key holding the wrong kind of value'),
    ('SELECT kv.sadd(''s'', NULL)', '22004', 'a member must not be null'),
    ('SELECT kv.sadd(''s'', ''a'', NULL::integer)', '22004', 'a member must not be null'),
    ('SELECT kv.sadd(''s'', NULL::text[], db => 0)', '22004', 'members must not be null'),
    ('SELECT kv.sadd(''s'', VARIADIC NULL::text[])', '22004', 'members must not be null'),
    ('SELECT kv.sadd(''s'', VARIADIC NULL::integer[])', '22004', 'members must not be null'),
    ('SELECT kv.sadd(''s'', VARIADIC ''{}''::text[])', '42601', 'wrong number of arguments for ''sadd'' command'),
    ('SELECT kv.sadd(''s'', ''{}''::text[])', '42601', 'wrong number of arguments for ''sadd'' command'),
    ('SELECT kv.sadd(''s'', ARRAY[''a''], db => 16)', '22023', 'DB index is out of range'),
    ('SELECT kv.sinter(''s'', NULL)', '22004', 'a key must not be null'),
    ('SELECT kv.sintercard(''{}''::text[])', '42601', 'wrong number of arguments for ''sintercard'' command'),
    ('SELECT kv.sintercard(ARRAY[''s'', NULL])', '22004', 'a key must not be null'),
    ('SELECT kv.sunionstore(NULL, ''s'')', '22004', 'destination must not be null'),
    ('SELECT kv.spop_many(''s'', -1)', '22003', 'value is out of range, must be positive'))
    AS calls (call, state, message);

SELECT * FROM finish();
ROLLBACK;
