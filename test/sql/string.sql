-- String commands as SQL functions: result types, NULLs, and what each does to the expiry.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(93);

-- set and get
SELECT is(kv.set('k', 'v'), 'OK', 'set returns OK');
SELECT is(kv.get('k'), 'v', 'get returns what was set');
SELECT is(kv.get('missing'), NULL, 'get of a missing key is NULL');
SELECT is(kv.set('k', ''), 'OK', 'an empty value can be set');
SELECT is(kv.get('k'), '', 'an empty value is not NULL');
SELECT is(kv.set('', 'empty name'), 'OK', 'an empty key can be set');
SELECT is(kv.get(''), 'empty name', 'an empty key can be read');
SELECT is(kv.set('k', 'new', nx => true), NULL, 'nx does not overwrite');
SELECT is(kv.get('k'), '', 'and leaves the value');
SELECT is(kv.set('k2', 'new', xx => true), NULL, 'xx does not create');
SELECT is(kv.exists('k2'), 0::bigint, 'and the key is still missing');
SELECT is(kv.set('k2', 'new', nx => true), 'OK', 'nx creates');
SELECT is(kv.set('k2', 'newer', xx => true), 'OK', 'xx overwrites');
SELECT is(kv.set('k2', 'newest', get => true), 'newer', 'with get the old value is returned');
SELECT is(kv.get('k2'), 'newest', 'and the new one is set');
SELECT is(kv.set('k3', 'v', get => true), NULL, 'with get on a missing key NULL is returned');
SELECT is(kv.get('k3'), 'v', 'and the key is set');
SELECT is(kv.set('k3', 'w', nx => true, get => true), 'v', 'nx with get returns the value that is there');
SELECT is(kv.get('k3'), 'v', 'and does not overwrite it');
SELECT is(kv.getset('k3', 'x'), 'v', 'getset returns the old value');
SELECT is(kv.getset('k4', 'x'), NULL, 'getset of a missing key returns NULL');
SELECT is(kv.getdel('k4'), 'x', 'getdel returns the value');
SELECT is(kv.getdel('k4'), NULL, 'and the key is gone');
SELECT is(kv.setnx('k4', '1'), true, 'setnx sets a missing key');
SELECT is(kv.setnx('k4', '2'), false, 'setnx leaves an existing key');

-- numbers
SELECT is(kv.incr('n'), 1::bigint, 'incr starts from 0');
SELECT is(kv.incrby('n', 41), 42::bigint, 'incrby adds');
SELECT is(kv.decr('n'), 41::bigint, 'decr subtracts one');
SELECT is(kv.decrby('n', 50), (-9)::bigint, 'decrby goes below 0');
SELECT is(kv.get('n'), '-9', 'the value is the number as text');
SELECT is(kv.incrbyfloat('f', 0.1), 0.1, 'incrbyfloat returns a numeric');
SELECT is(kv.incrbyfloat('f', '2.5e1'), 25.1, 'incrbyfloat takes an exponent');
SELECT is(kv.get('f'), '25.1', 'and stores no exponent');
SELECT is(pg_typeof(kv.incrbyfloat('f', 1)), 'numeric'::regtype, 'whatever the type of the increment');
SELECT is(kv.set('max', 9223372036854775806), 'OK', 'a bigint is a value');
SELECT is(kv.incr('max'), 9223372036854775807, 'a counter reaches the largest bigint');

-- parts
SELECT is(kv.append('a', 'Hello'), 5::bigint, 'append creates');
SELECT is(kv.append('a', ' World'), 11::bigint, 'append returns the new length');
SELECT is(kv.getrange('a', 0, 4), 'Hello', 'getrange includes its end');
SELECT is(kv.getrange('a', -5, -1), 'World', 'getrange counts from the end');
SELECT is(kv.getrange('a', 20, 30), '', 'getrange outside is empty, not NULL');
SELECT is(kv.getrange('missing', 0, -1), '', 'getrange of a missing key is empty');
SELECT is(kv.substr('a', 0, 0), 'H', 'substr is getrange');
SELECT is(kv.setrange('a', 6, 'Redis'), 11::bigint, 'setrange returns the length');
SELECT is(kv.get('a'), 'Hello Redis', 'setrange overwrites');
SELECT is(kv.setrange('pad', 3, 'x'), 4::bigint, 'setrange past the end pads');
SELECT is(kv.get('pad'::bytea), '\x00000078'::bytea, 'with zero bytes');
SELECT is(kv.setrange('nothing', 3, ''), 0::bigint, 'setrange of nothing does nothing');
SELECT is(kv.exists('nothing'), 0::bigint, 'and creates nothing');
SELECT is(kv.strlen('a'), 11::bigint, 'strlen counts');
SELECT is(kv.set('u', 'Ärger'), 'OK', 'a value of more bytes than characters');
SELECT is(kv.strlen('u'), 6::bigint, 'strlen counts bytes');
SELECT is(kv.strlen('missing'), 0::bigint, 'strlen of a missing key is 0');

-- several keys
SELECT is(kv.mset('m1', '1', 'm2', '2', 'm1', '3'), 'OK', 'mset sets pairs');
SELECT results_eq($$ SELECT * FROM kv.mget('m2', 'missing', 'm1', 'm2') $$,
    $$ VALUES ('m2', '2'), ('missing', NULL), ('m1', '3'), ('m2', '2') $$,
    'mget returns a row for each key in the order asked; the last of two equal keys counted');
SELECT is(kv.msetnx('m3', '1', 'm1', 'x'), false, 'msetnx fails if one of the keys exists');
SELECT is(kv.exists('m3'), 0::bigint, 'and then sets none');
SELECT is(kv.msetnx('m3', '1', 'm4', '2', 'm3', '5'), true, 'msetnx sets all');
SELECT results_eq($$ SELECT value FROM kv.mget('m3', 'm4') $$, ARRAY['5', '2'], 'as they were given');

-- common subsequences
SELECT is(kv.mset('l1', 'ohmytext', 'l2', 'mynewtext'), 'OK', 'two strings');
SELECT is(kv.lcs('l1', 'l2'), 'mytext', 'lcs');
SELECT is(kv.lcs('l1', 'missing'), '', 'lcs with a missing key is empty');
SELECT is(kv.lcs_len('l1', 'l2'), 6::bigint, 'lcs_len');
SELECT is(kv.lcs_idx('l1', 'l2'), '{"matches": [[[4, 7], [5, 8]], [[2, 3], [0, 1]]], "len": 6}'::jsonb,
    'lcs_idx is jsonb');
SELECT is(kv.lcs_idx('l1', 'l2', minmatchlen => 4, withmatchlen => true),
    '{"matches": [[[4, 7], [5, 8], 4]], "len": 6}'::jsonb, 'lcs_idx with its options');

-- jsonb
SELECT is(kv.set('j', '{"a": [1, 2]}'::jsonb), 'OK', 'a jsonb value');
SELECT is(kv.get_json('j') -> 'a' -> 1, '2'::jsonb, 'get_json returns jsonb');
SELECT is(kv.get_json('missing'), NULL, 'get_json of a missing key is NULL');
SELECT throws_ok($$ SELECT kv.get_json('a') $$, '22P02', NULL, 'get_json of a string that is no JSON');

-- what becomes of the expiry
CREATE FUNCTION pg_temp.fresh() RETURNS text LANGUAGE sql AS $$ SELECT kv.set('e', '5', ex => 100) $$;
CREATE FUNCTION pg_temp.expires() RETURNS boolean LANGUAGE sql AS $$ SELECT kv.ttl('e') BETWEEN 95 AND 100 $$;
SELECT is(kv.ttl('n'), (-1)::bigint, 'a key has no expiry unless told');
SELECT pg_temp.fresh() \g /dev/null
SELECT ok(pg_temp.expires(), 'set with ex');
SELECT kv.incr('e') \g /dev/null
SELECT ok(pg_temp.expires(), 'incr keeps the expiry');
SELECT kv.incrbyfloat('e', 1) \g /dev/null
SELECT ok(pg_temp.expires(), 'incrbyfloat keeps the expiry');
SELECT kv.append('e', '0') \g /dev/null
SELECT ok(pg_temp.expires(), 'append keeps the expiry');
SELECT kv.setrange('e', 0, '1') \g /dev/null
SELECT ok(pg_temp.expires(), 'setrange keeps the expiry');
SELECT kv.set('e', '6', keepttl => true) \g /dev/null
SELECT ok(pg_temp.expires(), 'set with keepttl keeps the expiry');
SELECT is(kv.get('e'), '6', 'and sets the value');
SELECT kv.set('e', '7', nx => true) \g /dev/null
SELECT ok(pg_temp.expires(), 'a set that nx forbade leaves the expiry');
SELECT is(kv.getex('e'), '6', 'getex without an option is get');
SELECT ok(pg_temp.expires(), 'and leaves the expiry');
SELECT kv.set('e', '5') \g /dev/null
SELECT is(kv.ttl('e'), (-1)::bigint, 'set removes the expiry');
SELECT pg_temp.fresh() \g /dev/null
SELECT kv.getset('e', '5') \g /dev/null
SELECT is(kv.ttl('e'), (-1)::bigint, 'getset removes the expiry');
SELECT pg_temp.fresh() \g /dev/null
SELECT kv.mset('e', '5') \g /dev/null
SELECT is(kv.ttl('e'), (-1)::bigint, 'mset removes the expiry');
SELECT is(kv.setex('e', 100, 'x'), 'OK', 'setex');
SELECT ok(pg_temp.expires(), 'sets an expiry in seconds');
SELECT is(kv.psetex('e', 100000, 'x'), 'OK', 'psetex');
SELECT ok(pg_temp.expires(), 'sets an expiry in milliseconds');
SELECT is(kv.getex('e', persist => true), 'x', 'getex with persist returns the value');
SELECT is(kv.ttl('e'), (-1)::bigint, 'and removes the expiry');
SELECT is(kv.getex('e', ex => 100), 'x', 'getex with ex returns the value');
SELECT ok(pg_temp.expires(), 'and sets the expiry');
SELECT is(kv.set('e', 'y', exat => 1), 'OK', 'a set with an expiry in the past');
SELECT is(kv.get('e'), NULL, 'removes the key');

SELECT * FROM finish();
ROLLBACK;
