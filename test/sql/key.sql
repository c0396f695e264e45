-- Commands on keys, whatever they hold.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(55);

SELECT kv.mset('a', '1', 'b', '2', 'c', '3') \g /dev/null

SELECT is(kv.exists('a', 'b', 'missing', 'a'), 3::bigint, 'exists counts a key as often as it is named');
SELECT is(kv.touch('a', 'missing'), 1::bigint, 'touch counts the keys that exist');
SELECT is(kv.type('a'), 'string', 'type of a string');
SELECT is(kv.type('missing'), 'none', 'type of a missing key');
SELECT is(kv.del('a', 'a', 'missing'), 1::bigint, 'del counts a key once');
SELECT is(kv.exists('a'), 0::bigint, 'and the key is gone');
SELECT is(kv.unlink('b', 'c'), 2::bigint, 'unlink deletes too');
SELECT is(kv.dbsize(), 0::bigint, 'nothing is left');

-- rename
SELECT kv.set('old', 'v', ex => 100), kv.set('new', 'w') \g /dev/null
SELECT is(kv.rename('old', 'new'), 'OK', 'rename over an existing key');
SELECT is(kv.get('new'), 'v', 'the value went along');
SELECT ok(kv.ttl('new') BETWEEN 95 AND 100, 'and the expiry');
SELECT is(kv.exists('old'), 0::bigint, 'the old name is free');
SELECT is(kv.dbsize(), 1::bigint, 'there is one key less');
SELECT is(kv.rename('new', 'new'), 'OK', 'rename to the same name');
SELECT is(kv.get('new'), 'v', 'changes nothing');
SELECT throws_ok($$ SELECT kv.rename('missing', 'new') $$, 'P0002', 'no such key', 'rename of a missing key');
SELECT is(kv.dbsize(), 1::bigint, 'leaves no key behind');
SELECT kv.set('taken', 't') \g /dev/null
SELECT is(kv.renamenx('new', 'taken'), false, 'renamenx to a taken name');
SELECT is(kv.get('taken'), 't', 'leaves it');
SELECT is(kv.renamenx('new', 'free'), true, 'renamenx to a free name');
SELECT is(kv.get('free'), 'v', 'has moved the value');
SELECT is(kv.renamenx('free', 'free'), false, 'renamenx to the same name is false');
SELECT is(kv.dbsize(), 2::bigint, 'the number of keys is right');

-- copy
SELECT is(kv.copy('free', 'taken'), false, 'copy does not overwrite');
SELECT is(kv.copy('free', 'taken', replace => true), true, 'unless told to');
SELECT is(kv.get('taken'), 'v', 'the copy has the value');
SELECT ok(kv.ttl('taken') BETWEEN 95 AND 100, 'and the expiry');
SELECT is(kv.append('taken', '!'), 2::bigint, 'the copy can be changed');
SELECT is(kv.get('free'), 'v', 'without changing the original');
SELECT is(kv.copy('missing', 'x'), false, 'copy of a missing key');
SELECT is(kv.copy('free', 'free', destination_db => 3), true, 'copy into another database');
SELECT is(kv.get('free', db => 3), 'v', 'is there');
SELECT is(kv.dbsize(db => 3), 1::bigint, 'and counted there');

-- keys
SELECT kv.flushall() \g /dev/null
SELECT kv.mset('user:1', '', 'user:2', '', 'user:10', '', 'us', '', 'a*b', '', 'a_b', '') \g /dev/null
SELECT bag_eq($$ SELECT kv.keys('user:*') $$, ARRAY['user:1', 'user:2', 'user:10'], 'keys by prefix');
SELECT bag_eq($$ SELECT kv.keys('user:?') $$, ARRAY['user:1', 'user:2'], 'keys with a question mark');
SELECT bag_eq($$ SELECT kv.keys('user:[13]*') $$, ARRAY['user:1', 'user:10'], 'keys with a class');
SELECT bag_eq($$ SELECT kv.keys('user:[^1]*') $$, ARRAY['user:2'], 'keys with a negated class');
SELECT bag_eq($$ SELECT kv.keys('a\*b') $$, ARRAY['a*b'], 'keys with an escaped star');
SELECT bag_eq($$ SELECT kv.keys('*') $$,
    ARRAY['user:1', 'user:2', 'user:10', 'us', 'a*b', 'a_b'], 'all keys');
SELECT is_empty($$ SELECT kv.keys('nothing*') $$, 'no keys');
SELECT bag_eq($$ SELECT kv.keys('us'::bytea) $$, ARRAY['us'::bytea], 'keys of bytea are bytea');

-- randomkey
SELECT is(bool_and(kv.randomkey() IN (SELECT kv.keys('*'))), true, 'randomkey returns keys that exist')
FROM generate_series(1, 100);
SELECT is((SELECT count(DISTINCT key) FROM (SELECT kv.randomkey() AS key FROM generate_series(1, 1000)) AS draws),
    6::bigint, 'and each of them in a thousand draws');
SELECT is(kv.randomkey(db => 7), NULL, 'randomkey of an empty database');

-- object
SELECT kv.mset('int', '12', 'short', 'text', 'long', repeat('x', 45)) \g /dev/null
SELECT is(kv.memory_usage('missing'), NULL, 'memory_usage: no key');
SELECT is(kv.memory_usage('long') - kv.memory_usage('short'), (kv.strlen('long') - kv.strlen('short') + 2 * (length('long') - length('short')))::bigint,
    'memory_usage grows with the value and the name');
SELECT is(kv.memory_usage('short'::bytea, samples => 0), kv.memory_usage('short'), 'memory_usage of a bytea, with samples');
SELECT throws_ok($$ SELECT kv.memory_usage('short', samples => -1) $$, '42601', NULL, 'memory_usage with fewer samples than none');
SELECT results_eq($$ SELECT kv.object_encoding(key) FROM unnest(ARRAY['int', 'short', 'long', 'missing']) AS key $$,
    ARRAY['int', 'embstr', 'raw', NULL], 'object_encoding');
SELECT is(kv.object_refcount('int'), 1::bigint, 'object_refcount');
SELECT is(kv.object_refcount('missing'), NULL, 'object_refcount of a missing key');
SELECT ok(kv.object_idletime('int') < 60, 'object_idletime of a key just written');
SELECT is(kv.object_freq('missing'), NULL, 'object_freq of a missing key');
SELECT is((SELECT count(*) > 5 FROM kv.object_help()), true, 'object_help returns its lines');
SELECT ok('HELP' IN (SELECT kv.object_help()), 'HELP among them');

SELECT * FROM finish();
ROLLBACK;
